-- A story's counts are not those of its articles.
SELECT story.story_id, story.articles, count(member.article_id) AS members,
       story.outlets, count(DISTINCT member.outlet_id) AS member_outlets,
       story.publishers, count(DISTINCT coalesce(outlet.publisher, outlet.domain)) AS member_publishers
FROM news.stories AS story
JOIN news.articles AS member ON member.story_id = story.story_id AND member.forgotten_at IS NULL
JOIN news.outlets AS outlet USING (outlet_id)
WHERE story.story_id IN (SELECT story_id FROM news.articles WHERE loaded_at >= %(since)s)
GROUP BY story.story_id
HAVING (story.articles, story.outlets, story.publishers)
    <> (count(member.article_id), count(DISTINCT member.outlet_id), count(DISTINCT coalesce(outlet.publisher, outlet.domain)))
