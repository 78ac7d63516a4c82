CREATE VIEW report.tag_changes AS
SELECT
    revision.article_id,
    verdict.revision_id,
    verdict.crisis,
    said.kind,
    said.label,
    CASE WHEN said.before THEN 'removed' ELSE 'added' END AS change,
    before.profile_version AS from_version,
    verdict.profile_version AS to_version,
    verdict.assessed_at AS changed_at
FROM news.assessments AS verdict
CROSS JOIN LATERAL (
    SELECT older.* FROM news.assessments AS older
    WHERE older.revision_id = verdict.revision_id AND older.crisis = verdict.crisis AND NOT older.is_current
    ORDER BY older.assessed_at DESC
    LIMIT 1
) AS before
CROSS JOIN LATERAL (
    SELECT changed.kind, changed.label, bool_or(changed.before) AS before
    FROM (
        SELECT 'tag', unnest(before.tags), true
        UNION ALL SELECT 'tag', unnest(verdict.tags), false
        UNION ALL SELECT 'place', unnest(before.places), true
        UNION ALL SELECT 'place', unnest(verdict.places), false
        UNION ALL SELECT 'relevance', 'relevant', true WHERE before.relevant
        UNION ALL SELECT 'relevance', 'relevant', false WHERE verdict.relevant
    ) AS changed (kind, label, before)
    GROUP BY changed.kind, changed.label
    HAVING count(*) = 1
) AS said
JOIN news.revisions AS revision ON revision.revision_id = verdict.revision_id
JOIN news.articles AS article USING (article_id)
WHERE verdict.is_current
  AND article.loaded_at IS NOT NULL;

COMMENT ON VIEW report.tag_changes IS
'One row a revision, crisis and label (kind: tag, place or relevance) that the version of the profile that counts added or removed, against the version before it. A label stands once in a verdict.';
