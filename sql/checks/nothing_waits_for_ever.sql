-- A page was captured a day ago and is still not read, or an article was read and is in no report.
SELECT capture.capture_id, capture.url, capture.next_step AS waits_for, capture.observed_at
FROM ops.captures AS capture
JOIN ops.runs AS run USING (run_id)
WHERE capture.next_step IS NOT NULL AND run.started_at < %(now)s - interval '1 day'
UNION ALL
SELECT capture.capture_id, article.url, article.next_step, capture.observed_at
FROM news.articles AS article
CROSS JOIN LATERAL (SELECT * FROM ops.captures WHERE article_id = article.article_id
                    ORDER BY observed_at LIMIT 1) AS capture
JOIN ops.runs AS run USING (run_id)
WHERE article.next_step IS NOT NULL AND article.loaded_at IS NULL AND run.started_at < %(now)s - interval '1 day'
