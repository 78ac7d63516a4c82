-- A story's counts are not those of its articles.
SELECT story.story_id, story.articles, count(member.article_id) AS members,
       story.outlets, count(DISTINCT member.outlet_id) AS member_outlets
FROM news.stories AS story
JOIN news.articles AS member ON member.story_id = story.story_id AND member.forgotten_at IS NULL
WHERE story.story_id IN (SELECT story_id FROM news.articles WHERE loaded_at >= %(since)s)
GROUP BY story.story_id
HAVING story.articles <> count(member.article_id) OR story.outlets <> count(DISTINCT member.outlet_id)
