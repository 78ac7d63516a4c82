-- name: explain_candidate
-- The candidate at that key, and where it ended.
SELECT candidate.candidate_id, candidate.url, candidate.source, candidate.state, candidate.reason, reason.meaning, candidate.detail,
       candidate.attempts, candidate.discovered_at, candidate.run_id, feed.url AS feed, candidate.fetch_due_at,
       candidate.article_id, article.url AS article_url
FROM ops.candidates AS candidate
LEFT JOIN ops.reasons AS reason USING (reason)
LEFT JOIN ops.feeds AS feed USING (feed_id)
LEFT JOIN news.articles AS article ON article.article_id = candidate.article_id
WHERE candidate.key_hash = %(key_hash)s;

-- name: explain_article
-- The article at that key.
SELECT article_id FROM news.articles WHERE key_hash = %(key_hash)s;

-- name: explain_tombstone
-- Whether the URL or its outlet had to be forgotten, when and why.
SELECT coalesce(domain, 'this URL') AS what, why, forgotten_at
FROM ops.tombstones
WHERE key_hash = %(key_hash)s OR domain = ANY (%(domains)s);

-- name: explain_announcements
-- What feeds said of it.
SELECT feed.url AS feed, announcement.announced_at, announcement.title, announcement.published_raw, announcement.published_at
FROM ops.announcements AS announcement
JOIN ops.feeds AS feed USING (feed_id)
JOIN ops.candidates AS candidate USING (candidate_id)
WHERE candidate.candidate_id = %(candidate_id)s OR candidate.article_id = %(article_id)s
ORDER BY announcement.announced_at, feed.url;

-- name: explain_sightings
-- What archives know of it.
SELECT sighting.source, sighting.first_seen_at, sighting.published_at, sighting.title
FROM ops.sightings AS sighting
JOIN ops.candidates AS candidate USING (candidate_id)
WHERE candidate.candidate_id = %(candidate_id)s OR candidate.article_id = %(article_id)s
ORDER BY sighting.first_seen_at, sighting.source;

-- name: explain_rejections
-- Each attempt that failed.
SELECT rejected_at, stage, reason, detail FROM ops.rejections
WHERE candidate_id = %(candidate_id)s
ORDER BY rejected_at;

-- name: explain_captures
-- Each sighting, where its bytes lie, and what extraction made of them.
SELECT capture.observed_at, capture.via, capture.status, capture.url, capture.body_bytes AS bytes, capture.warc_file,
       capture.warc_offset, extraction.extractor_version, coalesce(extraction.reason, 'text of ' || length(extraction.text)
       || ' characters') AS extraction, capture.next_step
FROM ops.captures AS capture
LEFT JOIN news.extractions AS extraction USING (extraction_id)
WHERE capture.candidate_id = %(candidate_id)s OR capture.article_id = %(article_id)s
ORDER BY capture.observed_at;

-- name: explain_text
-- The newest revision.
SELECT extraction.title, extraction.language, extraction.authors, length(extraction.text) AS characters, outlet.domain AS outlet,
       coalesce(outlet.publisher, outlet.domain) AS publisher, extraction.extractor, extraction.furniture_version,
       extraction.paywalled, extraction.canonical_url, extraction.image_url, article.modified_at, article.missing_since,
       article.loaded_at, article.next_step
FROM news.articles AS article
JOIN news.outlets AS outlet USING (outlet_id)
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
WHERE article.article_id = %(article_id)s;

-- name: explain_pruned
-- How the branches of the page begin that were cut off as no part of the article, the longest first.
SELECT branch.number, branch.begins
FROM news.articles AS article
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
CROSS JOIN unnest(extraction.pruned) WITH ORDINALITY AS branch (begins, number)
WHERE article.article_id = %(article_id)s
ORDER BY branch.number;

-- name: explain_absences
-- When the page was gone, or without a text.
SELECT observed_at, reason FROM report.absences WHERE article_id = %(article_id)s ORDER BY observed_at;

-- name: explain_date
-- Every claim about the date, the one that was decided for marked.
SELECT claim ->> 'origin' AS origin, claim ->> 'precision' AS precision, claim ->> 'at' AS at,
       (claim ->> 'offset')::float AS offset, claim ->> 'day' AS day,
       article.published_origin = claim ->> 'origin' AND article.published_at = (claim ->> 'at')::timestamptz AS decided
FROM news.articles AS article
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
CROSS JOIN LATERAL (
    SELECT jsonb_array_elements(extraction.claims) AS claim
    UNION ALL
    SELECT jsonb_build_object('origin', 'feed', 'precision', announcement.published_precision,
                              'at', announcement.published_at, 'day', announcement.published_day,
                              'offset', extract(epoch FROM announcement.published_offset))
    FROM ops.candidates AS candidate
    JOIN ops.announcements AS announcement USING (candidate_id)
    WHERE candidate.article_id = article.article_id AND announcement.published_at IS NOT NULL
) AS claims
WHERE article.article_id = %(article_id)s
ORDER BY decided DESC, origin, at;

-- name: explain_revisions
-- The contents that the publisher had, oldest first.
SELECT revision.revision_id, revision.observed_from, revision.last_observed_at, extraction.title
FROM news.revisions AS revision
JOIN news.extractions AS extraction USING (extraction_id)
WHERE revision.article_id = %(article_id)s
ORDER BY revision.observed_from;

-- name: explain_judgements
-- What each crisis makes of it.
SELECT verdict.crisis, verdict.relevant, verdict.relevance, verdict.tags, verdict.places, verdict.profile_version
FROM news.articles AS article
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
WHERE article.article_id = %(article_id)s
ORDER BY verdict.crisis;

-- name: explain_evidence
-- The words behind it, the first of each label.
SELECT DISTINCT ON (crisis, kind, label) crisis, kind, label, field, quote, start_offset, end_offset
FROM report.evidence
WHERE article_id = %(article_id)s
  AND revision_id = (SELECT revision_id FROM news.articles WHERE article_id = %(article_id)s)
ORDER BY crisis, kind, label, field DESC, start_offset;

-- name: explain_story
-- The story it stands in: its leader, which came first, the article itself, and the others with what each shares with
-- the leader: of the shorter text's shingles, and of the shingles of both.
SELECT article.story_id, story.articles, article.url, outlet.domain AS outlet,
       coalesce(article.published_at, article.first_observed_at) AS "time",
       CASE WHEN article.published_at IS NULL THEN 'first seen' ELSE 'published' END AS "time is",
       article.article_id = story.leader_id AS leads, article.article_id = %(article_id)s AS is_asked,
       CASE WHEN article.text_hash = leader.text_hash THEN 1.0 ELSE likeness.share END AS share,
       CASE WHEN article.text_hash = leader.text_hash THEN 1.0 ELSE likeness.of_all END AS share_of_both,
       extraction.credit
FROM news.articles AS asked
JOIN news.stories AS story USING (story_id)
JOIN news.articles AS article USING (story_id)
JOIN news.articles AS leader ON leader.article_id = story.leader_id
JOIN news.outlets AS outlet ON outlet.outlet_id = article.outlet_id
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
LEFT JOIN news.likenesses AS likeness ON (likeness.text_hash, likeness.other_hash) = (leader.text_hash, article.text_hash)
WHERE asked.article_id = %(article_id)s
ORDER BY leads DESC, is_asked DESC, "time", article.url_key COLLATE "C"
LIMIT 50;

-- name: explain_origin
-- Whom the story's text is likely from, and the words that say so.
SELECT story.origin, story.origin_kind, source.url,
       CASE story.origin_kind WHEN 'credit' THEN substring(extraction.text FROM extraction.credit_start + 1
                                                           FOR extraction.credit_end - extraction.credit_start) END AS quote,
       CASE story.origin_kind WHEN 'credit' THEN extraction.credit_start END AS start_offset
FROM news.articles AS asked
JOIN news.stories AS story USING (story_id)
JOIN news.articles AS source ON source.article_id = story.origin_article_id
JOIN news.revisions AS revision ON revision.revision_id = source.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
WHERE asked.article_id = %(article_id)s;
