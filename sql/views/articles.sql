CREATE VIEW report.articles AS
SELECT
    article.article_id,
    article.story_id,
    verdict.crisis,
    verdict.relevant,
    article.url,
    outlet.domain AS outlet,
    coalesce(outlet.publisher, outlet.domain) AS publisher,
    extraction.language,
    extraction.title,
    extraction.text,
    article.published_at,
    article.published_offset,
    article.published_day,
    article.published_origin,
    article.published_precision,
    revision.observed_from AS observed_at,
    article.loaded_at,
    article.revisions,
    verdict.relevance,
    verdict.tags,
    verdict.places,
    extraction.authors,
    article.revision_id,
    article.modified_at,
    article.modified_offset,
    article.modified_day,
    article.modified_origin,
    article.modified_precision,
    article.missing_since,
    extraction.site_name,
    extraction.image_url,
    extraction.paywalled
FROM news.articles AS article
JOIN news.outlets AS outlet USING (outlet_id)
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
WHERE article.loaded_at IS NOT NULL
  AND article.forgotten_at IS NULL;

COMMENT ON VIEW report.articles IS
'One row an article and crisis, with its newest revision. observed_at: when that revision was first seen. Ask for WHERE relevant to see the crisis alone.';
