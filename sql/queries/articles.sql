-- name: lock_identity
-- One process at a time says what is the same; the statements are short.
SELECT pg_advisory_xact_lock(20220107);

-- name: add_outlet
-- An outlet that no profile declares, met through another one's feed.
INSERT INTO news.outlets (domain, publisher, declared) VALUES (%(domain)s, %(family)s, false)
ON CONFLICT (domain) DO NOTHING;

-- name: add_article
-- An article by its key, new or known. Of several spellings of its URL the least counts, whatever came first.
INSERT INTO news.articles AS known (url, url_key, key_hash, outlet_id, first_observed_at)
VALUES (%(url)s, %(url_key)s, %(key_hash)s, %(outlet_id)s, %(observed_at)s)
ON CONFLICT (key_hash) DO UPDATE
SET url = least(known.url COLLATE "C", excluded.url COLLATE "C"),
    first_observed_at = least(known.first_observed_at, excluded.first_observed_at),
    next_step = 'decide'
RETURNING article_id;

-- name: sightings_of_articles
-- All captures of these articles that hold text, as they read now.
SELECT capture.article_id, capture.capture_id, capture.observed_at, capture.extraction_id, extraction.content_hash,
       capture.revision_id
FROM ops.captures AS capture
JOIN news.extractions AS extraction USING (extraction_id)
WHERE capture.article_id = ANY (%(articles)s) AND extraction.reason IS NULL AND capture.forgotten_at IS NULL
  AND NOT capture.superseded;

-- name: revisions_of_articles
-- The revisions that these articles have so far.
SELECT article_id, revision_id FROM news.revisions WHERE article_id = ANY (%(articles)s);

-- name: add_revision
-- A content of an article that nobody saw before, with the span in which it was seen.
INSERT INTO news.revisions (article_id, content_hash, extraction_id, observed_from, last_observed_at, loaded_at, search)
SELECT %(article_id)s, extraction.content_hash, extraction.extraction_id, %(observed_from)s, %(last_observed_at)s, %(now)s,
       news.search_words(extraction.language, extraction.title, extraction.text)
FROM news.extractions AS extraction
WHERE extraction.extraction_id = %(extraction_id)s
RETURNING revision_id;

-- name: forget_judgements_of_another_text
-- What was said of a revision whose words read differently now no longer holds.
DELETE FROM news.assessments AS verdict
USING news.revisions AS revision, news.extractions AS old, news.extractions AS new
WHERE verdict.revision_id = %(revision_id)s
  AND revision.revision_id = verdict.revision_id
  AND old.extraction_id = revision.extraction_id
  AND new.extraction_id = %(extraction_id)s
  AND (old.title, old.text, old.language) IS DISTINCT FROM (new.title, new.text, new.language);

-- name: change_revision
-- A known revision, as its pages read now.
UPDATE news.revisions AS revision
SET content_hash = extraction.content_hash, extraction_id = extraction.extraction_id,
    observed_from = %(observed_from)s, last_observed_at = %(last_observed_at)s,
    search = CASE WHEN revision.extraction_id = extraction.extraction_id THEN revision.search
                  ELSE news.search_words(extraction.language, extraction.title, extraction.text) END
FROM news.extractions AS extraction
WHERE revision.revision_id = %(revision_id)s
  AND extraction.extraction_id = %(extraction_id)s
  AND (revision.content_hash, revision.extraction_id, revision.observed_from, revision.last_observed_at)
      IS DISTINCT FROM (extraction.content_hash, extraction.extraction_id, %(observed_from)s, %(last_observed_at)s);

-- name: show_revision
-- The revision that these captures show.
UPDATE ops.captures SET revision_id = %(revision_id)s
WHERE capture_id = ANY (%(captures)s) AND revision_id IS DISTINCT FROM %(revision_id)s;

-- name: leave_revisions
-- Captures and articles let go of revisions that turned out to be none; the article shows its newest meanwhile.
WITH captures AS (
    UPDATE ops.captures SET revision_id = NULL WHERE revision_id = ANY (%(dropped)s)
)
UPDATE news.articles SET revision_id = %(newest)s WHERE article_id = %(article_id)s AND revision_id = ANY (%(dropped)s);

-- name: drop_judgements
-- What was said of them.
DELETE FROM news.assessments WHERE revision_id = ANY (%(dropped)s);

-- name: drop_revisions
-- Revisions that turned out to be none of their own.
DELETE FROM news.revisions WHERE revision_id = ANY (%(dropped)s);

-- name: withdraw_articles
-- Articles whose pages hold no text, as they read now, leave the reports.
UPDATE news.articles
SET revision_id = NULL, revisions = 0, text_hash = NULL, span = NULL, story_id = NULL, loaded_at = NULL, next_step = NULL,
    published_at = NULL, published_offset = NULL, published_day = NULL, published_origin = NULL, published_precision = NULL,
    modified_at = NULL, modified_offset = NULL, modified_day = NULL, modified_origin = NULL, modified_precision = NULL,
    missing_since = NULL
WHERE article_id = ANY (%(articles)s) AND forgotten_at IS NULL;

-- name: reject_withdrawn
-- What led to them ends as rejected, for the reason that their newest capture gives.
UPDATE ops.candidates AS candidate
SET state = 'rejected', reason = newest.reason, detail = NULL
FROM (
    SELECT DISTINCT ON (capture.candidate_id) capture.candidate_id, extraction.reason
    FROM ops.captures AS capture
    JOIN news.extractions AS extraction USING (extraction_id)
    WHERE capture.article_id = ANY (%(articles)s) AND extraction.reason IS NOT NULL
    ORDER BY capture.candidate_id, capture.observed_at DESC
) AS newest
WHERE candidate.candidate_id = newest.candidate_id AND candidate.reason IS DISTINCT FROM 'forgotten';

-- name: decide_again
-- These articles' date and newest revision are to be decided again.
UPDATE news.articles SET next_step = 'decide'
WHERE article_id = ANY (%(articles)s) AND forgotten_at IS NULL;

-- name: articles_to_decide
-- Articles whose dates and newest revision have to be decided again, with every claim made of their date.
SELECT article.article_id,
       least(article.first_observed_at, seen.first_seen_at) AS first_seen_at,
       newest.revision_id,
       newest.revisions,
       earliest.text_hash,
       article.text_hash AS old_text_hash,
       article.span AS old_span,
       coalesce(extraction.claims, '[]') AS page_claims,
       coalesce(extraction.updates, '[]') AS updates,
       (SELECT coalesce(jsonb_agg(claim ORDER BY claim), '[]')
        FROM ops.captures AS capture
        JOIN news.extractions AS reading ON reading.extraction_id = capture.extraction_id
        CROSS JOIN LATERAL jsonb_array_elements(reading.claims) AS claim
        WHERE capture.article_id = article.article_id AND reading.reason IS NULL AND NOT capture.superseded
          AND capture.forgotten_at IS NULL) AS other_claims,
       (SELECT min(absence.observed_at)
        FROM (
            SELECT gone.observed_at
            FROM ops.candidates AS candidate
            JOIN ops.absences AS gone USING (candidate_id)
            WHERE candidate.article_id = article.article_id
            UNION ALL
            SELECT emptied.observed_at
            FROM ops.candidates AS candidate
            JOIN ops.captures AS emptied USING (candidate_id)
            JOIN news.extractions AS reading ON reading.extraction_id = emptied.extraction_id
            WHERE candidate.article_id = article.article_id AND reading.reason IS NOT NULL
        ) AS absence
        WHERE absence.observed_at > newest.last_observed_at) AS missing_since,
       coalesce(announced.claims, '[]') || coalesce(seen.claims, '[]') AS feed_claims
FROM (
    SELECT article_id, text_hash, span, first_observed_at
    FROM news.articles
    WHERE next_step = 'decide' AND article_id > %(after)s
    ORDER BY article_id
    LIMIT %(limit)s
    FOR UPDATE
) AS article
CROSS JOIN LATERAL (
    SELECT revision_id, extraction_id, last_observed_at, count(*) OVER () AS revisions
    FROM news.revisions AS revision
    WHERE revision.article_id = article.article_id
    ORDER BY last_observed_at DESC, content_hash
    LIMIT 1
) AS newest
JOIN news.extractions AS extraction ON extraction.extraction_id = newest.extraction_id
CROSS JOIN LATERAL (
    SELECT first.text_hash
    FROM news.revisions AS revision
    JOIN news.extractions AS first ON first.extraction_id = revision.extraction_id
    WHERE revision.article_id = article.article_id
    ORDER BY revision.observed_from, revision.content_hash
    LIMIT 1
) AS earliest
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'at', announcement.published_at, 'offset', extract(epoch FROM announcement.published_offset),
               'day', announcement.published_day, 'origin', 'feed', 'precision', announcement.published_precision)
           ORDER BY announcement.published_at, announcement.published_offset NULLS LAST) AS claims
    FROM ops.candidates AS candidate
    JOIN ops.announcements AS announcement USING (candidate_id)
    WHERE candidate.article_id = article.article_id AND announcement.published_at IS NOT NULL
) AS announced ON true
LEFT JOIN LATERAL (
    SELECT min(sighting.first_seen_at) AS first_seen_at,
           jsonb_agg(jsonb_build_object(
               'at', sighting.published_at, 'offset', extract(epoch FROM sighting.published_offset),
               'day', sighting.published_day, 'origin', 'feed', 'precision', sighting.published_precision)
           ORDER BY sighting.published_at, sighting.published_offset NULLS LAST)
               FILTER (WHERE sighting.published_at IS NOT NULL) AS claims
    FROM ops.candidates AS candidate
    JOIN ops.sightings AS sighting USING (candidate_id)
    WHERE candidate.article_id = article.article_id
) AS seen ON true
ORDER BY article.article_id;

-- name: decide_article
-- What was decided of an article; loading follows.
UPDATE news.articles
SET revision_id = %(revision_id)s, revisions = %(revisions)s, text_hash = %(text_hash)s,
    first_observed_at = %(first_seen_at)s,
    span = floor(extract(epoch FROM coalesce(%(published_at)s, %(first_seen_at)s)) / %(span_seconds)s),
    published_at = %(published_at)s, published_offset = %(published_offset)s, published_day = %(published_day)s,
    published_origin = %(published_origin)s, published_precision = %(published_precision)s,
    modified_at = %(modified_at)s, modified_offset = %(modified_offset)s, modified_day = %(modified_day)s,
    modified_origin = %(modified_origin)s, modified_precision = %(modified_precision)s,
    missing_since = %(missing_since)s, next_step = 'load'
WHERE article_id = %(article_id)s;

-- name: articles_to_judge
-- Articles called for judgement or about to be loaded whose newest revision a profile has not judged, or with another date.
SELECT article.article_id, article.revision_id, extraction.title, extraction.text, extraction.language, article.published_at
FROM news.articles AS article
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
LEFT JOIN news.assessments AS verdict
    ON verdict.revision_id = article.revision_id
   AND verdict.crisis = %(crisis)s
   AND verdict.profile_version = %(version)s
   AND verdict.is_current
WHERE article.next_step IN ('judge', 'load')
  AND article.article_id > %(after)s
  AND (verdict.revision_id IS NULL OR verdict.published_at IS DISTINCT FROM article.published_at)
ORDER BY article.article_id
LIMIT %(limit)s;

-- name: retire_assessments
-- What another version of the profile said of these revisions counts no longer; it stays beside the new.
UPDATE news.assessments
SET is_current = false
WHERE crisis = %(crisis)s AND profile_version <> %(version)s AND is_current AND revision_id = ANY (%(revisions)s);

-- name: clear_evidence
-- The words are about to be written anew, for another date or after a return to an older version.
DELETE FROM news.evidence
WHERE crisis = %(crisis)s AND profile_version = %(version)s AND revision_id = ANY (%(revisions)s);

-- name: save_assessment
-- What a profile says of a revision.
INSERT INTO news.assessments (revision_id, crisis, profile_version, is_current, relevant, relevance, tags, places, published_at, assessed_at)
VALUES (%(revision_id)s, %(crisis)s, %(version)s, true, %(relevant)s, %(relevance)s, %(tags)s, %(places)s, %(published_at)s, %(now)s)
ON CONFLICT (revision_id, crisis, profile_version) DO UPDATE
SET is_current = true, relevant = excluded.relevant, relevance = excluded.relevance, tags = excluded.tags,
    places = excluded.places, published_at = excluded.published_at, assessed_at = excluded.assessed_at;

-- name: load_what_is_judged_otherwise
-- Of the articles that a changed profile called for, those of which it says something else are to be loaded again.
UPDATE news.articles AS article
SET next_step = 'load'
FROM news.assessments AS verdict
WHERE article.next_step = 'judge'
  AND article.revision_id = ANY (%(revisions)s)
  AND verdict.revision_id = article.revision_id
  AND verdict.crisis = %(crisis)s
  AND verdict.is_current
  AND (verdict.relevant, verdict.relevance, verdict.tags, verdict.places) IS DISTINCT FROM (
      SELECT (older.relevant, older.relevance, older.tags, older.places)
      FROM news.assessments AS older
      WHERE older.revision_id = verdict.revision_id AND older.crisis = verdict.crisis AND NOT older.is_current
      ORDER BY older.assessed_at DESC
      LIMIT 1);

-- name: rest_what_is_judged_alike
-- Articles of which every profile of this pass says what it said before are settled again.
UPDATE news.articles AS article
SET next_step = NULL
WHERE article.next_step = 'judge'
  AND NOT EXISTS (
      SELECT FROM news.crises AS crisis
      WHERE crisis.crisis = ANY (%(crises)s)
        AND NOT EXISTS (SELECT FROM news.assessments AS verdict
                        WHERE verdict.revision_id = article.revision_id AND verdict.crisis = crisis.crisis
                          AND verdict.profile_version = crisis.profile_version AND verdict.is_current));
