-- A story is said to be from somebody, and the article that should tell so does not.
SELECT story.story_id, story.origin, story.origin_kind, story.origin_article_id
FROM news.stories AS story
LEFT JOIN news.articles AS source
    ON source.article_id = story.origin_article_id AND source.story_id = story.story_id AND source.forgotten_at IS NULL
LEFT JOIN news.outlets AS outlet USING (outlet_id)
LEFT JOIN news.revisions AS revision ON revision.revision_id = source.revision_id
LEFT JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
WHERE story.story_id IN (SELECT story_id FROM news.articles WHERE loaded_at >= %(since)s)
  AND story.articles > 0
  AND story.origin IS DISTINCT FROM CASE story.origin_kind WHEN 'credit' THEN extraction.credit ELSE outlet.domain END
