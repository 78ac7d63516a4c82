-- An article is in the reports that no live source listed and no window holds.
SELECT article.article_id, article.url, article.published_at, article.first_observed_at
FROM news.articles AS article
WHERE article.loaded_at >= %(since)s
  AND article.forgotten_at IS NULL
  AND NOT ops.is_wanted(article.article_id, coalesce(article.published_at, article.first_observed_at))
