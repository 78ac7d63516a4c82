-- Why: near copies are found across runs, workers and years; a story says whom its text is likely from.
-- Cost on a live table: columns without defaults, a moment. Indexes on news.articles and news.stories are built anew, and
-- loading waits some seconds a million rows meanwhile. Every article is marked to be decided again, which rewrites the
-- table once; the first pass after it signs all texts (0.5 ms each) and finds their copies.

ALTER TABLE news.articles ADD COLUMN span integer;
COMMENT ON COLUMN news.articles.span IS 'Ten days, counted from 1970, that its time (published, else first observed) lies in: copies are looked for there and in the spans beside it.';
DROP INDEX news.articles_of_a_text;
CREATE INDEX articles_of_a_text ON news.articles (text_hash, span);
UPDATE news.articles SET next_step = 'decide' WHERE revision_id IS NOT NULL;

CREATE TABLE news.signatures (
    text_hash bytea NOT NULL,
    span      integer NOT NULL,
    scheme    smallint NOT NULL,
    signature bytea NOT NULL,
    keys      bigint[] NOT NULL,
    PRIMARY KEY (text_hash, span)
);
CREATE INDEX signatures_by_key ON news.signatures USING gin (keys) WITH (fastupdate = off);
COMMENT ON TABLE news.signatures IS 'One row a text and ten days in which an article has it: the sample of its shingles that is compared.';
COMMENT ON COLUMN news.signatures.scheme IS 'The version of the way to sign; signatures of two versions are never compared.';
COMMENT ON COLUMN news.signatures.keys IS 'Sixteen of its shingles, under which copies meet: 32 bits of hash below, the span above.';

CREATE TABLE news.likenesses (
    text_hash  bytea NOT NULL,
    other_hash bytea NOT NULL,
    scheme     smallint NOT NULL,
    share      real NOT NULL,
    of_all     real NOT NULL,
    PRIMARY KEY (text_hash, other_hash),
    CONSTRAINT two_texts CHECK (text_hash <> other_hash),
    CONSTRAINT shares_are_shares CHECK (share BETWEEN 0 AND 1 AND of_all BETWEEN 0 AND share)
);
COMMENT ON TABLE news.likenesses IS 'Two rows, one each way, a pair of texts of which one is a copy of the other. A fact of the texts alone: when they appeared decides about stories.';
COMMENT ON COLUMN news.likenesses.share IS 'Of the shorter text''s shingles, the share that the longer one has; as their signatures tell.';
COMMENT ON COLUMN news.likenesses.of_all IS 'Of the shingles of both, the share that both have.';

COMMENT ON COLUMN news.outlets.publisher IS 'The family it belongs to: as a profile says, else the domain that somebody registered (the Public Suffix List); NULL: it stands alone, as older ones do.';

ALTER TABLE news.extractions
    ADD COLUMN credit text,
    ADD COLUMN credit_start integer,
    ADD COLUMN credit_end integer,
    ADD CONSTRAINT a_credit_is_whole CHECK (num_nulls(credit, credit_start, credit_end) IN (0, 3)),
    ADD CONSTRAINT a_credit_is_in_the_text CHECK (0 <= credit_start AND credit_start < credit_end AND credit_end <= char_length(text));
COMMENT ON COLUMN news.extractions.credit IS 'Whom the text itself says that it is from, such as an agency; NULL: it does not say.';
COMMENT ON COLUMN news.extractions.credit_start IS 'Where in the text it says so: code points from 0, half-open.';

ALTER TABLE news.stories
    ADD COLUMN origin text,
    ADD COLUMN origin_kind text CONSTRAINT origin_kind_is_known CHECK (origin_kind IN ('credit', 'earliest')),
    ADD COLUMN origin_article_id bigint REFERENCES news.articles;
COMMENT ON COLUMN news.stories.origin IS 'Whom the text is likely from: the source that most of its publishers credit, else the outlet that had it first.';
COMMENT ON COLUMN news.stories.origin_article_id IS 'The article that tells so: the earliest that has the credit line, or the earliest of all.';

-- The newest stories first, by either time, with or without NULLS LAST.
CREATE INDEX stories_by_first_time ON news.stories (first_published_at, story_id);
CREATE INDEX stories_by_last_time ON news.stories (last_published_at, story_id);
CREATE INDEX stories_by_last_time_known ON news.stories (last_published_at DESC NULLS LAST, story_id DESC);
