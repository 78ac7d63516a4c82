-- name: ask_for_window
-- A window that is asked for, once or again; what was searched for it before counts.
INSERT INTO ops.windows AS known (since, until, lag, sources, asked_at)
VALUES (%(since)s, %(until)s, %(lag)s, %(sources)s, %(now)s)
ON CONFLICT (since, until) DO UPDATE
SET lag = greatest(known.lag, excluded.lag),
    sources = ARRAY(SELECT DISTINCT source FROM unnest(known.sources || excluded.sources) AS source ORDER BY source),
    asked_at = excluded.asked_at;

-- name: call_for_pages
-- Pages that the lists of archives name and that may lie in a window are asked for, once; whatever else is known of them,
-- so that the order in which archives are searched makes no difference. keys NULL: of all.
UPDATE ops.candidates AS candidate
SET state = CASE WHEN state = 'out_of_scope' AND article_id IS NULL THEN 'pending' ELSE state END,
    detail = CASE WHEN state = 'out_of_scope' AND article_id IS NULL THEN NULL ELSE detail END,
    called_at = %(now)s, fetch_due_at = %(now)s
WHERE candidate.called_at IS NULL
  AND (NOT candidate.watched OR candidate.state = 'out_of_scope')
  AND candidate.url IS NOT NULL
  AND candidate.reason IS DISTINCT FROM 'forgotten'
  AND (%(keys)s::bytea[] IS NULL OR candidate.key_hash = ANY (%(keys)s))
  AND EXISTS (SELECT FROM ops.sightings AS sighting
              WHERE sighting.candidate_id = candidate.candidate_id
                AND sighting.source IN ('gdelt', 'wayback', 'sitemaps')
                AND ops.may_lie_in_a_window(sighting.first_seen_at, sighting.published_at));

-- name: call_for_articles
-- Articles that were read and lie in a window, and are in no report for want of one.
UPDATE news.articles AS article
SET next_step = 'decide'
WHERE article.loaded_at IS NULL
  AND article.next_step IS NULL
  AND article.revision_id IS NOT NULL
  AND article.forgotten_at IS NULL
  AND coalesce(article.published_at, article.first_observed_at) >= %(since)s
  AND coalesce(article.published_at, article.first_observed_at) < %(until)s;

-- name: bring_articles_back
-- What led to articles that are wanted now is on its way again.
UPDATE ops.candidates AS candidate
SET state = 'pending', detail = NULL
FROM news.articles AS article
WHERE candidate.article_id = article.article_id
  AND candidate.state = 'out_of_scope'
  AND article.article_id = ANY (%(articles)s)
  AND article.next_step = 'load';

-- name: articles_outside
-- Of these articles, those that belong in no report: no live source lists them, and no window holds their time.
SELECT article_id
FROM news.articles
WHERE article_id = ANY (%(articles)s)
  AND NOT ops.is_wanted(article_id, coalesce(published_at, first_observed_at));

-- name: put_outside
-- What led to articles outside of every window ends there.
UPDATE ops.candidates AS candidate
SET state = 'out_of_scope', reason = NULL,
    detail = CASE WHEN article.published_at IS NULL THEN 'first seen ' ELSE 'published ' END
             || to_char(coalesce(article.published_at, article.first_observed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
             || ' UTC, outside of every window that was asked for'
FROM news.articles AS article
WHERE article.article_id = candidate.article_id
  AND article.article_id = ANY (%(articles)s)
  AND candidate.reason IS DISTINCT FROM 'forgotten';

-- name: rest_outside
-- Articles outside of every window have nothing to wait for, and are in no story and no copy of anything.
UPDATE news.articles
SET next_step = NULL, story_id = NULL, loaded_at = NULL, text_hash = NULL, span = NULL
WHERE article_id = ANY (%(articles)s);

-- name: add_parts
-- Parts that a window calls for; those that are known stay as they are.
INSERT INTO ops.scans (source, kind, part, part_hash, outlet_id, feed_id, covers_from, covers_until)
SELECT part.source, part.kind, part.part, sha256(convert_to(part.part, 'UTF8')), outlet.outlet_id, feed.feed_id, part.covers_from,
       part.covers_until
FROM jsonb_to_recordset(%(parts)s::jsonb)
    AS part (source text, kind text, part text, outlet text, feed text, covers_from timestamptz, covers_until timestamptz)
LEFT JOIN news.outlets AS outlet ON outlet.domain = part.outlet
LEFT JOIN ops.feeds AS feed ON feed.url_hash = sha256(convert_to(part.feed, 'UTF8'))
ORDER BY 1, 2, 4
ON CONFLICT (source, kind, part_hash) DO NOTHING;

-- name: scan_again
-- Parts of a window that are to be read again: read for other profiles, not to be had the last time, or read before their
-- time was over.
UPDATE ops.scans
SET state = 'pending', reason = NULL, detail = NULL, attempts = 0,
    resume = CASE WHEN state = 'failed' AND scope_version = %(scope)s THEN resume END
WHERE source = ANY (%(sources)s)
  AND covers_from < %(until)s AND covers_until > %(since)s
  AND ((state = 'done' AND scope_version IS DISTINCT FROM %(scope)s)
       OR state = 'failed'
       OR (state IN ('done', 'missing') AND scanned_at < least(covers_until, %(until)s) + interval '1 day'
           AND scanned_at < %(now)s - interval '12 hours'));

-- name: claim_parts
-- Parts of a window to read now, for this worker alone; those that failed come last.
WITH living AS MATERIALIZED (SELECT worker FROM ops.living_workers() AS worker),
due AS (
    SELECT scan_id
    FROM ops.scans
    WHERE state = 'pending'
      AND source = ANY (%(sources)s)
      AND (kind = 'file') = %(files)s
      AND covers_from < %(until)s AND covers_until > %(since)s
      AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT worker FROM living))
    ORDER BY attempts, covers_from, scan_id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE ops.scans AS scan
SET claimed_by = %(worker)s
FROM due
WHERE scan.scan_id = due.scan_id
RETURNING scan.scan_id, scan.source, scan.kind, scan.part, scan.covers_from, scan.covers_until, scan.attempts, scan.resume,
    (SELECT domain FROM news.outlets AS known WHERE known.outlet_id = scan.outlet_id) AS outlet,
    (SELECT timezone FROM news.outlets AS known WHERE known.outlet_id = scan.outlet_id) AS timezone,
    (SELECT url FROM ops.feeds AS known WHERE known.feed_id = scan.feed_id) AS feed;

-- name: count_parts
-- How many parts a window calls for, how many of them are still to be read, and how many of those others have in hands.
WITH living AS MATERIALIZED (SELECT worker FROM ops.living_workers() AS worker)
SELECT count(*), count(*) FILTER (WHERE state = 'pending'),
       count(*) FILTER (WHERE state = 'pending' AND claimed_by IN (SELECT worker FROM living) AND claimed_by <> %(worker)s)
FROM ops.scans
WHERE source = ANY (%(sources)s) AND covers_from < %(until)s AND covers_until > %(since)s;

-- name: release_parts
-- What this worker claimed and did not come to is free again.
UPDATE ops.scans SET claimed_by = NULL WHERE claimed_by = %(worker)s;

-- name: release_part
-- A part that is to be asked for later is free again.
UPDATE ops.scans SET claimed_by = NULL WHERE scan_id = %(scan_id)s;

-- name: part_read
-- A part was read to its end, or up to where it goes on. Getting no further is no progress, and counts as a try.
UPDATE ops.scans
SET state = CASE WHEN %(resume)s::text IS NULL THEN 'done' ELSE 'pending' END, resume = %(resume)s, reason = NULL, detail = NULL,
    attempts = CASE WHEN resume IS NOT DISTINCT FROM %(resume)s::text THEN attempts ELSE 0 END, scope_version = %(scope)s,
    scanned_at = %(now)s, claimed_by = CASE WHEN %(keep)s THEN claimed_by END
WHERE scan_id = %(scan_id)s;

-- name: part_failed
-- A part could not be had, or not be read; pending: it is tried again in this pass.
UPDATE ops.scans
SET state = %(state)s, reason = CASE WHEN %(state)s <> 'pending' THEN %(reason)s END, detail = %(detail)s,
    attempts = attempts + 1, scope_version = %(scope)s, scanned_at = %(now)s, claimed_by = NULL
WHERE scan_id = %(scan_id)s;

-- name: add_tally
-- What a part listed, added up by run.
INSERT INTO ops.scan_tallies AS known (scan_id, run_id, entries, new_entries, known_entries, out_of_scope, malformed)
VALUES (%(scan_id)s, %(run_id)s, %(entries)s, %(new_entries)s, %(known_entries)s, %(out_of_scope)s, %(malformed)s)
ON CONFLICT (scan_id, run_id) DO UPDATE
SET entries = known.entries + excluded.entries, new_entries = known.new_entries + excluded.new_entries,
    known_entries = known.known_entries + excluded.known_entries, out_of_scope = known.out_of_scope + excluded.out_of_scope,
    malformed = known.malformed + excluded.malformed;

-- name: add_archived_candidates
-- Addresses that an archive knows and nobody has named before. They wait for a window that may hold them.
INSERT INTO ops.candidates (url, key_hash, host, source, run_id, discovered_at, watched, state, reason, detail)
SELECT url, decode(key, 'hex'), host, %(source)s, %(run_id)s, %(now)s, false,
       CASE WHEN forgotten THEN 'rejected' ELSE 'out_of_scope' END, CASE WHEN forgotten THEN 'forgotten' END,
       CASE WHEN NOT forgotten THEN 'no window that was asked for may hold it' END
FROM jsonb_to_recordset(%(entries)s::jsonb) AS entry (url text, key text, host text, forgotten boolean)
ORDER BY key
ON CONFLICT (key_hash) DO NOTHING
RETURNING candidate_id;

-- name: add_sightings
-- What an archive knows of addresses: the earliest sight, and the earliest statement on publication, whatever came first.
INSERT INTO ops.sightings AS known (candidate_id, source, outlet_id, first_seen_at, title, published_at, published_offset,
                                    published_day, published_precision)
SELECT candidate.candidate_id, %(source)s, entry.outlet_id, entry.seen_at, entry.title, entry.published_at, entry.published_offset,
       entry.published_day, entry.published_precision
FROM jsonb_to_recordset(%(entries)s::jsonb)
    AS entry (key text, outlet_id integer, seen_at timestamptz, title text, published_at timestamptz,
              published_offset interval, published_day date, published_precision text)
JOIN ops.candidates AS candidate ON candidate.key_hash = decode(entry.key, 'hex')
WHERE candidate.reason IS DISTINCT FROM 'forgotten'
ORDER BY candidate.candidate_id
ON CONFLICT (candidate_id, source) DO UPDATE
SET (first_seen_at, title, published_at, published_offset, published_day, published_precision) = (
        SELECT least(known.first_seen_at, excluded.first_seen_at),
               CASE WHEN known.title = '' THEN excluded.title ELSE known.title END,
               earliest.published_at, earliest.published_offset, earliest.published_day, earliest.published_precision
        FROM (VALUES (known.published_at, known.published_offset, known.published_day, known.published_precision),
                     (excluded.published_at, excluded.published_offset, excluded.published_day, excluded.published_precision))
            AS earliest (published_at, published_offset, published_day, published_precision)
        ORDER BY earliest.published_at NULLS LAST, earliest.published_precision DESC, earliest.published_offset NULLS LAST
        LIMIT 1)
WHERE (excluded.first_seen_at < known.first_seen_at)
   OR (known.title = '' AND excluded.title <> '')
   OR ((excluded.published_at, excluded.published_precision, excluded.published_offset)
       IS DISTINCT FROM (known.published_at, known.published_precision, known.published_offset)
       AND excluded.published_at IS NOT NULL)
RETURNING candidate_id;

-- name: known_captures
-- Which of these moments of an archive are captured already.
SELECT encode(candidate.key_hash, 'hex'), capture.observed_at
FROM ops.captures AS capture
JOIN ops.candidates AS candidate USING (candidate_id)
WHERE candidate.key_hash = ANY (%(keys)s) AND capture.via = %(via)s;

-- name: add_archived_capture
-- A page out of an archive that lies in ours, once a moment, unless it was forgotten meanwhile.
INSERT INTO ops.captures (candidate_id, url, via, observed_at, status, content_type, body_bytes, body_digest, warc_file,
                          warc_offset, warc_length, run_id, next_step)
SELECT candidate_id, %(url)s, %(via)s, %(observed_at)s, %(status)s, %(content_type)s, %(body_bytes)s, %(body_digest)s,
       %(warc_file)s, %(warc_offset)s, %(warc_length)s, %(run_id)s, 'extract'
FROM ops.candidates
WHERE key_hash = %(key_hash)s AND reason IS DISTINCT FROM 'forgotten'
FOR UPDATE
ON CONFLICT (candidate_id, via, observed_at) WHERE via <> 'live' DO NOTHING;

-- name: candidate_archived
-- An archive had the page: the live one, which is gone, is not asked for again.
UPDATE ops.candidates
SET state = CASE WHEN article_id IS NULL THEN 'pending' ELSE state END,
    reason = CASE WHEN article_id IS NOT NULL THEN reason END,
    detail = CASE WHEN article_id IS NOT NULL THEN detail END,
    fetch_due_at = CASE WHEN attempts = 0 THEN fetch_due_at END
WHERE key_hash = %(key_hash)s AND reason IS DISTINCT FROM 'forgotten';

-- name: claim_lost_pages
-- Pages that archives know and whose live ones are gone (A), hold no article (B), or were changed since (C), for this
-- worker alone; with the moment that a capture should be near to: publication, else the first sight.
WITH living AS MATERIALIZED (SELECT worker FROM ops.living_workers() AS worker),
known AS (
    SELECT sighting.candidate_id, min(sighting.first_seen_at) AS seen_at,
           coalesce(min(sighting.published_at), min(sighting.first_seen_at)) AS moment
    FROM ops.sightings AS sighting
    GROUP BY sighting.candidate_id
),
lost AS (
    SELECT candidate.candidate_id, known.moment
    FROM known
    JOIN ops.candidates AS candidate USING (candidate_id)
    WHERE (candidate.archive_asked_for IS NULL OR candidate.archive_asked_for > known.moment)
      AND candidate.archive_attempts < %(tries)s
      AND candidate.state <> 'out_of_scope'
      AND NOT coalesce(candidate.reason = ANY (%(final)s::text[]), false)
      AND (candidate.claimed_by IS NULL OR candidate.claimed_by NOT IN (SELECT worker FROM living))
      AND (candidate.attempts > 0
           OR EXISTS (SELECT FROM ops.captures AS capture
                      JOIN news.extractions AS extraction USING (extraction_id)
                      WHERE capture.candidate_id = candidate.candidate_id AND capture.via = 'live'
                        AND extraction.reason IS NOT NULL)
           OR (EXISTS (SELECT FROM ops.captures AS capture
                       JOIN news.extractions AS extraction USING (extraction_id)
                       WHERE capture.candidate_id = candidate.candidate_id AND capture.via = 'live'
                         AND extraction.reason IS NULL
                         AND greatest((SELECT min((claim ->> 'at')::timestamptz) FROM jsonb_array_elements(extraction.claims) AS claim),
                                      (SELECT max((claim ->> 'at')::timestamptz) FROM jsonb_array_elements(extraction.updates) AS claim))
                             > known.seen_at + interval '1 day')
               AND NOT EXISTS (SELECT FROM ops.captures AS capture
                               WHERE capture.candidate_id = candidate.candidate_id AND capture.via = 'live'
                                 AND capture.observed_at <= known.seen_at + interval '1 day')))
    ORDER BY known.moment, candidate.candidate_id
    LIMIT %(limit)s
    FOR UPDATE OF candidate SKIP LOCKED
)
UPDATE ops.candidates AS candidate
SET claimed_by = %(worker)s
FROM lost
WHERE candidate.candidate_id = lost.candidate_id
RETURNING candidate.candidate_id, candidate.url, candidate.key_hash, lost.moment;

-- name: page_recovered
-- The web archive had a page for that moment; what it gave for a later one counts no more, and is grouped again.
UPDATE ops.captures
SET superseded = true, next_step = CASE WHEN article_id IS NOT NULL THEN 'identify' ELSE next_step END
WHERE candidate_id = %(candidate_id)s AND via = 'wayback' AND NOT superseded AND observed_at <> %(observed_at)s;

-- name: archive_answered
-- The web archive has said what it has for that moment.
UPDATE ops.candidates SET archive_asked_for = %(moment)s, archive_attempts = 0, claimed_by = NULL WHERE candidate_id = %(candidate_id)s;

-- name: archive_failed
-- The web archive could not be asked; it is again.
UPDATE ops.candidates SET archive_attempts = archive_attempts + %(counts)s, claimed_by = NULL WHERE candidate_id = %(candidate_id)s;

-- name: archive_again
-- A new pass begins with nothing held against the web archive.
UPDATE ops.candidates SET archive_attempts = 0 WHERE archive_attempts > 0;

-- name: completeness_of_window
-- What each source knew of a window's days, summed up.
SELECT source, sum(known)::bigint AS known, sum(loaded)::bigint AS loaded, sum(rejected)::bigint AS rejected,
       sum(out_of_scope)::bigint AS out_of_scope, sum(missing)::bigint AS missing
FROM report.completeness
WHERE day >= (%(since)s AT TIME ZONE 'UTC')::date AND day < (%(until)s AT TIME ZONE 'UTC')::date
  AND source = ANY (%(sources)s)
GROUP BY source
ORDER BY source;

-- name: gaps_of_window
-- What a window calls for and was not read, by source and reason.
SELECT source, state, reason, count(*) AS parts, min(covers_from) AS first, max(covers_until) AS last
FROM report.archive_gaps
WHERE covers_from < %(searched_until)s AND covers_until > %(since)s AND source = ANY (%(sources)s)
GROUP BY source, state, reason
ORDER BY source, state, reason;
