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
    extraction.paywalled,
    (
        SELECT first.article_id
        FROM news.articles AS first
        WHERE first.story_id = article.story_id
          AND first.outlet_id = article.outlet_id
          AND first.article_id <> article.article_id
          AND first.forgotten_at IS NULL
          AND (coalesce(first.published_at, first.first_observed_at), first.url_key COLLATE "C")
            < (coalesce(article.published_at, article.first_observed_at), article.url_key COLLATE "C")
        ORDER BY coalesce(first.published_at, first.first_observed_at), first.url_key COLLATE "C"
        LIMIT 1
    ) AS repeats_article_id,
    extraction.credit
FROM news.articles AS article
JOIN news.outlets AS outlet USING (outlet_id)
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
WHERE article.loaded_at IS NOT NULL
  AND article.forgotten_at IS NULL;

COMMENT ON VIEW report.articles IS
'One row an article and crisis, with its newest revision. observed_at: when that revision was first seen. repeats_article_id: the same outlet had this text before, at another address, as that article; another text at the same address is a revision. credit: whom the text says that it is from. Ask for WHERE relevant to see the crisis alone.';
