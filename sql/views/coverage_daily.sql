CREATE VIEW report.coverage_daily AS
WITH coverage AS (
    SELECT
        crisis.crisis,
        CASE article.published_precision
            WHEN 'day' THEN article.published_day
            ELSE (article.published_at AT TIME ZONE crisis.timezone)::date
        END AS day,
        verdict.tags,
        coalesce(extraction.language, 'und') AS language,
        article.article_id,
        article.story_id,
        coalesce(outlet.publisher, outlet.domain) AS publisher
    FROM news.articles AS article
    JOIN news.outlets AS outlet USING (outlet_id)
    JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
    JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
    JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
    JOIN news.crises AS crisis ON crisis.crisis = verdict.crisis
    WHERE verdict.relevant
      AND article.loaded_at IS NOT NULL
      AND article.forgotten_at IS NULL
      AND article.published_at >= crisis.since
      AND (crisis.until IS NULL OR article.published_at < crisis.until)
),
days AS (
    SELECT crisis.crisis, day::date AS day
    FROM news.crises AS crisis
    CROSS JOIN LATERAL generate_series(
        (crisis.since AT TIME ZONE crisis.timezone)::date,
        coalesce(((crisis.until - interval '1 microsecond') AT TIME ZONE crisis.timezone)::date,
                 (SELECT max(seen.day) FROM coverage AS seen WHERE seen.crisis = crisis.crisis),
                 (crisis.since AT TIME ZONE crisis.timezone)::date),
        interval '1 day') AS day
),
languages AS (
    SELECT crisis.crisis, unnest(crisis.languages) AS language FROM news.crises AS crisis
    UNION
    SELECT crisis, language FROM coverage
),
tags AS (
    SELECT crisis, tag FROM news.tags
    UNION ALL
    SELECT crisis, NULL FROM news.crises
),
counted AS (
    SELECT crisis, day, tag, language,
           count(*) AS articles,
           count(DISTINCT story_id) AS stories,
           count(DISTINCT publisher) AS publishers
    FROM (
        SELECT crisis, day, unnest(tags) AS tag, language, article_id, story_id, publisher FROM coverage
        UNION ALL
        SELECT crisis, day, NULL, language, article_id, story_id, publisher FROM coverage
    ) AS tagged
    GROUP BY crisis, day, tag, language
)
SELECT
    days.crisis,
    days.day,
    tags.tag,
    languages.language,
    coalesce(counted.articles, 0) AS articles,
    coalesce(counted.stories, 0) AS stories,
    coalesce(counted.publishers, 0) AS publishers
FROM days
JOIN tags USING (crisis)
JOIN languages USING (crisis)
LEFT JOIN counted
    ON counted.crisis = days.crisis
   AND counted.day = days.day
   AND counted.tag IS NOT DISTINCT FROM tags.tag
   AND counted.language = languages.language;

COMMENT ON VIEW report.coverage_daily IS
'One row a crisis, day (in the crisis''s zone), tag and language, days of zero included; tag NULL is the total. Relevant articles whose date is known and within the crisis''s window; language und: unknown.';
