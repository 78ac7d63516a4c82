-- Articles as they lie in a warehouse after they were loaded: a statement a table. Of ten, the first five are one
-- story: four of one text, the fifth a near copy.
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT number,
       sha256(convert_to('text ' || CASE WHEN number %% 10 < 4 THEN number - number %% 10 ELSE number END, 'UTF8')) AS text_hash,
       CASE WHEN number %% 10 < 5 THEN number - number %% 10 ELSE number END AS story,
       timestamptz '2020-02-01 00:00+00' + make_interval(secs => 63072000.0 * (number / 10) * 10 / %(articles)s + number %% 10) AS moment
FROM generate_series(0, %(articles)s - 1) AS number;

INSERT INTO news.outlets (domain, publisher, declared)
SELECT 'paper' || number || '.example', 'paper' || number || '.example', false
FROM generate_series(0, least(2000, %(articles)s) - 1) AS number;

CREATE TEMPORARY TABLE papers ON COMMIT DROP AS
SELECT outlet_id, row_number() OVER (ORDER BY outlet_id) - 1 AS number, count(*) OVER () AS papers
FROM news.outlets WHERE domain LIKE 'paper%%';

INSERT INTO ops.candidates (candidate_id, url, key_hash, host, source, run_id, discovered_at, state, article_id)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + number, 'http://paper.example/' || number, sha256(convert_to('paper.example/' || number, 'UTF8')),
       'paper.example', 'generated', %(run_id)s, moment, 'loaded', 1000000000 + number
FROM made;

INSERT INTO ops.captures (capture_id, candidate_id, article_id, revision_id, extraction_id, url, via, observed_at, status,
                          body_bytes, warc_file, warc_offset, warc_length, run_id)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + number, 1000000000 + number, 1000000000 + number, 1000000000 + number, 1000000000 + number,
       'http://paper.example/' || number, 'live', moment, 200, 50000, 'generated.warc.gz', number, 1, %(run_id)s
FROM made;

INSERT INTO news.extractions (extraction_id, capture_id, extractor_version, title, text, language, content_hash, text_hash,
                              extracted_at)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + number, 1000000000 + number, 'generated', 'Headline ' || number,
       repeat('The generated words of article ' || number || '. ', 20), 'en', text_hash, text_hash, moment
FROM made;

INSERT INTO news.revisions (revision_id, article_id, content_hash, extraction_id, observed_from, last_observed_at, loaded_at,
                            search)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + number, 1000000000 + number, text_hash, 1000000000 + number, moment, moment, moment,
       to_tsvector('simple', 'Headline ' || number || ' words' || number %% 1000)
FROM made;

INSERT INTO news.stories (story_id, leader_id, headline, language, first_published_at, last_published_at, articles, outlets,
                          publishers, origin, origin_kind, origin_article_id)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + story, 1000000000 + story, 'Headline ' || story, 'en', min(moment), max(moment), count(*), count(*),
       count(*), 'paper.example', 'earliest', 1000000000 + story
FROM made GROUP BY story;

INSERT INTO news.articles (article_id, url, url_key, key_hash, outlet_id, first_observed_at, revision_id, revisions, text_hash,
                           span, published_at, published_day, published_origin, published_precision, story_id, loaded_at,
                           next_step)
OVERRIDING SYSTEM VALUE
SELECT 1000000000 + made.number, 'http://paper.example/' || made.number, 'paper.example/' || made.number,
       sha256(convert_to('paper.example/' || made.number, 'UTF8')), papers.outlet_id, moment, 1000000000 + made.number, 1,
       text_hash, floor(extract(epoch FROM moment) / 864000), moment, moment::date, 'meta', 'instant', 1000000000 + story,
       moment, NULL
FROM made JOIN papers ON papers.number = made.number %% papers.papers;

INSERT INTO news.assessments (revision_id, crisis, profile_version, is_current, relevant, relevance, tags, places, published_at,
                              assessed_at)
SELECT 1000000000 + number, %(crisis)s, %(version)s, true, story %% 20 = 0, 0.5, '{protest}', '{}', moment, moment
FROM made;

INSERT INTO news.story_assessments (story_id, crisis, relevant, relevance, tags, places)
SELECT DISTINCT 1000000000 + story, %(crisis)s, story %% 20 = 0, 0.5::real, '{protest}'::text[], '{}'::text[]
FROM made;

-- Keys are hashes, so random numbers are what they look like; one text in twenty begins with words that others have, too.
INSERT INTO news.signatures (text_hash, span, scheme, signature, keys)
SELECT text_hash, span, %(scheme)s, %(signature)s,
       ARRAY(SELECT (span::bigint << 32) + CASE WHEN key = 0 AND number %% 20 = 7 THEN number %% 1000
                                                ELSE floor(random() * 4294967296)::bigint END
             FROM generate_series(0, 15) AS key WHERE number IS NOT NULL)
FROM (SELECT DISTINCT ON (text_hash, span) number, text_hash, floor(extract(epoch FROM moment) / 864000)::integer AS span
      FROM made ORDER BY text_hash, span, number) AS texts;

INSERT INTO news.likenesses (text_hash, other_hash, scheme, share, of_all)
SELECT near.text_hash, first.text_hash, %(scheme)s, 0.9, 0.8
FROM made AS near JOIN made AS first ON first.number = near.story
WHERE near.number %% 10 = 4
UNION ALL
SELECT first.text_hash, near.text_hash, %(scheme)s, 0.9, 0.8
FROM made AS near JOIN made AS first ON first.number = near.story
WHERE near.number %% 10 = 4
