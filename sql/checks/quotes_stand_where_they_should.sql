-- A quote is not what stands at its offsets: the proof of a tag or place proves nothing.
SELECT revision.article_id, proof.revision_id, proof.crisis, proof.kind, proof.label, proof.field, proof.quote, proof.start_offset
FROM news.assessments AS verdict
JOIN news.evidence AS proof USING (revision_id, crisis, profile_version)
JOIN news.revisions AS revision USING (revision_id)
JOIN news.extractions AS extraction USING (extraction_id)
WHERE verdict.assessed_at >= %(since)s
  AND verdict.is_current
  AND substring(CASE proof.field WHEN 'title' THEN extraction.title ELSE extraction.text END
                FROM proof.start_offset + 1 FOR proof.end_offset - proof.start_offset) IS DISTINCT FROM proof.quote
