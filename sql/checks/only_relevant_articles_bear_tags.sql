-- An article bears tags of a crisis that it is not about.
SELECT article.article_id, article.crisis, article.tags, article.url
FROM report.articles AS article
WHERE article.loaded_at >= %(since)s AND NOT article.relevant AND article.tags <> '{}'
