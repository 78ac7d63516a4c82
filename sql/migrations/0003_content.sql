-- Why: what was seen (captures), what was read in it (extractions), and what the publisher had (revisions).
-- Cost on a live table: a foreign key on ops.candidates, which is still empty.

CREATE TABLE news.articles (
    article_id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url                   text NOT NULL,
    url_key               text NOT NULL,
    key_hash              bytea NOT NULL CONSTRAINT one_article_a_url UNIQUE,
    outlet_id             integer NOT NULL REFERENCES news.outlets,
    first_observed_at     timestamptz NOT NULL,
    revision_id           bigint,
    revisions             integer NOT NULL DEFAULT 0,
    text_hash             bytea,
    published_at          timestamptz,
    published_offset      interval,
    published_day         date,
    published_origin      text,
    published_precision   text,
    story_id              bigint,
    loaded_at             timestamptz,
    forgotten_at          timestamptz,
    next_step             text DEFAULT 'decide' CONSTRAINT step_is_known CHECK (next_step IN ('decide', 'load')),
    CONSTRAINT key_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
    CONSTRAINT a_date_is_whole CHECK
        (num_nulls(published_at, published_day, published_origin, published_precision) IN (0, 4)),
    CONSTRAINT precision_is_known CHECK (published_precision IN ('instant', 'day')),
    CONSTRAINT what_is_loaded_is_in_a_story CHECK (loaded_at IS NULL OR story_id IS NOT NULL OR forgotten_at IS NOT NULL),
    CONSTRAINT what_is_loaded_has_a_revision CHECK (loaded_at IS NULL OR revision_id IS NOT NULL OR forgotten_at IS NOT NULL)
);
CREATE INDEX articles_to_do ON news.articles (next_step, article_id) WHERE next_step IS NOT NULL;
CREATE INDEX articles_of_a_text ON news.articles (text_hash);
CREATE INDEX articles_of_a_story ON news.articles (story_id);
CREATE INDEX articles_of_an_outlet ON news.articles (outlet_id, loaded_at);
CREATE INDEX articles_by_time ON news.articles (published_at DESC);
COMMENT ON TABLE news.articles IS 'One row an article: one URL, whatever the number of captures and revisions.';
COMMENT ON COLUMN news.articles.revision_id IS 'The newest revision: the one last observed.';
COMMENT ON COLUMN news.articles.text_hash IS 'Digest of the earliest revision''s normalised text; equal digests are copies.';
COMMENT ON COLUMN news.articles.published_at IS 'As decided from all claims; NULL: unknown. A bare day is its start in the outlet''s zone.';
COMMENT ON COLUMN news.articles.published_offset IS 'The zone as the claim gave it; NULL: it gave none.';
COMMENT ON COLUMN news.articles.loaded_at IS 'When it was first published to the reports; NULL: not yet.';
COMMENT ON COLUMN news.articles.next_step IS 'decide: what it depends on has changed; load: its story and the reports have yet to follow; NULL: settled.';

ALTER TABLE ops.candidates ADD CONSTRAINT candidate_article FOREIGN KEY (article_id) REFERENCES news.articles;

CREATE TABLE ops.captures (
    capture_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id  bigint NOT NULL REFERENCES ops.candidates,
    article_id    bigint REFERENCES news.articles,
    revision_id   bigint,
    extraction_id bigint,
    url           text NOT NULL,
    via           text NOT NULL,
    observed_at   timestamptz NOT NULL,
    status        smallint NOT NULL,
    content_type  text,
    body_bytes    integer NOT NULL,
    warc_file     text NOT NULL,
    warc_offset   bigint NOT NULL,
    warc_length   bigint NOT NULL,
    run_id        bigint NOT NULL REFERENCES ops.runs,
    next_step     text CONSTRAINT step_is_known CHECK (next_step IN ('extract', 'identify')),
    forgotten_at  timestamptz,
    CONSTRAINT one_capture_a_record UNIQUE (warc_file, warc_offset),
    CONSTRAINT what_is_forgotten_rests CHECK (forgotten_at IS NULL OR next_step IS NULL)
);
CREATE INDEX captures_to_do ON ops.captures (next_step, capture_id) WHERE next_step IS NOT NULL;
CREATE INDEX captures_of_an_article ON ops.captures (article_id, observed_at);
CREATE INDEX captures_of_a_candidate ON ops.captures (candidate_id);
COMMENT ON TABLE ops.captures IS 'One row a sighting of a page: bytes that lie in a closed WARC file.';
COMMENT ON COLUMN ops.captures.url IS 'The address that answered, after redirects.';
COMMENT ON COLUMN ops.captures.observed_at IS 'When the bytes were seen in the world: our fetch, or the archive''s capture.';
COMMENT ON COLUMN ops.captures.extraction_id IS 'The extraction that counts now.';
COMMENT ON COLUMN ops.captures.next_step IS 'What is still to do with it; NULL: nothing.';

CREATE TABLE ops.archive_garbage (
    warc_file text PRIMARY KEY
);
COMMENT ON TABLE ops.archive_garbage IS 'One row a WARC file that nothing refers to any more and that is yet to be deleted.';

CREATE TABLE news.extractions (
    extraction_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    capture_id        bigint NOT NULL REFERENCES ops.captures,
    extractor_version text NOT NULL,
    furniture_version integer NOT NULL DEFAULT 0,
    reason            text REFERENCES ops.reasons,
    title             text,
    text              text,
    language          text,
    authors           text[] NOT NULL DEFAULT '{}',
    canonical_url     text,
    claims            jsonb NOT NULL DEFAULT '[]',
    content_hash      bytea,
    text_hash         bytea,
    extracted_at      timestamptz NOT NULL,
    CONSTRAINT one_extraction_a_version UNIQUE (capture_id, extractor_version, furniture_version),
    CONSTRAINT text_or_reason CHECK (num_nulls(reason, text) = 1),
    CONSTRAINT text_is_whole CHECK (num_nulls(title, text, content_hash, text_hash) IN (0, 4))
);
COMMENT ON TABLE news.extractions IS 'One row a capture, extractor version and furniture version: what was read, or why nothing was.';
COMMENT ON COLUMN news.extractions.language IS 'ISO 639-1; NULL: unknown.';
COMMENT ON COLUMN news.extractions.claims IS 'Every statement about the date that the page makes.';
COMMENT ON COLUMN news.extractions.content_hash IS 'sha256 of title and text: what tells revisions apart.';
COMMENT ON COLUMN news.extractions.text_hash IS 'sha256 of the normalised text: what tells copies.';

CREATE FUNCTION news.search_config(language text) RETURNS regconfig
LANGUAGE sql IMMUTABLE
RETURN CASE language
    WHEN 'en' THEN 'pg_catalog.english'::regconfig
    WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
    WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig
    ELSE 'pg_catalog.simple'::regconfig
END;
COMMENT ON FUNCTION news.search_config(text) IS 'The text-search configuration of a language; PostgreSQL has none for Kazakh.';

CREATE TABLE news.revisions (
    revision_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id       bigint NOT NULL REFERENCES news.articles,
    content_hash     bytea NOT NULL,
    extraction_id    bigint NOT NULL REFERENCES news.extractions,
    observed_from    timestamptz NOT NULL,
    last_observed_at timestamptz NOT NULL,
    loaded_at        timestamptz NOT NULL,
    search           tsvector NOT NULL,
    CONSTRAINT one_revision_a_content UNIQUE (article_id, content_hash),
    CONSTRAINT seen_in_order CHECK (observed_from <= last_observed_at)
);
CREATE INDEX revisions_search ON news.revisions USING gin (search);
COMMENT ON TABLE news.revisions IS 'One row a distinct content of an article, as the publisher had it.';
COMMENT ON COLUMN news.revisions.extraction_id IS 'The extraction of its earliest capture.';

ALTER TABLE news.articles ADD CONSTRAINT article_revision FOREIGN KEY (revision_id) REFERENCES news.revisions;
ALTER TABLE ops.captures ADD CONSTRAINT capture_revision FOREIGN KEY (revision_id) REFERENCES news.revisions;
ALTER TABLE ops.captures ADD CONSTRAINT capture_extraction FOREIGN KEY (extraction_id) REFERENCES news.extractions;
CREATE INDEX captures_of_a_revision ON ops.captures (revision_id);
CREATE INDEX revisions_of_an_extraction ON news.revisions (extraction_id);
