CREATE VIEW report.accounting AS
WITH listed AS (
    SELECT run_id, feed_id,
           sum(entries)::bigint AS discovered,
           sum(known_entries)::bigint AS known
    FROM ops.polls
    GROUP BY run_id, feed_id
),
fates AS (
    SELECT run_id, feed_id,
           count(*) FILTER (WHERE state = 'loaded') AS loaded,
           count(*) FILTER (WHERE state = 'already_known') AS known,
           count(*) FILTER (WHERE state = 'out_of_scope') AS out_of_scope,
           count(*) FILTER (WHERE state = 'rejected') AS rejected,
           count(*) FILTER (WHERE state = 'pending') AS pending
    FROM ops.candidates
    GROUP BY run_id, feed_id
),
sums AS (
    SELECT
        run_id,
        feed_id,
        coalesce(listed.discovered, 0) AS discovered,
        coalesce(fates.loaded, 0) AS loaded,
        coalesce(listed.known, 0) + coalesce(fates.known, 0) AS already_known,
        coalesce(fates.out_of_scope, 0) AS out_of_scope,
        coalesce(fates.rejected, 0) AS rejected,
        coalesce(fates.pending, 0) AS pending
    FROM listed
    FULL JOIN fates USING (run_id, feed_id)
)
SELECT
    sums.run_id,
    feed.url AS source,
    sums.discovered,
    sums.loaded,
    sums.already_known,
    sums.out_of_scope,
    sums.rejected,
    sums.pending,
    sums.discovered
        = sums.loaded + sums.already_known + sums.out_of_scope + sums.rejected + sums.pending AS balanced
FROM sums
JOIN ops.feeds AS feed USING (feed_id);

COMMENT ON VIEW report.accounting IS
'One row a run and source: where everything that the run discovered stands now. discovered is counted from the feed documents, the rest from the candidates, so balanced is a proof and not a definition.';
