-- name: claim_candidates
-- Pages of a shard's hosts to ask for now, for this worker alone.
WITH living AS MATERIALIZED (SELECT worker FROM ops.living_workers() AS worker),
due AS (
    SELECT candidate_id
    FROM ops.candidates
    WHERE fetch_due_at <= %(now)s
      AND mod(ops.host_number(host), %(of)s) = %(shard)s
      AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT worker FROM living))
    ORDER BY fetch_due_at, candidate_id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE ops.candidates AS candidate
SET claimed_by = %(worker)s
FROM due
WHERE candidate.candidate_id = due.candidate_id
RETURNING candidate.candidate_id, candidate.url, candidate.attempts, candidate.rechecks, candidate.etag,
    candidate.last_modified, candidate.called_at IS NOT NULL AS archived,
    (SELECT capture.body_digest FROM ops.captures AS capture WHERE capture.candidate_id = candidate.candidate_id
     ORDER BY capture.observed_at DESC, capture.capture_id DESC LIMIT 1) AS body_digest;

-- name: release_candidates
-- What this worker claimed and did not come to is free again.
UPDATE ops.candidates SET claimed_by = NULL WHERE claimed_by = %(worker)s;

-- name: add_capture
-- A page that lies in the archive, unless it was forgotten while it was on its way.
INSERT INTO ops.captures (candidate_id, url, via, observed_at, status, content_type, body_bytes, body_digest, warc_file,
                          warc_offset, warc_length, run_id, next_step)
SELECT candidate_id, %(url)s, 'live', %(observed_at)s, %(status)s, %(content_type)s, %(body_bytes)s, %(body_digest)s,
       %(warc_file)s, %(warc_offset)s, %(warc_length)s, %(run_id)s, 'extract'
FROM ops.candidates
WHERE candidate_id = %(candidate_id)s AND reason IS DISTINCT FROM 'forgotten'
FOR UPDATE;

-- name: candidate_unchanged
-- A page is still as it was.
UPDATE ops.candidates
SET attempts = 0, rechecks = rechecks + 1, fetch_due_at = %(recheck_at)s, claimed_by = NULL
WHERE candidate_id = %(candidate_id)s AND reason IS DISTINCT FROM 'forgotten';

-- name: record_absence
-- The page of a known article is gone.
INSERT INTO ops.absences (candidate_id, observed_at, reason, run_id)
SELECT candidate_id, %(now)s, %(reason)s, %(run_id)s
FROM ops.candidates
WHERE candidate_id = %(candidate_id)s AND article_id IS NOT NULL AND reason IS DISTINCT FROM 'forgotten'
ON CONFLICT DO NOTHING;

-- name: decide_missing
-- Since when the article is missing is to be decided again.
UPDATE news.articles AS article
SET next_step = 'decide'
FROM ops.candidates AS candidate
WHERE candidate.candidate_id = %(candidate_id)s
  AND article.article_id = candidate.article_id
  AND article.loaded_at IS NOT NULL AND article.forgotten_at IS NULL;

-- name: candidate_fetched
-- A page came; whether it changes is asked later, ever more seldom.
UPDATE ops.candidates
SET state = CASE WHEN article_id IS NULL THEN 'pending' ELSE state END,
    reason = CASE WHEN article_id IS NOT NULL THEN reason END,
    detail = CASE WHEN article_id IS NOT NULL THEN detail END,
    attempts = 0, rechecks = rechecks + 1, fetch_due_at = %(recheck_at)s, etag = %(etag)s,
    last_modified = %(last_modified)s, claimed_by = NULL
WHERE candidate_id = %(candidate_id)s AND reason IS DISTINCT FROM 'forgotten';

-- name: candidate_rejected
-- A page did not come, or has nothing for us. What is loaded stays loaded.
UPDATE ops.candidates
SET state = CASE WHEN state IN ('loaded', 'already_known') THEN state ELSE 'rejected' END,
    reason = CASE WHEN state IN ('loaded', 'already_known') THEN NULL ELSE %(reason)s END,
    detail = CASE WHEN state IN ('loaded', 'already_known') THEN NULL ELSE %(detail)s END,
    attempts = attempts + 1,
    fetch_due_at = CASE WHEN state IN ('loaded', 'already_known') AND %(stage)s = 'extract' THEN fetch_due_at
                        ELSE %(fetch_due_at)s END,
    claimed_by = NULL
WHERE candidate_id = %(candidate_id)s AND reason IS DISTINCT FROM 'forgotten';

-- name: candidates_spared
-- Pages that failed when nearly everything did; they are asked for again as if nothing had happened.
UPDATE ops.candidates SET fetch_due_at = %(again_at)s, claimed_by = NULL WHERE candidate_id = ANY (%(candidates)s);

-- name: record_rejection
-- Each rejection, with the attempt it belongs to.
INSERT INTO ops.rejections (rejected_at, stage, reason, detail, candidate_id, run_id)
VALUES (%(now)s, %(stage)s, %(reason)s, %(detail)s, %(candidate_id)s, %(run_id)s);
