-- A relevant article bears a tag or place without words that prove it.
SELECT article.article_id, verdict.crisis, label.label
FROM news.articles AS article
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
CROSS JOIN unnest(verdict.tags || verdict.places) AS label (label)
WHERE article.loaded_at IS NOT NULL
  AND verdict.assessed_at >= %(since)s
  AND article.forgotten_at IS NULL
  AND NOT EXISTS (SELECT FROM news.evidence AS proof
                  WHERE proof.revision_id = verdict.revision_id AND proof.crisis = verdict.crisis
                    AND proof.profile_version = verdict.profile_version AND proof.label = label.label)
