CREATE VIEW report.absences AS
SELECT
    candidate.article_id,
    absence.observed_at,
    absence.reason
FROM ops.absences AS absence
JOIN ops.candidates AS candidate USING (candidate_id)
JOIN news.articles AS article ON article.article_id = candidate.article_id
WHERE article.loaded_at IS NOT NULL
  AND article.forgotten_at IS NULL
UNION ALL
SELECT
    candidate.article_id,
    capture.observed_at,
    extraction.reason
FROM ops.captures AS capture
JOIN ops.candidates AS candidate USING (candidate_id)
JOIN news.articles AS article ON article.article_id = candidate.article_id
JOIN news.extractions AS extraction ON extraction.extraction_id = capture.extraction_id
WHERE extraction.reason IS NOT NULL
  AND capture.forgotten_at IS NULL
  AND article.loaded_at IS NOT NULL
  AND article.forgotten_at IS NULL;

COMMENT ON VIEW report.absences IS
'One row a time that a reported article was found gone from its page, or its page without a text: what the publisher withdrew.';
