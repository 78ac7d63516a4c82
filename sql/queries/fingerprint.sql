-- name: settled_articles
-- Every article in the reports as it stands, without ids and clocks of ours.
SELECT article.url_key, outlet.domain, extraction.title, extraction.text, extraction.language, extraction.authors,
       article.published_at, article.published_offset, article.published_day, article.published_origin,
       article.published_precision, article.modified_at, article.modified_offset, article.modified_day,
       article.modified_origin, article.modified_precision, article.revisions
FROM news.articles AS article
JOIN news.outlets AS outlet USING (outlet_id)
JOIN news.revisions AS revision ON revision.revision_id = article.revision_id
JOIN news.extractions AS extraction ON extraction.extraction_id = revision.extraction_id
WHERE article.loaded_at IS NOT NULL AND article.forgotten_at IS NULL
ORDER BY article.url_key COLLATE "C";

-- name: settled_judgements
-- What each crisis makes of each article's newest revision.
SELECT article.url_key, verdict.crisis, verdict.profile_version, verdict.relevant, verdict.relevance, verdict.tags, verdict.places
FROM news.articles AS article
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
WHERE article.loaded_at IS NOT NULL AND article.forgotten_at IS NULL
ORDER BY article.url_key COLLATE "C", verdict.crisis COLLATE "C";

-- name: settled_evidence
-- The words behind it.
SELECT article.url_key, proof.crisis, proof.field, proof.kind, proof.label, proof.quote, proof.start_offset, proof.end_offset
FROM news.articles AS article
JOIN news.assessments AS verdict ON verdict.revision_id = article.revision_id AND verdict.is_current
JOIN news.evidence AS proof
    ON (proof.revision_id, proof.crisis, proof.profile_version) = (verdict.revision_id, verdict.crisis, verdict.profile_version)
WHERE article.loaded_at IS NOT NULL AND article.forgotten_at IS NULL
ORDER BY article.url_key COLLATE "C", proof.crisis COLLATE "C", proof.field COLLATE "C", proof.kind COLLATE "C",
         proof.label COLLATE "C", proof.start_offset, proof.end_offset;

-- name: settled_stories
-- The partition: each story as the keys of its articles, with its sums.
SELECT array_agg(article.url_key ORDER BY article.url_key COLLATE "C") AS members, story.headline, story.articles,
       story.outlets, story.publishers, story.origin, story.origin_kind
FROM news.articles AS article
JOIN news.stories AS story USING (story_id)
WHERE article.loaded_at IS NOT NULL AND article.forgotten_at IS NULL
GROUP BY story.story_id
ORDER BY min(article.url_key COLLATE "C") COLLATE "C";

-- name: see_one_moment
-- All that follows in this transaction sees the warehouse as it is now.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
