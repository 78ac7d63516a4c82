-- Why: which articles are one story, and what each crisis makes of each article.
-- Cost on a live table: a foreign key on news.articles, which is still empty.

CREATE TABLE news.stories (
    story_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    leader_id          bigint REFERENCES news.articles,
    headline           text,
    language           text,
    first_published_at timestamptz,
    last_published_at  timestamptz,
    articles           integer NOT NULL DEFAULT 0,
    outlets            integer NOT NULL DEFAULT 0,
    publishers         integer NOT NULL DEFAULT 0,
    merged_into        bigint REFERENCES news.stories,
    CONSTRAINT a_story_that_stands_has_articles CHECK
        (articles > 0 OR leader_id IS NULL),
    CONSTRAINT counts_nest CHECK (publishers <= outlets AND outlets <= articles)
);
CREATE INDEX stories_by_time ON news.stories (first_published_at DESC NULLS LAST, story_id DESC);
COMMENT ON TABLE news.stories IS 'One row a story: a text and its copies. Its sums are kept up to date by the transaction that loads an article.';
COMMENT ON COLUMN news.stories.leader_id IS 'The earliest article; NULL: nothing is left in the story.';
COMMENT ON COLUMN news.stories.merged_into IS 'The older story that took its articles over.';

ALTER TABLE news.articles ADD CONSTRAINT article_story FOREIGN KEY (story_id) REFERENCES news.stories;

CREATE TABLE news.story_changes (
    change_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CONSTRAINT kind_is_known CHECK (kind IN ('merge', 'split')),
    from_story bigint NOT NULL REFERENCES news.stories,
    to_story   bigint NOT NULL REFERENCES news.stories,
    changed_at timestamptz NOT NULL,
    CONSTRAINT two_stories CHECK (from_story <> to_story)
);
COMMENT ON TABLE news.story_changes IS 'One row a merge (all of from_story went to to_story) or split (some did).';

CREATE TABLE news.assessments (
    revision_id     bigint NOT NULL REFERENCES news.revisions,
    crisis          text NOT NULL REFERENCES news.crises,
    profile_version text NOT NULL,
    is_current      boolean NOT NULL,
    relevant        boolean NOT NULL,
    relevance       real NOT NULL CONSTRAINT relevance_is_a_share CHECK (relevance BETWEEN 0 AND 1),
    tags            text[] NOT NULL,
    places          text[] NOT NULL,
    published_at    timestamptz,
    assessed_at     timestamptz NOT NULL,
    PRIMARY KEY (revision_id, crisis, profile_version)
);
CREATE UNIQUE INDEX one_current_assessment ON news.assessments (revision_id, crisis) WHERE is_current;
COMMENT ON TABLE news.assessments IS 'One row a revision, crisis and profile version: what the profile says of it.';
COMMENT ON COLUMN news.assessments.is_current IS 'The version that counts; older ones stay beside it.';
COMMENT ON COLUMN news.assessments.published_at IS 'The publication time it was judged with; another one calls for another judgement.';

CREATE TABLE news.evidence (
    revision_id     bigint NOT NULL,
    crisis          text NOT NULL,
    profile_version text NOT NULL,
    field           text NOT NULL CONSTRAINT field_is_known CHECK (field IN ('title', 'text')),
    kind            text NOT NULL CONSTRAINT kind_is_known CHECK (kind IN ('tag', 'place', 'relevance')),
    label           text NOT NULL,
    quote           text NOT NULL,
    start_offset    integer NOT NULL,
    end_offset      integer NOT NULL,
    PRIMARY KEY (revision_id, crisis, profile_version, field, kind, label, start_offset, end_offset),
    FOREIGN KEY (revision_id, crisis, profile_version) REFERENCES news.assessments ON DELETE CASCADE,
    CONSTRAINT offsets_are_half_open CHECK (0 <= start_offset AND start_offset < end_offset),
    CONSTRAINT quote_fills_the_offsets CHECK (char_length(quote) = end_offset - start_offset)
);
COMMENT ON TABLE news.evidence IS 'One row a match: the words that prove a label. Offsets count code points from 0, half-open.';

CREATE TABLE news.story_assessments (
    story_id  bigint NOT NULL REFERENCES news.stories,
    crisis    text NOT NULL REFERENCES news.crises,
    relevant  boolean NOT NULL,
    relevance real NOT NULL,
    tags      text[] NOT NULL,
    places    text[] NOT NULL,
    PRIMARY KEY (story_id, crisis)
);
COMMENT ON TABLE news.story_assessments IS 'One row a story and crisis: the sum over its articles'' newest revisions.';
