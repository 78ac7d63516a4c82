-- name: bury_url
-- A tombstone for one URL.
INSERT INTO ops.tombstones (key_hash, why, forgotten_at) VALUES (%(key_hash)s, %(why)s, %(now)s)
ON CONFLICT (key_hash) DO UPDATE SET why = excluded.why;

-- name: bury_domain
-- A tombstone for one outlet, hosts below its domain included.
INSERT INTO ops.tombstones (domain, why, forgotten_at) VALUES (%(domain)s, %(why)s, %(now)s)
ON CONFLICT (domain) DO UPDATE SET why = excluded.why;

-- name: articles_of_url
-- The article at that URL, or that the candidate there led to.
SELECT article_id FROM news.articles WHERE key_hash = %(key_hash)s
UNION
SELECT article_id FROM ops.candidates WHERE key_hash = %(key_hash)s AND article_id IS NOT NULL;

-- name: articles_of_domain
-- The articles of an outlet and of the hosts below its domain.
SELECT article.article_id
FROM news.articles AS article
JOIN news.outlets AS outlet USING (outlet_id)
WHERE outlet.domain = %(domain)s OR right(outlet.domain, length(%(domain)s) + 1) = '.' || %(domain)s
UNION
SELECT article_id FROM ops.candidates
WHERE article_id IS NOT NULL AND (host = %(domain)s OR right(host, length(%(domain)s) + 1) = '.' || %(domain)s);

-- name: candidates_to_forget
-- Whatever leads to those articles, that URL or that domain; locked, so that no fetch slips in.
SELECT candidate_id, url
FROM ops.candidates
WHERE article_id = ANY (%(articles)s)
   OR key_hash = %(key_hash)s
   OR host = %(domain)s
   OR right(host, length(%(domain)s) + 1) = '.' || %(domain)s
ORDER BY candidate_id
FOR UPDATE;

-- name: records_to_forget
-- The WARC records of those candidates' pages.
SELECT warc_file, warc_offset, warc_length FROM ops.captures WHERE candidate_id = ANY (%(candidates)s);

-- name: documents_to_search
-- The archived documents of the feeds that announced those candidates.
SELECT poll.warc_file, poll.warc_offset, poll.warc_length
FROM ops.polls AS poll
WHERE poll.warc_file IS NOT NULL
  AND poll.feed_id IN (SELECT feed_id FROM ops.announcements WHERE candidate_id = ANY (%(candidates)s));

-- name: forget_document
-- A feed's document is gone from the archive.
UPDATE ops.polls SET warc_file = NULL, warc_offset = NULL, warc_length = NULL
WHERE warc_file = %(warc_file)s AND warc_offset = %(warc_offset)s;

-- name: unload_articles
-- What stays of forgotten articles is that they were there.
UPDATE news.articles
SET revision_id = NULL, revisions = 0, text_hash = NULL, span = NULL, story_id = NULL, next_step = NULL, forgotten_at = %(now)s,
    modified_at = NULL, modified_offset = NULL, modified_day = NULL, modified_origin = NULL, modified_precision = NULL,
    missing_since = NULL,
    published_at = NULL, published_offset = NULL, published_day = NULL, published_origin = NULL, published_precision = NULL
WHERE article_id = ANY (%(articles)s);

-- name: delete_evidence
-- The quotes.
DELETE FROM news.evidence WHERE revision_id IN (SELECT revision_id FROM news.revisions WHERE article_id = ANY (%(articles)s));

-- name: delete_assessments
-- What was said of the texts.
DELETE FROM news.assessments WHERE revision_id IN (SELECT revision_id FROM news.revisions WHERE article_id = ANY (%(articles)s));

-- name: detach_captures
-- The captures let go of what is about to be deleted.
UPDATE ops.captures SET revision_id = NULL, extraction_id = NULL, next_step = NULL WHERE candidate_id = ANY (%(candidates)s);

-- name: delete_revisions
-- The contents.
DELETE FROM news.revisions WHERE article_id = ANY (%(articles)s);

-- name: delete_absences
-- When their pages were gone.
DELETE FROM ops.absences WHERE candidate_id = ANY (%(candidates)s);

-- name: learn_without
-- Their outlets are learnt again without them; what was learnt from them says nothing of a text.
INSERT INTO ops.learning (outlet_id, pending)
SELECT DISTINCT sketch.outlet_id, true
FROM ops.sketches AS sketch
JOIN ops.captures AS capture USING (capture_id)
WHERE capture.candidate_id = ANY (%(candidates)s)
ON CONFLICT (outlet_id) DO UPDATE SET pending = true;

-- name: delete_extractions
-- The texts and their signatures.
DELETE FROM news.extractions
WHERE capture_id IN (SELECT capture_id FROM ops.captures WHERE candidate_id = ANY (%(candidates)s));

-- name: delete_captures
-- The sightings.
DELETE FROM ops.captures WHERE candidate_id = ANY (%(candidates)s);

-- name: delete_announcements
-- What feeds said of them.
DELETE FROM ops.announcements WHERE candidate_id = ANY (%(candidates)s);

-- name: delete_sightings
-- What archives said of them.
DELETE FROM ops.sightings WHERE candidate_id = ANY (%(candidates)s);

-- name: delete_rejection_details
-- What rejections quoted of them.
UPDATE ops.rejections SET detail = NULL WHERE candidate_id = ANY (%(candidates)s);

-- name: reject_forgotten
-- Where the candidates end now.
UPDATE ops.candidates
SET state = 'rejected', reason = 'forgotten', detail = NULL, fetch_due_at = NULL, claimed_by = NULL
WHERE candidate_id = ANY (%(candidates)s);

-- name: move_capture
-- A record that was copied into a new WARC file.
UPDATE ops.captures SET warc_file = %(new_file)s, warc_offset = %(new_offset)s, warc_length = %(new_length)s
WHERE warc_file = %(warc_file)s AND warc_offset = %(warc_offset)s;

-- name: move_document
-- A feed's document that was copied into a new WARC file.
UPDATE ops.polls SET warc_file = %(new_file)s, warc_offset = %(new_offset)s, warc_length = %(new_length)s
WHERE warc_file = %(warc_file)s AND warc_offset = %(warc_offset)s;

-- name: add_garbage
-- A WARC file to be deleted once this transaction stands.
INSERT INTO ops.archive_garbage (warc_file) VALUES (%(warc_file)s) ON CONFLICT DO NOTHING;
