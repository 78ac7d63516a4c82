-- name: real_articles
-- Articles of outlets that exist: the sample's all end in .example.
SELECT count(*) FROM news.articles JOIN news.outlets USING (outlet_id) WHERE domain !~ '\.example$';

-- name: demo_stories
-- The stories of the crisis as a newcomer wants to see them.
SELECT coalesce((story.first_published_at AT TIME ZONE crisis.timezone)::date::text, 'undated') AS day, story.language, story.articles, story.publishers,
       story.headline, story.tags, story.leader_id, article.url
FROM report.stories AS story
JOIN news.articles AS article ON article.article_id = story.leader_id
JOIN news.crises AS crisis ON crisis.crisis = story.crisis
WHERE story.relevant AND story.crisis = ANY (%(crises)s)
ORDER BY story.first_published_at, story.story_id
LIMIT %(limit)s;

-- name: demo_accounting
-- Where everything stands, summed by pass.
SELECT run_id AS run, count(*) AS feeds, sum(discovered)::integer AS discovered, sum(loaded)::integer AS loaded,
       sum(already_known)::integer AS already_known, sum(out_of_scope)::integer AS out_of_scope,
       sum(rejected)::integer AS rejected, sum(pending)::integer AS pending, bool_and(balanced) AS balanced
FROM report.accounting
GROUP BY run_id
ORDER BY run_id;

-- name: demo_rejections
-- What was rejected, and why.
SELECT rejected.stage, rejected.reason, reason.meaning, sum(rejected.count)::integer AS count
FROM report.rejections AS rejected
JOIN ops.reasons AS reason USING (reason)
GROUP BY rejected.stage, rejected.reason, reason.meaning
ORDER BY rejected.stage DESC, rejected.reason;
