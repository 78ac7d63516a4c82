-- Why: extraction learns each outlet: sketches of its pages, and the furniture learnt from them, versioned; more is
-- read off a page; a publisher's change, and a page that is gone, become facts.
-- Cost on a live table: columns with constant defaults, a moment each; an index on news.revisions is built
-- anew, which blocks loading for seconds a million rows. Old captures have no sketch until `qantar reprocess` reads them again.

INSERT INTO ops.reasons (reason, meaning) VALUES
    ('section_front', 'the page is a list of articles, none of its own'),
    ('media_only', 'the page shows pictures or a video, and no text'),
    ('paywall', 'the page holds its text back for subscribers'),
    ('cookie_wall', 'the page asks for consent, and shows no article behind it'),
    ('challenge', 'the server asks for proof of being human');

CREATE TABLE ops.sketches (
    capture_id        bigint PRIMARY KEY REFERENCES ops.captures ON DELETE CASCADE,
    outlet_id         integer NOT NULL REFERENCES news.outlets,
    rank              bigint NOT NULL,
    observed_at       timestamptz NOT NULL,
    furniture_version integer NOT NULL,
    marks             bigint[] NOT NULL,
    sketch            bytea NOT NULL
);
CREATE INDEX sketches_by_rank ON ops.sketches (outlet_id, rank, observed_at);
CREATE INDEX sketches_by_version ON ops.sketches (outlet_id, furniture_version);
COMMENT ON TABLE ops.sketches IS 'One row a capture of a page: digests of its blocks and their places, from which an outlet''s furniture is learnt.';
COMMENT ON COLUMN ops.sketches.rank IS 'A digest of the URL key: the lowest of an outlet are the sample that it is learnt from.';
COMMENT ON COLUMN ops.sketches.furniture_version IS 'The newest version with which the page is known to read as it was read; 0: without any.';
COMMENT ON COLUMN ops.sketches.marks IS 'All digests that furniture can speak of: a page is read again when one of them changes sides.';

CREATE TABLE ops.learning (
    outlet_id integer PRIMARY KEY REFERENCES news.outlets,
    pending   boolean NOT NULL,
    sample    bytea
);
COMMENT ON TABLE ops.learning IS 'One row an outlet: whether pages came since its furniture was learnt, and a digest of the captures it was learnt from.';

CREATE TABLE news.furniture (
    outlet_id     integer NOT NULL REFERENCES news.outlets,
    version       integer NOT NULL CONSTRAINT versions_begin_at_one CHECK (version > 0),
    blocks        bigint[] NOT NULL,
    places        bigint[] NOT NULL,
    container     bigint,
    pages         integer NOT NULL,
    observed_from timestamptz NOT NULL,
    observed_until timestamptz NOT NULL,
    learnt_at     timestamptz NOT NULL,
    PRIMARY KEY (outlet_id, version)
);
COMMENT ON TABLE news.furniture IS 'One row an outlet and version: what its pages have in common and its articles are not. Digests, no text.';
COMMENT ON COLUMN news.furniture.blocks IS 'Texts at their places that stand on several articles.';
COMMENT ON COLUMN news.furniture.places IS 'Places whose text is never the article''s.';
COMMENT ON COLUMN news.furniture.container IS 'The place that holds the article; NULL: the pages do not agree.';
COMMENT ON COLUMN news.furniture.pages IS 'How many articles it was learnt from, first and last observed then.';

ALTER TABLE news.extractions
    ADD COLUMN extractor text,
    ADD COLUMN pruned text[] NOT NULL DEFAULT '{}',
    ADD COLUMN updates jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN site_name text,
    ADD COLUMN image_url text,
    ADD COLUMN paywalled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN news.extractions.extractor IS 'The way that won.';
COMMENT ON COLUMN news.extractions.pruned IS 'How the longest branches begin that were cut off before.';
COMMENT ON COLUMN news.extractions.updates IS 'Every statement about the last change that the page makes.';
COMMENT ON COLUMN news.extractions.paywalled IS 'The page says that it holds back a part of the text.';

ALTER TABLE news.articles
    ADD COLUMN modified_at timestamptz,
    ADD COLUMN modified_offset interval,
    ADD COLUMN modified_day date,
    ADD COLUMN modified_origin text,
    ADD COLUMN modified_precision text,
    ADD COLUMN missing_since timestamptz,
    ADD CONSTRAINT a_change_is_whole CHECK
        (num_nulls(modified_at, modified_day, modified_origin, modified_precision) IN (0, 4));
COMMENT ON COLUMN news.articles.modified_at IS 'When the publisher says that it last changed it; NULL: it does not say.';
COMMENT ON COLUMN news.articles.missing_since IS 'Since when its page is gone or empty; NULL: it was there when last asked for.';

ALTER TABLE ops.candidates
    ADD COLUMN rechecks smallint NOT NULL DEFAULT 0,
    ADD COLUMN etag text,
    ADD COLUMN last_modified text;
COMMENT ON COLUMN ops.candidates.rechecks IS 'How often its page was asked for again after it had come; the next time is the farther off.';

ALTER TABLE ops.captures ADD COLUMN body_digest bytea;
COMMENT ON COLUMN ops.captures.body_digest IS 'sha256 of the body: a page that comes again to the byte is no sighting of its own.';

CREATE TABLE ops.absences (
    candidate_id bigint NOT NULL REFERENCES ops.candidates,
    observed_at  timestamptz NOT NULL,
    reason       text NOT NULL REFERENCES ops.reasons,
    run_id       bigint NOT NULL REFERENCES ops.runs,
    PRIMARY KEY (candidate_id, observed_at)
);
COMMENT ON TABLE ops.absences IS 'One row a time that the page of a known article was found gone (404, 410).';

CREATE FUNCTION news.search_words(language text, title text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE
RETURN setweight(to_tsvector(news.search_config(language), left(title, 2000)), 'A')
    || to_tsvector(news.search_config(language), left(body, 100000));
COMMENT ON FUNCTION news.search_words(text, text, text) IS 'What full-text search finds an article by; its headline weighs more.';

ALTER TABLE news.revisions DROP CONSTRAINT one_revision_a_content;
CREATE INDEX revisions_of_an_article ON news.revisions (article_id);
