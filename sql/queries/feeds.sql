-- name: claim_feeds
-- Feeds of a shard's outlets to poll now, for this worker alone. asked_since: with --all, every feed not polled since then.
WITH living AS MATERIALIZED (SELECT worker FROM ops.living_workers() AS worker),
due AS (
    SELECT feed.feed_id
    FROM ops.feeds AS feed
    WHERE CASE WHEN %(asked_since)s::timestamptz IS NULL
               THEN feed.next_poll_at <= %(now)s
               ELSE feed.last_polled_at IS NULL OR feed.last_polled_at < %(asked_since)s
          END
      AND mod(feed.outlet_id, %(of)s) = %(shard)s
      AND EXISTS (SELECT FROM ops.feed_crises AS listed
                  WHERE listed.feed_id = feed.feed_id AND listed.crisis = ANY (%(crises)s))
      AND (feed.claimed_by IS NULL OR feed.claimed_by NOT IN (SELECT worker FROM living))
    ORDER BY feed.next_poll_at, feed.feed_id
    LIMIT %(limit)s
    FOR UPDATE OF feed SKIP LOCKED
)
UPDATE ops.feeds AS feed
SET claimed_by = %(worker)s
FROM due, news.outlets AS outlet
WHERE feed.feed_id = due.feed_id AND outlet.outlet_id = feed.outlet_id
RETURNING feed.feed_id, feed.url, feed.timezone, feed.body_hash, feed.last_new_at, feed.etag, feed.last_modified,
    feed.unproven_polls, feed.lied_at, feed.moved_to, feed.moved_since, feed.poll_every, feed.news_every, feed.floor,
    feed.trouble,
    ARRAY(SELECT crisis || ' ' || scope FROM ops.feed_crises AS listed
          WHERE listed.feed_id = feed.feed_id AND listed.crisis = ANY (%(crises)s) ORDER BY 1) AS scopes;

-- name: claim_witnesses
-- One feed each of a few outlets that answered lately and were not asked since then, for this worker alone.
WITH living AS MATERIALIZED (SELECT worker FROM ops.living_workers() AS worker),
latest AS (
    SELECT DISTINCT ON (feed.outlet_id) feed.feed_id, feed.last_success_at
    FROM ops.feeds AS feed
    WHERE feed.trouble = 0 AND feed.last_success_at IS NOT NULL AND feed.last_polled_at < %(before)s
      AND (feed.claimed_by IS NULL OR feed.claimed_by NOT IN (SELECT worker FROM living))
      AND EXISTS (SELECT FROM ops.feed_crises AS listed
                  WHERE listed.feed_id = feed.feed_id AND listed.crisis = ANY (%(crises)s))
    ORDER BY feed.outlet_id, feed.last_success_at DESC
),
asked AS (
    SELECT feed.feed_id
    FROM ops.feeds AS feed
    WHERE feed.feed_id IN (SELECT feed_id FROM latest ORDER BY last_success_at DESC LIMIT %(limit)s)
    FOR UPDATE SKIP LOCKED
)
UPDATE ops.feeds AS feed
SET claimed_by = %(worker)s
FROM asked
WHERE feed.feed_id = asked.feed_id
RETURNING feed.feed_id, feed.url, feed.timezone, feed.body_hash, feed.last_new_at, feed.etag, feed.last_modified,
    feed.unproven_polls, feed.lied_at, feed.moved_to, feed.moved_since, feed.poll_every, feed.news_every, feed.floor,
    feed.trouble,
    ARRAY(SELECT crisis || ' ' || scope FROM ops.feed_crises AS listed
          WHERE listed.feed_id = feed.feed_id AND listed.crisis = ANY (%(crises)s) ORDER BY 1) AS scopes;

-- name: release_feeds
-- What this worker claimed and did not come to is free again.
UPDATE ops.feeds SET claimed_by = NULL WHERE claimed_by = %(worker)s;

-- name: record_poll
-- What one poll gave.
INSERT INTO ops.polls (polled_at, feed_id, run_id, outcome, reason, detail, status, duration_ms, body_bytes, entries,
                       new_entries, known_entries, entries_beyond, warc_file, warc_offset, warc_length)
VALUES (%(polled_at)s, %(feed_id)s, %(run_id)s, %(outcome)s, %(reason)s, %(detail)s, %(status)s, %(duration_ms)s,
        %(body_bytes)s, %(entries)s, %(new_entries)s, %(known_entries)s, %(entries_beyond)s, %(warc_file)s,
        %(warc_offset)s, %(warc_length)s);

-- name: feed_succeeded
-- A feed answered: what that taught, and when to ask again.
UPDATE ops.feeds
SET body_hash = coalesce(%(body_hash)s, body_hash), last_polled_at = %(polled_at)s, last_success_at = %(polled_at)s,
    last_new_at = CASE WHEN %(new_entries)s > 0 THEN %(polled_at)s ELSE last_new_at END,
    next_poll_at = %(next_poll_at)s, failures = 0, last_reason = NULL, claimed_by = NULL,
    etag = %(etag)s, last_modified = %(last_modified)s, unproven_polls = %(unproven_polls)s, lied_at = %(lied_at)s,
    moved_to = %(moved_to)s, moved_since = %(moved_since)s, poll_every = %(poll_every)s, news_every = %(news_every)s,
    floor = %(floor)s, trouble = %(trouble)s
WHERE feed_id = %(feed_id)s;

-- name: feed_failed
-- A feed failed: its history and validators stay, and it is asked again.
UPDATE ops.feeds
SET last_polled_at = %(polled_at)s, next_poll_at = %(next_poll_at)s, failures = failures + 1,
    last_reason = %(reason)s, claimed_by = NULL, moved_to = %(moved_to)s, moved_since = %(moved_since)s,
    trouble = %(trouble)s
WHERE feed_id = %(feed_id)s;

-- name: feed_spared
-- A feed failed when nearly everything did: it is asked again soon, and nothing is held against it.
UPDATE ops.feeds
SET last_polled_at = %(polled_at)s, next_poll_at = %(next_poll_at)s, claimed_by = NULL
WHERE feed_id = %(feed_id)s;

-- name: tombstoned
-- Which of these keys, or of these domains, must stay forgotten.
SELECT encode(key_hash, 'hex') FROM ops.tombstones WHERE key_hash = ANY (%(keys)s)
UNION ALL
SELECT domain FROM ops.tombstones WHERE domain = ANY (%(domains)s);

-- name: add_candidates
-- Entries of one document that nobody has announced before; the others are passed over.
INSERT INTO ops.candidates (url, key_hash, host, source, feed_id, run_id, discovered_at, state, reason, detail, fetch_due_at)
SELECT url, decode(key, 'hex'), host, %(source)s, %(feed_id)s, %(run_id)s, %(now)s, state, reason, detail,
       CASE WHEN state = 'pending' THEN %(now)s END
FROM jsonb_to_recordset(%(entries)s::jsonb)
    AS entry (url text, key text, host text, state text, reason text, detail text)
ORDER BY key
ON CONFLICT (key_hash) DO NOTHING
RETURNING candidate_id, state, reason, detail;

-- name: watch_archived
-- What archives alone knew until a live source listed it.
UPDATE ops.candidates SET watched = true WHERE NOT watched AND key_hash = ANY (%(keys)s);

-- name: announce
-- What the feed says of each entry, the first time; later only that it has changed.
INSERT INTO ops.announcements AS known (candidate_id, feed_id, announced_at, title, summary, published_raw, published_at,
    published_offset, published_day, published_precision, entry_hash)
SELECT candidate.candidate_id, %(feed_id)s, %(now)s, entry.title, entry.summary, entry.published_raw, entry.published_at,
    entry.published_offset, entry.published_day, entry.published_precision, decode(entry.digest, 'hex')
FROM jsonb_to_recordset(%(entries)s::jsonb)
    AS entry (key text, title text, summary text, published_raw text, published_at timestamptz,
              published_offset interval, published_day date, published_precision text, digest text)
JOIN ops.candidates AS candidate ON candidate.key_hash = decode(entry.key, 'hex')
WHERE candidate.reason IS DISTINCT FROM 'forgotten'
ORDER BY candidate.candidate_id
ON CONFLICT (candidate_id, feed_id) DO UPDATE SET entry_hash = excluded.entry_hash
WHERE known.entry_hash <> excluded.entry_hash
RETURNING candidate_id, xmax = 0 AS is_new;

-- name: reconsider_dates
-- Another feed has announced articles that stand: their dates have one more claim.
UPDATE news.articles
SET next_step = 'decide'
WHERE article_id IN (SELECT article_id FROM ops.candidates WHERE candidate_id = ANY (%(candidates)s))
  AND revision_id IS NOT NULL AND forgotten_at IS NULL;

-- name: fetch_again
-- Entries that changed in their feed are asked for again.
UPDATE ops.candidates
SET fetch_due_at = %(now)s
WHERE candidate_id = ANY (%(candidates)s) AND state IN ('loaded', 'already_known');

-- name: bring_into_scope
-- Entries that were out of scope and are wanted now.
UPDATE ops.candidates
SET state = 'pending', fetch_due_at = %(now)s
WHERE state = 'out_of_scope' AND key_hash = ANY (%(keys)s);

-- name: feeds_overview
-- Every feed that is watched, with how it is.
SELECT freshness.feed, freshness.outlet, string_agg(DISTINCT listed.crisis || ':' || listed.scope, ' ') AS crises,
       freshness.state, freshness.reason, freshness.failures, freshness.last_polled_at, freshness.last_success_at,
       freshness.last_new_at, freshness.next_poll_at
FROM report.freshness AS freshness
JOIN ops.feeds AS feed ON feed.url = freshness.feed
JOIN ops.feed_crises AS listed USING (feed_id)
WHERE listed.crisis = ANY (%(crises)s)
GROUP BY freshness.feed, freshness.outlet, freshness.state, freshness.reason, freshness.failures,
         freshness.last_polled_at, freshness.last_success_at, freshness.last_new_at, freshness.next_poll_at
ORDER BY freshness.outlet, freshness.feed;
