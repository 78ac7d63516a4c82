-- name: lock_profiles
-- One process at a time writes what the profiles say.
SELECT pg_advisory_xact_lock(20220106);

-- name: profile_version
-- The version that the warehouse last worked with; no row for a new crisis.
SELECT profile_version FROM news.crises WHERE crisis = %(crisis)s;

-- name: save_crisis
-- What a profile says of its crisis.
INSERT INTO news.crises (crisis, name, timezone, since, until, languages, profile_version)
VALUES (%(crisis)s, %(name)s, %(timezone)s, %(since)s, %(until)s, %(languages)s, %(version)s)
ON CONFLICT (crisis) DO UPDATE
SET name = excluded.name, timezone = excluded.timezone, since = excluded.since, until = excluded.until,
    languages = excluded.languages, profile_version = excluded.profile_version;

-- name: clear_tags
-- The profile's tags are about to be written anew.
DELETE FROM news.tags WHERE crisis = %(crisis)s;

-- name: save_tag
-- A tag of a crisis.
INSERT INTO news.tags (crisis, tag, name) VALUES (%(crisis)s, %(tag)s, %(name)s);

-- name: clear_places
-- The profile's places are about to be written anew.
DELETE FROM news.places WHERE crisis = %(crisis)s;

-- name: save_place
-- A place that a crisis knows.
INSERT INTO news.places (crisis, place, kind, region, latitude, longitude, note)
VALUES (%(crisis)s, %(place)s, %(kind)s, %(region)s, %(latitude)s, %(longitude)s, %(note)s);

-- name: save_outlet
-- An outlet as a profile declares it; what the profile leaves out keeps its value. Stories count publishers, so the
-- articles of an outlet that changed hands are loaded again.
WITH before AS (
    SELECT publisher FROM news.outlets WHERE domain = %(outlet)s
),
saved AS (
    INSERT INTO news.outlets (domain, publisher, language, country, timezone, declared)
    VALUES (%(outlet)s, coalesce(%(publisher)s, %(family)s), %(language)s, %(country)s, %(timezone)s, true)
    ON CONFLICT (domain) DO UPDATE
    SET publisher = coalesce(%(publisher)s, outlets.publisher, %(family)s),
        language = coalesce(excluded.language, outlets.language),
        country = coalesce(excluded.country, outlets.country),
        timezone = excluded.timezone,
        declared = true
    RETURNING outlet_id, publisher
)
UPDATE news.articles AS article
SET next_step = 'load'
FROM saved, before
WHERE article.outlet_id = saved.outlet_id
  AND saved.publisher IS DISTINCT FROM before.publisher
  AND article.loaded_at IS NOT NULL
  AND article.next_step IS NULL
  AND article.forgotten_at IS NULL;

-- name: save_feed
-- A feed as a profile lists it; its history stays.
INSERT INTO ops.feeds (url, url_hash, outlet_id, timezone, next_poll_at)
VALUES (%(url)s, %(url_hash)s, (SELECT outlet_id FROM news.outlets WHERE domain = %(outlet)s), %(timezone)s, %(now)s)
ON CONFLICT (url_hash) DO UPDATE SET outlet_id = excluded.outlet_id, timezone = excluded.timezone;

-- name: feeds_version
-- The list of feeds that was last written down.
SELECT feeds_version FROM news.crises WHERE crisis = %(crisis)s;

-- name: save_feeds_version
-- The list of feeds has been written down.
UPDATE news.crises SET feeds_version = %(version)s WHERE crisis = %(crisis)s;

-- name: unlist_feeds
-- The profile's list of feeds is about to be written anew.
DELETE FROM ops.feed_crises WHERE crisis = %(crisis)s;

-- name: list_feed
-- A profile lists a feed.
INSERT INTO ops.feed_crises (feed_id, crisis, scope)
VALUES ((SELECT feed_id FROM ops.feeds WHERE url_hash = %(url_hash)s), %(crisis)s, %(scope)s);

-- name: was_left_out
-- Whether some pass worked without this crisis, so that articles may lack its judgement.
SELECT EXISTS (SELECT FROM ops.runs WHERE NOT crises @> ARRAY[%(crisis)s]::text[]);

-- name: call_for_judgement
-- Articles that this version of a profile has not judged are to be judged again; a scan of all articles.
UPDATE news.articles AS article
SET next_step = 'judge'
WHERE article.next_step IS NULL
  AND article.revision_id IS NOT NULL
  AND article.forgotten_at IS NULL
  AND NOT EXISTS (
      SELECT FROM news.assessments AS verdict
      WHERE verdict.revision_id = article.revision_id
        AND verdict.crisis = %(crisis)s
        AND verdict.profile_version = %(version)s
        AND verdict.is_current);
