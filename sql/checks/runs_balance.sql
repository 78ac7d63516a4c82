-- The places where a run's entries ended do not add up to what its feeds listed: something was lost.
SELECT accounting.*
FROM ops.runs AS run
CROSS JOIN LATERAL (SELECT * FROM report.accounting WHERE run_id = run.run_id AND NOT balanced) AS accounting
WHERE run.started_at >= %(since)s
