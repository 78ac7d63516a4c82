-- A quote is not what stands at its offsets: the proof of a tag or place proves nothing.
SELECT evidence.article_id, evidence.revision_id, evidence.crisis, evidence.kind, evidence.label, evidence.field,
       evidence.quote, evidence.start_offset
FROM report.evidence AS evidence
JOIN report.revisions AS revision USING (article_id, revision_id)
JOIN news.articles AS article USING (article_id)
WHERE article.loaded_at >= %(since)s
  AND substring(CASE evidence.field WHEN 'title' THEN revision.title ELSE revision.text END
                FROM evidence.start_offset + 1 FOR evidence.end_offset - evidence.start_offset) <> evidence.quote
