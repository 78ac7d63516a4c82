-- A candidate counts as loaded, and its article is not in the reports.
SELECT candidate.candidate_id, candidate.url, candidate.state, candidate.article_id
FROM ops.candidates AS candidate
LEFT JOIN news.articles AS article USING (article_id)
WHERE candidate.discovered_at >= %(since)s
  AND candidate.state IN ('loaded', 'already_known')
  AND article.loaded_at IS NULL
  AND article.forgotten_at IS NULL
