-- name: captures_to_extract
-- A shard's pages that wait for extraction, host by host, locked for this transaction; another process takes others.
SELECT capture.capture_id, capture.candidate_id, candidate.host, capture.url, capture.observed_at, capture.content_type,
       capture.warc_file, capture.warc_offset, capture.warc_length
FROM ops.captures AS capture
JOIN ops.candidates AS candidate USING (candidate_id)
WHERE capture.next_step = 'extract'
  AND (candidate.host, capture.capture_id) > (%(after_host)s, %(after)s)
  AND mod(ops.host_number(candidate.host), %(of)s) = %(shard)s
ORDER BY candidate.host, capture.capture_id
LIMIT %(limit)s
FOR UPDATE OF capture SKIP LOCKED;

-- name: count_captures_to_extract
-- How much work there is, for a progress bar.
SELECT count(*)
FROM ops.captures AS capture
JOIN ops.candidates AS candidate USING (candidate_id)
WHERE capture.next_step = 'extract' AND mod(ops.host_number(candidate.host), %(of)s) = %(shard)s;

-- name: outlets_by_domain
-- What is known of each outlet, for the time zone and language of its pages.
SELECT domain, outlet_id, timezone, language FROM news.outlets;

-- name: add_extraction
-- What was read in a capture, or why nothing was; the same version twice is once.
INSERT INTO news.extractions AS known (capture_id, extractor_version, furniture_version, reason, title, text, language, authors,
                                       canonical_url, claims, updates, site_name, image_url, paywalled, extractor, pruned,
                                       credit, credit_start, credit_end, content_hash, text_hash, extracted_at)
VALUES (%(capture_id)s, %(extractor_version)s, %(furniture_version)s, %(reason)s, %(title)s, %(text)s, %(language)s, %(authors)s,
        %(canonical_url)s, %(claims)s, %(updates)s, %(site_name)s, %(image_url)s, %(paywalled)s, %(extractor)s, %(pruned)s,
        %(credit)s, %(credit_start)s, %(credit_end)s, %(content_hash)s, %(text_hash)s, %(now)s)
ON CONFLICT (capture_id, extractor_version, furniture_version) DO UPDATE SET extracted_at = known.extracted_at
RETURNING extraction_id;

-- name: capture_extracted
-- The extraction that counts for a capture, and whether there is something to identify.
UPDATE ops.captures AS capture
SET extraction_id = %(extraction_id)s,
    next_step = CASE WHEN %(has_text)s OR article_id IS NOT NULL
                          OR (SELECT candidate.article_id FROM ops.candidates AS candidate
                              WHERE candidate.candidate_id = capture.candidate_id) IS NOT NULL
                     THEN 'identify' END
WHERE capture_id = %(capture_id)s;

-- name: captures_to_identify
-- Captures that belong to no article yet, that read differently now, or that show a known article's page without text.
SELECT capture.capture_id, capture.candidate_id, capture.url, capture.observed_at, capture.article_id,
       candidate.article_id AS known_article_id, extraction.reason IS NULL AS has_text, extraction.canonical_url
FROM ops.captures AS capture
JOIN ops.candidates AS candidate USING (candidate_id)
JOIN news.extractions AS extraction USING (extraction_id)
WHERE capture.next_step = 'identify'
ORDER BY capture.capture_id
LIMIT %(limit)s
FOR UPDATE OF capture SKIP LOCKED;

-- name: capture_identified
-- The article that a capture belongs to.
UPDATE ops.captures SET article_id = %(article_id)s, next_step = NULL WHERE capture_id = %(capture_id)s;

-- name: candidate_identified
-- The article that a candidate led to.
UPDATE ops.candidates SET article_id = %(article_id)s
WHERE candidate_id = %(candidate_id)s AND article_id IS DISTINCT FROM %(article_id)s;

-- name: read_outdated_again
-- The captures that another version of the extractor read, of a span of time or an outlet, wait for extraction.
UPDATE ops.captures AS capture
SET next_step = 'extract'
FROM news.extractions AS extraction
WHERE extraction.extraction_id = capture.extraction_id
  AND extraction.extractor_version <> %(extractor_version)s
  AND capture.next_step IS DISTINCT FROM 'extract'
  AND capture.forgotten_at IS NULL
  AND (%(since)s::timestamptz IS NULL OR capture.observed_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR capture.observed_at < %(until)s)
  AND (%(outlet)s::text IS NULL OR substring(capture.url FROM '^[a-z]+://([^/:?#]+)') ~ ('(^|\.)' || %(outlet_pattern)s || '$'));
