CREATE VIEW report.accounting AS
WITH sums AS (
    SELECT
        run_id,
        feed_id,
        source,
        sum(discovered)::bigint AS discovered,
        sum(loaded)::bigint AS loaded,
        sum(already_known)::bigint AS already_known,
        sum(out_of_scope)::bigint AS out_of_scope,
        sum(rejected)::bigint AS rejected,
        sum(pending)::bigint AS pending
    FROM (
        SELECT run_id, feed_id, NULL AS source, entries AS discovered, 0 AS loaded, known_entries AS already_known,
               0 AS out_of_scope, 0 AS rejected, 0 AS pending
        FROM ops.polls
        UNION ALL
        SELECT run_id, NULL, scan.source, entries, 0, known_entries, out_of_scope, malformed, 0
        FROM ops.scan_tallies
        JOIN ops.scans AS scan USING (scan_id)
        UNION ALL
        SELECT run_id, feed_id, CASE WHEN feed_id IS NULL THEN source END, 0, (state = 'loaded')::integer,
               (state = 'already_known')::integer, (state = 'out_of_scope')::integer, (state = 'rejected')::integer,
               (state = 'pending')::integer
        FROM ops.candidates
    ) AS listed_and_ended
    GROUP BY run_id, feed_id, source
)
SELECT
    sums.run_id,
    coalesce(feed.url, sums.source) AS source,
    sums.discovered,
    sums.loaded,
    sums.already_known,
    sums.out_of_scope,
    sums.rejected,
    sums.pending,
    sums.discovered
        = sums.loaded + sums.already_known + sums.out_of_scope + sums.rejected + sums.pending AS balanced
FROM sums
LEFT JOIN ops.feeds AS feed USING (feed_id)
WHERE sums.feed_id IS NOT NULL OR sums.source IN ('gdelt', 'wayback', 'ccnews', 'sitemaps', 'warc');

COMMENT ON VIEW report.accounting IS
'One row a run and source: where everything that the run discovered stands now. A source is a feed, or an archive. discovered is counted from the documents, the rest from the candidates (of archives, entries that are malformed or of no profile are counted with the documents), so balanced is a proof and not a definition.';
