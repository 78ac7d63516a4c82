-- name: articles_to_load
-- Articles that every profile of this pass has judged as they now are, locked for this transaction.
SELECT article.article_id, article.text_hash, article.story_id
FROM news.articles AS article
WHERE article.next_step = 'load'
  AND article.revision_id IS NOT NULL
  AND (SELECT count(*) FROM news.assessments AS verdict
       JOIN news.crises AS crisis ON crisis.crisis = verdict.crisis AND crisis.profile_version = verdict.profile_version
       WHERE verdict.revision_id = article.revision_id
         AND verdict.is_current
         AND verdict.crisis = ANY (%(crises)s)
         AND verdict.published_at IS NOT DISTINCT FROM article.published_at) = cardinality(%(crises)s)
ORDER BY article.article_id
LIMIT %(limit)s
FOR UPDATE;


-- name: story_neighbours
-- All articles that may share a story with these: from one text to its copies, in the same ten days and those beside
-- them, and on from there; from the articles themselves and from those in a story with one of them before.
WITH RECURSIVE reached AS (
    (
        SELECT text_hash, span FROM news.articles WHERE article_id = ANY (%(articles)s)
        UNION
        SELECT other.text_hash, other.span
        FROM news.articles AS moved
        JOIN news.articles AS other ON other.story_id = moved.story_id
        WHERE moved.article_id = ANY (%(articles)s)
    )
    UNION
    SELECT filed.text_hash, filed.span
    FROM reached
    CROSS JOIN LATERAL (
        SELECT reached.text_hash
        UNION ALL
        SELECT other_hash FROM news.likenesses AS likeness WHERE likeness.text_hash = reached.text_hash
    ) AS alike
    JOIN news.signatures AS filed ON filed.text_hash = alike.text_hash AND filed.span BETWEEN reached.span - 1 AND reached.span + 1
)
SELECT article.article_id, article.url_key, coalesce(article.published_at, article.first_observed_at) AS "time",
       article.text_hash, article.story_id
FROM news.articles AS article
JOIN reached USING (text_hash, span)
WHERE article.forgotten_at IS NULL
  AND (article.loaded_at IS NOT NULL OR article.article_id = ANY (%(articles)s));

-- name: story_leaders
-- Who leads these stories so far.
SELECT story_id, leader_id FROM news.stories WHERE story_id = ANY (%(stories)s);

-- name: new_story
-- A story without articles yet.
INSERT INTO news.stories DEFAULT VALUES RETURNING story_id;

-- name: move_articles
-- These articles are this story.
UPDATE news.articles SET story_id = %(story_id)s
WHERE article_id = ANY (%(articles)s) AND story_id IS DISTINCT FROM %(story_id)s;

-- name: publish_articles
-- These articles are in the reports from now on.
UPDATE news.articles SET loaded_at = coalesce(loaded_at, %(now)s), next_step = NULL WHERE article_id = ANY (%(articles)s);

-- name: record_story_change
-- A merge or a split.
INSERT INTO news.story_changes (kind, from_story, to_story, changed_at)
VALUES (%(kind)s, %(from_story)s, %(to_story)s, %(now)s);

-- name: merge_story
-- An older story took this one over.
UPDATE news.stories SET merged_into = %(to_story)s WHERE story_id = %(from_story)s;

-- name: refresh_stories
-- The sums of these stories, from their articles; and whom the text is likely from: the one that most publishers
-- credit, the earliest credit among equals, else the outlet that had it first.
WITH members AS (
    SELECT asked.story_id, article.article_id, article.outlet_id, article.published_at, extraction.title, extraction.language,
           extraction.credit, outlet.domain, coalesce(outlet.publisher, outlet.domain) AS publisher,
           row_number() OVER (PARTITION BY asked.story_id
                              ORDER BY coalesce(article.published_at, article.first_observed_at), article.url_key COLLATE "C") AS rank
    FROM unnest(%(stories)s::bigint[]) AS asked (story_id)
    LEFT JOIN news.articles AS article ON article.story_id = asked.story_id AND article.forgotten_at IS NULL
    LEFT JOIN news.outlets AS outlet USING (outlet_id)
    LEFT JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
    LEFT JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
),
sums AS (
    SELECT story_id,
           min(article_id) FILTER (WHERE rank = 1) AS leader_id,
           min(title) FILTER (WHERE rank = 1) AS headline,
           min(language) FILTER (WHERE rank = 1) AS language,
           min(published_at) AS first_published_at,
           max(published_at) AS last_published_at,
           count(article_id) AS articles,
           count(DISTINCT outlet_id) AS outlets,
           count(DISTINCT publisher) AS publishers
    FROM members
    GROUP BY story_id
),
credited AS (
    SELECT DISTINCT ON (story_id) story_id, credit, min(rank) AS rank
    FROM members
    WHERE credit IS NOT NULL
    GROUP BY story_id, credit
    ORDER BY story_id, count(DISTINCT publisher) DESC, min(rank)
),
origins AS (
    SELECT members.story_id, coalesce(credited.credit, members.domain) AS origin,
           CASE WHEN credited.credit IS NOT NULL THEN 'credit' WHEN article_id IS NOT NULL THEN 'earliest' END AS origin_kind,
           members.article_id AS origin_article_id
    FROM members
    LEFT JOIN credited USING (story_id)
    WHERE members.rank = coalesce(credited.rank, 1)
)
UPDATE news.stories AS story
SET origin = origins.origin, origin_kind = origins.origin_kind, origin_article_id = origins.origin_article_id,
    leader_id = sums.leader_id, headline = sums.headline, language = sums.language,
    first_published_at = sums.first_published_at, last_published_at = sums.last_published_at,
    articles = sums.articles, outlets = sums.outlets, publishers = sums.publishers,
    merged_into = CASE WHEN sums.articles > 0 THEN NULL ELSE story.merged_into END
FROM sums
JOIN origins USING (story_id)
WHERE story.story_id = sums.story_id;

-- name: clear_story_assessments
-- The judgements of these stories are about to be summed anew.
DELETE FROM news.story_assessments WHERE story_id = ANY (%(stories)s);

-- name: sum_story_assessments
-- What each crisis makes of these stories, from their articles' newest revisions.
INSERT INTO news.story_assessments (story_id, crisis, relevant, relevance, tags, places)
SELECT article.story_id, verdict.crisis, bool_or(verdict.relevant), max(verdict.relevance),
       ARRAY(SELECT DISTINCT tag FROM news.articles AS a
             JOIN news.assessments AS v ON v.revision_id = a.revision_id AND v.is_current AND v.crisis = verdict.crisis
             CROSS JOIN unnest(v.tags) AS tag
             WHERE a.story_id = article.story_id AND a.forgotten_at IS NULL ORDER BY tag),
       ARRAY(SELECT DISTINCT place FROM news.articles AS a
             JOIN news.assessments AS v ON v.revision_id = a.revision_id AND v.is_current AND v.crisis = verdict.crisis
             CROSS JOIN unnest(v.places) AS place
             WHERE a.story_id = article.story_id AND a.forgotten_at IS NULL ORDER BY place)
FROM news.articles AS article
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
WHERE article.story_id = ANY (%(stories)s) AND article.forgotten_at IS NULL
GROUP BY article.story_id, verdict.crisis;

-- name: settle_candidates
-- The first candidate that led to an article loaded it; the others were already known by then.
UPDATE ops.candidates AS candidate
SET state = CASE WHEN candidate.candidate_id = first.candidate_id THEN 'loaded' ELSE 'already_known' END,
    reason = NULL, detail = NULL
FROM (
    SELECT article_id,
           coalesce(min(candidate_id) FILTER (WHERE state = 'loaded'), min(candidate_id)) AS candidate_id
    FROM ops.candidates
    WHERE article_id = ANY (%(articles)s)
    GROUP BY article_id
) AS first
WHERE candidate.article_id = first.article_id AND candidate.state IN ('pending', 'rejected');

-- name: count_unsettled
-- How much still waits: outlets to learn, pages to read and to identify, articles to decide and to load.
SELECT (SELECT count(*) FROM ops.learning WHERE pending)
     + (SELECT count(*) FROM ops.captures WHERE next_step IS NOT NULL)
     + (SELECT count(*) FROM news.articles WHERE next_step IS NOT NULL);

-- name: drop_history
-- Poll and rejection history older than we keep.
SELECT ops.drop_months(%(before)s);

-- name: archive_garbage
-- WARC files that nothing refers to any more.
SELECT warc_file FROM ops.archive_garbage ORDER BY warc_file;

-- name: garbage_deleted
-- A WARC file is gone.
DELETE FROM ops.archive_garbage WHERE warc_file = %(warc_file)s;

-- name: stories_of_articles
-- The stories that these articles stand in.
SELECT DISTINCT story_id FROM news.articles WHERE article_id = ANY (%(articles)s) AND story_id IS NOT NULL;

-- name: articles_of_stories
-- The articles that stand in these stories.
SELECT article_id FROM news.articles WHERE story_id = ANY (%(stories)s);
