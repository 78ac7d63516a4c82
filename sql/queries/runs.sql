-- name: become_worker
-- A number for this process, and the lock that says it lives; both end with the connection.
WITH born AS MATERIALIZED (SELECT nextval('ops.worker_ids')::integer AS worker)
SELECT worker, pg_advisory_lock(20220102, worker)::text FROM born;

-- name: ensure_months
-- Make the partitions that this month's history needs.
SELECT ops.ensure_months(%(now)s);

-- name: start_run
-- Note that a pass begins.
INSERT INTO ops.runs (kind, started_at, crises) VALUES (%(kind)s, %(now)s, %(crises)s) RETURNING run_id;

-- name: join_run
-- Be part of the run of that name; whoever comes first begins it.
WITH known AS (SELECT run_id FROM ops.runs WHERE name = %(name)s),
begun AS (
    INSERT INTO ops.runs (kind, name, started_at, crises)
    SELECT %(kind)s, %(name)s, %(now)s, %(crises)s WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING run_id
)
SELECT run_id FROM known UNION ALL SELECT run_id FROM begun;

-- name: run_began
-- When a run began.
SELECT started_at FROM ops.runs WHERE run_id = %(run_id)s;

-- name: run_counts
-- What a run has done so far; no other task adds to it until this transaction ends.
SELECT counts FROM ops.runs WHERE run_id = %(run_id)s FOR UPDATE;

-- name: end_run
-- Note that a pass, or a task of it, came to its end, and what has been done by now.
UPDATE ops.runs SET ended_at = greatest(started_at, ended_at, %(now)s), counts = %(counts)s WHERE run_id = %(run_id)s;

-- name: feed_shards
-- The shards with feeds to poll.
SELECT DISTINCT mod(feed.outlet_id, %(of)s) AS shard
FROM ops.feeds AS feed
WHERE (%(everything)s OR feed.next_poll_at <= %(now)s)
  AND EXISTS (SELECT FROM ops.feed_crises AS listed
              WHERE listed.feed_id = feed.feed_id AND listed.crisis = ANY (%(crises)s))
ORDER BY shard;

-- name: page_shards
-- The shards with pages to ask for or to extract; the first one when articles are left from a pass that died.
SELECT mod(ops.host_number(candidate.host), %(of)s) AS shard FROM ops.candidates AS candidate WHERE candidate.fetch_due_at <= %(now)s
UNION
SELECT mod(ops.host_number(candidate.host), %(of)s)
FROM ops.captures AS capture
JOIN ops.candidates AS candidate USING (candidate_id)
WHERE capture.next_step = 'extract'
UNION
SELECT 0 WHERE EXISTS (SELECT FROM ops.captures WHERE next_step = 'identify')
            OR EXISTS (SELECT FROM news.articles WHERE next_step IS NOT NULL)
ORDER BY shard;

-- name: new_stories
-- How many stories stand in the reports that did not when the run of that name began.
SELECT count(DISTINCT article.story_id)
FROM news.articles AS article
JOIN ops.runs AS run ON run.name = %(name)s
WHERE article.loaded_at >= run.started_at
  AND NOT EXISTS (SELECT FROM news.articles AS older
                  WHERE older.story_id = article.story_id AND older.loaded_at < run.started_at);

-- name: run_accounting
-- Where everything stands that one pass discovered.
SELECT count(*)::integer AS sources,
       coalesce(sum(discovered), 0)::integer AS discovered,
       coalesce(sum(loaded), 0)::integer AS loaded,
       coalesce(sum(already_known), 0)::integer AS already_known,
       coalesce(sum(out_of_scope), 0)::integer AS out_of_scope,
       coalesce(sum(rejected), 0)::integer AS rejected,
       coalesce(sum(pending), 0)::integer AS pending,
       coalesce(bool_and(balanced), true) AS balanced
FROM report.accounting
WHERE run_id = %(run_id)s;
