CREATE VIEW report.evidence AS
SELECT
    revision.article_id,
    proof.revision_id,
    proof.crisis,
    proof.field,
    proof.kind,
    proof.label,
    proof.quote,
    proof.start_offset,
    proof.end_offset,
    proof.profile_version
FROM news.evidence AS proof
JOIN news.assessments AS verdict USING (revision_id, crisis, profile_version)
JOIN news.revisions AS revision USING (revision_id)
JOIN news.articles AS article USING (article_id)
WHERE verdict.is_current
  AND article.loaded_at IS NOT NULL;

COMMENT ON VIEW report.evidence IS
'One row a match and crisis: the words that prove a tag, a place or relevance. quote = substring(field FROM start_offset + 1 FOR end_offset - start_offset).';
