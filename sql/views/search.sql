CREATE FUNCTION report.search(query text) RETURNS TABLE (
    article_id   bigint,
    story_id     bigint,
    url          text,
    outlet       text,
    language     text,
    title        text,
    published_at timestamptz,
    rank         real
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        article.article_id,
        article.story_id,
        article.url,
        outlet.domain,
        extraction.language,
        extraction.title,
        article.published_at,
        ts_rank_cd(revision.search, asked.words)
    FROM (
        SELECT config, websearch_to_tsquery(config, query) AS words
        FROM (SELECT DISTINCT news.search_config(language) AS config
              FROM unnest(ARRAY['en', 'ru', 'tr', 'kk']) AS language) AS configs
    ) AS asked
    JOIN news.revisions AS revision ON revision.search @@ asked.words
    JOIN news.articles AS article ON article.revision_id = revision.revision_id
    JOIN news.outlets AS outlet USING (outlet_id)
    JOIN news.extractions AS extraction
        ON extraction.extraction_id = revision.extraction_id
       AND news.search_config(extraction.language) = asked.config
    WHERE article.loaded_at IS NOT NULL
      AND article.forgotten_at IS NULL
    ORDER BY 8 DESC, article.published_at DESC NULLS LAST, article.article_id;
END;

COMMENT ON FUNCTION report.search(text) IS
'One row an article whose newest revision matches, best first: words, "phrases", or, -not, stemmed as the article''s language has it (English, Russian, Turkish; others word for word).';
