CREATE VIEW report.stories AS
SELECT
    story.story_id,
    verdict.crisis,
    verdict.relevant,
    story.headline,
    story.language,
    story.first_published_at,
    story.last_published_at,
    story.articles,
    story.outlets,
    story.publishers,
    verdict.relevance,
    verdict.tags,
    verdict.places,
    story.leader_id,
    leader.url AS earliest_url,
    outlet.domain AS earliest_outlet,
    story.origin,
    story.origin_kind,
    coalesce(source.url, leader.url) AS origin_url,
    substring(extraction.text FROM extraction.credit_start + 1 FOR extraction.credit_end - extraction.credit_start) AS origin_quote,
    story.origin_article_id
FROM news.stories AS story
JOIN news.story_assessments AS verdict USING (story_id)
LEFT JOIN news.articles AS leader ON leader.article_id = story.leader_id
LEFT JOIN news.outlets AS outlet ON outlet.outlet_id = leader.outlet_id
LEFT JOIN news.articles AS source
    ON source.article_id = CASE WHEN story.origin_kind = 'credit' THEN story.origin_article_id END
LEFT JOIN news.revisions AS revision ON revision.revision_id = source.revision_id
LEFT JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
WHERE story.articles > 0;

COMMENT ON VIEW report.stories IS
'One row a story and crisis. Headline and language are the leader''s (the earliest article''s), tags and places those of all members. origin: whom the text is likely from; origin_kind credit: most publishers that credit somebody credit it, and origin_quote is the credit line in the text at origin_url; earliest: nobody is credited, and this outlet had it first. Ask for WHERE relevant to see the crisis alone.';
