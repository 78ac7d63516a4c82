CREATE VIEW report.revisions AS
SELECT
    revision.article_id,
    revision.revision_id,
    revision.observed_from,
    (
        SELECT min(other.observed_at)
        FROM ops.captures AS other
        WHERE other.article_id = revision.article_id
          AND other.revision_id <> revision.revision_id
          AND other.observed_at > revision.last_observed_at
    ) AS observed_until,
    revision.loaded_at,
    extraction.title,
    extraction.text
FROM news.revisions AS revision
JOIN news.extractions AS extraction USING (extraction_id)
JOIN news.articles AS article ON article.article_id = revision.article_id
WHERE article.loaded_at IS NOT NULL
  AND article.forgotten_at IS NULL;

COMMENT ON VIEW report.revisions IS
'One row a revision: a distinct content of an article as the publisher had it. observed_until: when something else was first seen after it, NULL for the newest.';
