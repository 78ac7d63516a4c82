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
    story.leader_id
FROM news.stories AS story
JOIN news.story_assessments AS verdict USING (story_id)
WHERE story.articles > 0;

COMMENT ON VIEW report.stories IS
'One row a story and crisis. Headline and language are the leader''s, tags and places those of all members. Ask for WHERE relevant to see the crisis alone.';
