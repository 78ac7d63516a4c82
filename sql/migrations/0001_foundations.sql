-- Why: the ground that everything stands on: what is watched, who publishes, and who is at work.
-- Cost on a live table: none, all tables are new.

CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'How the pipeline works: feeds, polls, candidates, captures, rejections, runs.';
CREATE SCHEMA news;
COMMENT ON SCHEMA news IS 'What was published: outlets, articles, revisions, stories, and what each crisis makes of them.';
CREATE SCHEMA report;
COMMENT ON SCHEMA report IS 'Views for analysts; the rest may change underneath them.';

CREATE TABLE news.crises (
    crisis          text PRIMARY KEY,
    name            text NOT NULL,
    timezone        text NOT NULL,
    since           timestamptz NOT NULL,
    until           timestamptz,
    languages       text[] NOT NULL,
    profile_version text NOT NULL,
    CONSTRAINT crisis_is_an_identifier CHECK (crisis ~ '^[a-z0-9_]+$'),
    CONSTRAINT window_is_half_open CHECK (until IS NULL OR since < until)
);
COMMENT ON TABLE news.crises IS 'One row a crisis, as its profile last said. until NULL: still going on.';
COMMENT ON COLUMN news.crises.profile_version IS 'Digest of the profile that passes now work with.';

CREATE TABLE news.tags (
    crisis text NOT NULL REFERENCES news.crises,
    tag    text NOT NULL,
    name   text NOT NULL,
    PRIMARY KEY (crisis, tag)
);
COMMENT ON TABLE news.tags IS 'One row a tag of a crisis, with the name that people read.';

CREATE TABLE news.places (
    crisis    text NOT NULL REFERENCES news.crises,
    place     text NOT NULL,
    kind      text NOT NULL,
    region    text,
    latitude  double precision,
    longitude double precision,
    PRIMARY KEY (crisis, place),
    CONSTRAINT latitude_in_degrees CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT longitude_in_degrees CHECK (longitude BETWEEN -180 AND 180)
);
COMMENT ON TABLE news.places IS 'One row a place that a crisis knows, under its canonical name.';

CREATE TABLE news.outlets (
    outlet_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain    text NOT NULL CONSTRAINT one_outlet_a_domain UNIQUE,
    publisher text,
    language  text,
    country   text,
    timezone  text NOT NULL DEFAULT 'UTC',
    declared  boolean NOT NULL,
    CONSTRAINT domain_is_lower_case CHECK (domain = lower(domain) AND domain <> '')
);
COMMENT ON TABLE news.outlets IS 'One row an outlet, known by its domain.';
COMMENT ON COLUMN news.outlets.publisher IS 'The family it belongs to; NULL: it stands alone.';
COMMENT ON COLUMN news.outlets.declared IS 'A profile lists it; otherwise it was met through another outlet''s feed.';

CREATE TABLE ops.runs (
    run_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    crises     text[] NOT NULL,
    counts     jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT ends_after_start CHECK (ended_at >= started_at)
);
COMMENT ON TABLE ops.runs IS 'One row a pass. ended_at NULL: at work, or killed; its work is taken up by the next pass.';
COMMENT ON COLUMN ops.runs.crises IS 'The crises that it worked for.';

CREATE TABLE ops.reasons (
    reason  text PRIMARY KEY,
    meaning text NOT NULL
);
COMMENT ON TABLE ops.reasons IS 'The closed list of why something was rejected; pipeline.errors.Reason holds the same.';

INSERT INTO ops.reasons (reason, meaning) VALUES
    ('no_url', 'the entry names no address'),
    ('url_invalid', 'the address cannot be an article on the web'),
    ('url_too_long', 'the address is longer than any real one'),
    ('forgotten', 'an operator had it forgotten'),
    ('address_refused', 'the name leads to a private or special network'),
    ('robots_disallowed', 'the host''s robots.txt does not want us there'),
    ('dns_failure', 'the name does not resolve'),
    ('connection_failed', 'the host does not answer'),
    ('tls_failure', 'the host cannot prove who it is'),
    ('timeout', 'the answer did not come in time'),
    ('too_large', 'the answer is larger than the bound'),
    ('too_many_redirects', 'redirects go on for too long, or in a circle'),
    ('redirect_invalid', 'a redirect leads nowhere we may go'),
    ('malformed_response', 'the answer breaks off or breaks HTTP'),
    ('http_not_found', 'HTTP 404'),
    ('http_gone', 'HTTP 410'),
    ('http_forbidden', 'HTTP 401, 402, 403 or 451'),
    ('http_too_many_requests', 'HTTP 429'),
    ('http_client_error', 'another HTTP 4xx'),
    ('http_server_error', 'HTTP 5xx'),
    ('empty_body', 'the answer has no body'),
    ('not_a_feed', 'the document is not a feed'),
    ('html_instead_of_feed', 'a web page came where a feed was expected'),
    ('parser_timeout', 'the feed parser did not end in time'),
    ('parser_memory', 'the feed parser wanted too much memory'),
    ('parser_crashed', 'the feed parser died'),
    ('not_html', 'the document is not a web page'),
    ('undecodable', 'the bytes are no text in any known encoding'),
    ('no_text', 'the page has no article text'),
    ('extractor_timeout', 'the extractor did not end in time'),
    ('extractor_memory', 'the extractor wanted too much memory'),
    ('extractor_crashed', 'the extractor died');

-- A worker is a process that holds an advisory lock for as long as it lives. What it claimed is free again
-- the moment the server sees its connection end, however it ended: no lease to wait for, no clock to trust.
CREATE SEQUENCE ops.worker_ids AS integer CYCLE;
COMMENT ON SEQUENCE ops.worker_ids IS 'Numbers for workers; the lock (20220102, number) says that one is alive.';

CREATE FUNCTION ops.living_workers() RETURNS SETOF integer
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT locks.objid::bigint::integer
    FROM pg_locks AS locks
    WHERE locks.locktype = 'advisory'
      AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND locks.classid = 20220102
      AND locks.objsubid = 2
      AND locks.granted;
END;
COMMENT ON FUNCTION ops.living_workers() IS 'The workers whose connection is open now.';
