CREATE VIEW report.rejections AS
SELECT day, stage, reason, count(*) AS count
FROM (
    SELECT (rejected_at AT TIME ZONE 'UTC')::date AS day, stage, reason FROM ops.rejections
    UNION ALL
    SELECT (polled_at AT TIME ZONE 'UTC')::date, 'poll', reason FROM ops.polls WHERE outcome = 'failed'
) AS rejected
GROUP BY day, stage, reason
UNION ALL
SELECT (scan.scanned_at AT TIME ZONE 'UTC')::date, 'search', 'malformed_record', sum(tally.malformed)::bigint
FROM ops.scan_tallies AS tally
JOIN ops.scans AS scan USING (scan_id)
WHERE tally.malformed > 0
GROUP BY 1;

COMMENT ON VIEW report.rejections IS
'One row a reason, stage and day (UTC): how often a feed (stage poll), a candidate, or an entry of an archive (stage search) was rejected for it, repeated attempts included.';
