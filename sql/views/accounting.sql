CREATE VIEW report.accounting AS
WITH sums AS (
    SELECT
        run_id,
        feed_id,
        sum(discovered)::bigint AS discovered,
        sum(loaded)::bigint AS loaded,
        sum(already_known)::bigint AS already_known,
        sum(out_of_scope)::bigint AS out_of_scope,
        sum(rejected)::bigint AS rejected,
        sum(pending)::bigint AS pending
    FROM (
        SELECT run_id, feed_id, entries AS discovered, 0 AS loaded, known_entries AS already_known,
               0 AS out_of_scope, 0 AS rejected, 0 AS pending
        FROM ops.polls
        UNION ALL
        SELECT run_id, feed_id, 0, (state = 'loaded')::integer, (state = 'already_known')::integer,
               (state = 'out_of_scope')::integer, (state = 'rejected')::integer, (state = 'pending')::integer
        FROM ops.candidates
    ) AS listed_and_ended
    GROUP BY run_id, feed_id
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
