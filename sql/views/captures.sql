CREATE VIEW report.captures AS
SELECT
    capture.article_id,
    capture.revision_id,
    capture.url,
    capture.via,
    capture.observed_at,
    capture.status,
    capture.warc_file,
    capture.warc_offset,
    capture.capture_id
FROM ops.captures AS capture
JOIN news.articles AS article USING (article_id)
WHERE capture.forgotten_at IS NULL
  AND article.loaded_at IS NOT NULL;

COMMENT ON VIEW report.captures IS
'One row a capture: when and how the bytes behind a revision were seen, and where they lie in the archive.';
