-- name: texts_to_sign
-- The texts of these articles that are not filed yet in the ten days of their time.
SELECT DISTINCT ON (article.text_hash, article.span) article.text_hash, article.span, earliest.text
FROM news.articles AS article
JOIN news.revisions AS revision USING (article_id)
JOIN news.extractions AS earliest ON earliest.extraction_id = revision.extraction_id AND earliest.text_hash = article.text_hash
WHERE article.article_id = ANY (%(articles)s)
  AND NOT EXISTS (SELECT FROM news.signatures AS filed
                  WHERE (filed.text_hash, filed.span) = (article.text_hash, article.span) AND filed.scheme = %(scheme)s)
ORDER BY article.text_hash, article.span, earliest.extraction_id;

-- name: file_signature
-- A text is filed.
INSERT INTO news.signatures (text_hash, span, scheme, signature, keys)
VALUES (%(text_hash)s, %(span)s, %(scheme)s, %(signature)s, %(keys)s)
ON CONFLICT (text_hash, span) DO UPDATE
SET scheme = excluded.scheme, signature = excluded.signature, keys = excluded.keys;

-- name: texts_that_meet
-- Each of these texts with every other that shares a key with it, in the same ten days or those beside them (2^32 up
-- and down), unless they are known to be copies. OFFSET keeps the planner from turning the search about: it knows little of
-- a table that grows as it plans, and would compare every text with every other.
SELECT DISTINCT ON (filed.text_hash, other.text_hash) filed.text_hash, filed.signature,
       other.text_hash AS other_hash, other.signature AS other_signature
FROM unnest(%(texts)s::bytea[], %(spans)s::integer[]) AS asked (text_hash, span)
JOIN news.signatures AS filed USING (text_hash, span)
CROSS JOIN LATERAL (
    SELECT near.text_hash, near.signature
    FROM news.signatures AS near
    WHERE near.keys && ARRAY(SELECT key + step * 4294967296 FROM unnest(filed.keys) AS key, generate_series(-1, 1) AS step)
      AND near.scheme = %(scheme)s
    OFFSET 0
) AS other
WHERE other.text_hash <> filed.text_hash
  AND NOT EXISTS (SELECT FROM news.likenesses AS known
                  WHERE (known.text_hash, known.other_hash) = (filed.text_hash, other.text_hash)
                    AND known.scheme = %(scheme)s);

-- name: add_likeness
-- One text is a copy of another.
INSERT INTO news.likenesses (text_hash, other_hash, scheme, share, of_all)
VALUES (%(text_hash)s, %(other_hash)s, %(scheme)s, %(share)s, %(of_all)s)
ON CONFLICT (text_hash, other_hash) DO UPDATE
SET scheme = excluded.scheme, share = excluded.share, of_all = excluded.of_all;

-- name: likenesses_of_texts
-- What is a copy of these texts.
SELECT text_hash, other_hash FROM news.likenesses WHERE text_hash = ANY (%(texts)s);

-- name: texts_of_articles
-- Every text that these articles have or had, wherever it is filed.
SELECT filed.text_hash, filed.span
FROM (
    SELECT text_hash FROM news.articles WHERE article_id = ANY (%(articles)s)
    UNION
    SELECT reading.text_hash
    FROM ops.captures AS capture
    JOIN news.extractions AS reading USING (capture_id)
    WHERE capture.article_id = ANY (%(articles)s)
) AS had
JOIN news.signatures AS filed USING (text_hash);

-- name: drop_signatures
-- Texts that no article has any more in those ten days.
DELETE FROM news.signatures AS filed
USING unnest(%(texts)s::bytea[], %(spans)s::integer[]) AS gone (text_hash, span)
WHERE (filed.text_hash, filed.span) = (gone.text_hash, gone.span)
  AND NOT EXISTS (SELECT FROM news.articles AS article
                  WHERE (article.text_hash, article.span) = (gone.text_hash, gone.span));

-- name: drop_likenesses
-- What was said of texts that are filed nowhere any more.
WITH gone AS (
    SELECT likeness.text_hash, likeness.other_hash
    FROM unnest(%(texts)s::bytea[]) AS asked (text_hash)
    JOIN news.likenesses AS likeness USING (text_hash)
    WHERE NOT EXISTS (SELECT FROM news.signatures AS filed WHERE filed.text_hash = asked.text_hash)
)
DELETE FROM news.likenesses AS likeness
USING (SELECT text_hash, other_hash FROM gone UNION SELECT other_hash, text_hash FROM gone) AS pair
WHERE (likeness.text_hash, likeness.other_hash) = (pair.text_hash, pair.other_hash);

-- name: sign_again
-- Articles whose texts another scheme signed are to be decided again.
UPDATE news.articles AS article
SET next_step = 'decide'
FROM news.signatures AS filed
WHERE (filed.text_hash, filed.span) = (article.text_hash, article.span)
  AND filed.scheme <> %(scheme)s
  AND article.forgotten_at IS NULL;

-- name: drop_outdated_likenesses
-- What another scheme said.
DELETE FROM news.likenesses WHERE scheme <> %(scheme)s;
