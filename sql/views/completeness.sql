CREATE VIEW report.completeness AS
WITH days AS (
    SELECT DISTINCT day::date AS day, source
    FROM ops.windows AS asked
    CROSS JOIN LATERAL generate_series(
        (asked.since AT TIME ZONE 'UTC')::date,
        ((asked.until - interval '1 microsecond') AT TIME ZONE 'UTC')::date,
        interval '1 day') AS day
    CROSS JOIN unnest(asked.sources) AS source
),
pages AS (
    SELECT
        candidate.candidate_id,
        candidate.state,
        coalesce(candidate.reason, lost.reason) AS reason,
        lost.stage,
        ((coalesce(article.published_at, known.published_at, known.seen_at)) AT TIME ZONE 'UTC')::date AS day
    FROM (
        SELECT candidate_id, min(first_seen_at) AS seen_at, min(published_at) AS published_at
        FROM ops.sightings
        GROUP BY candidate_id
    ) AS known
    JOIN ops.candidates AS candidate USING (candidate_id)
    LEFT JOIN news.articles AS article USING (article_id)
    LEFT JOIN LATERAL (
        SELECT rejection.stage, rejection.reason
        FROM ops.rejections AS rejection
        WHERE rejection.candidate_id = candidate.candidate_id AND candidate.state = 'rejected'
        ORDER BY rejection.stage = 'extract' DESC, rejection.rejected_at DESC
        LIMIT 1
    ) AS lost ON true
),
ended AS (
    SELECT
        sighting.outlet_id,
        pages.day,
        sighting.source,
        count(*) AS known,
        count(*) FILTER (WHERE state IN ('loaded', 'already_known')) AS loaded,
        count(*) FILTER (WHERE state = 'rejected' AND (stage = 'extract' OR stage IS NULL)) AS rejected,
        count(*) FILTER (WHERE state = 'out_of_scope') AS out_of_scope,
        count(*) FILTER (WHERE state = 'pending' OR (state = 'rejected' AND stage <> 'extract')) AS missing,
        count(*) FILTER (WHERE state = 'pending') AS pending
    FROM pages
    JOIN ops.sightings AS sighting USING (candidate_id)
    GROUP BY sighting.outlet_id, pages.day, sighting.source
),
reasons AS (
    SELECT outlet_id, day, source, jsonb_object_agg(reason, pages ORDER BY reason) AS reasons
    FROM (
        SELECT sighting.outlet_id, pages.day, sighting.source, pages.reason, count(*) AS pages
        FROM pages
        JOIN ops.sightings AS sighting USING (candidate_id)
        WHERE pages.reason IS NOT NULL
        GROUP BY sighting.outlet_id, pages.day, sighting.source, pages.reason
    ) AS counted
    GROUP BY outlet_id, day, source
),
gaps AS (
    SELECT days.day, days.source, scan.outlet_id, count(*) AS gaps
    FROM days
    JOIN ops.scans AS scan
        ON scan.source = days.source
       AND scan.state IN ('missing', 'failed', 'refused')
       AND scan.covers_from < ((days.day + 1)::timestamp AT TIME ZONE 'UTC')
       AND scan.covers_until > (days.day::timestamp AT TIME ZONE 'UTC')
    GROUP BY days.day, days.source, scan.outlet_id
)
SELECT
    outlet.domain AS outlet,
    days.day,
    days.source,
    coalesce(ended.known, 0) AS known,
    coalesce(ended.loaded, 0) AS loaded,
    coalesce(ended.rejected, 0) AS rejected,
    coalesce(ended.missing, 0) AS missing,
    coalesce(ended.out_of_scope, 0) AS out_of_scope,
    coalesce(ended.pending, 0) AS pending,
    coalesce(reasons.reasons, '{}') AS reasons,
    coalesce(gaps.gaps, 0) + coalesce(common.gaps, 0) AS gaps
FROM days
CROSS JOIN news.outlets AS outlet
LEFT JOIN ended ON ended.outlet_id = outlet.outlet_id AND ended.day = days.day AND ended.source = days.source
LEFT JOIN reasons ON reasons.outlet_id = outlet.outlet_id AND reasons.day = days.day AND reasons.source = days.source
LEFT JOIN gaps ON gaps.outlet_id = outlet.outlet_id AND gaps.day = days.day AND gaps.source = days.source
LEFT JOIN gaps AS common ON common.outlet_id IS NULL AND common.day = days.day AND common.source = days.source
WHERE outlet.declared OR ended.known > 0;

COMMENT ON VIEW report.completeness IS
'One row an outlet, day (UTC) of a window that was asked for, and source that was searched for it; of outlets that a profile lists also where the source knew nothing. known = loaded + rejected + missing + out_of_scope: pages by their best-known day. rejected: the page came, and is no article of ours; missing: nobody could give it, or it is still pending; reasons: of both, why. gaps: parts of the archive for that day that it does not have or that could not be read, see report.archive_gaps.';
