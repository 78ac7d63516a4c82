-- Why: ranges of days are rebuilt out of web archives: what was asked for (windows), what was looked through (scans),
-- and what each archive knew (sightings), so that live and past meet in the same candidates, captures and articles.
-- Cost on a live table: columns with constant defaults, a moment each; an index on ops.captures is built, which holds
-- up fetching for some seconds a million rows.

INSERT INTO ops.reasons (reason, meaning) VALUES
    ('not_archived', 'the live page cannot be had, and no archive has one'),
    ('malformed_record', 'the record is not what its format says');

CREATE TABLE ops.windows (
    window_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    lag       interval NOT NULL,
    sources   text[] NOT NULL,
    asked_at  timestamptz NOT NULL,
    CONSTRAINT one_window_a_span UNIQUE (since, until),
    CONSTRAINT window_is_half_open CHECK (since < until),
    CONSTRAINT lag_goes_forward CHECK (lag >= interval '0')
);
COMMENT ON TABLE ops.windows IS 'One row a range of time, [since, until), that was asked of the archives. What an archive alone knows is in the reports when its best-known time lies in one of them.';
COMMENT ON COLUMN ops.windows.lag IS 'How far beyond until the archives are searched: an outlet that was dark was captured only when it came back.';

CREATE TABLE ops.scans (
    scan_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL CONSTRAINT source_is_known CHECK (source IN ('gdelt', 'wayback', 'ccnews', 'sitemaps', 'warc')),
    kind          text NOT NULL,
    part          text NOT NULL,
    part_hash     bytea NOT NULL CONSTRAINT part_hash_is_sha256 CHECK (octet_length(part_hash) = 32),
    outlet_id     integer REFERENCES news.outlets,
    feed_id       integer REFERENCES ops.feeds,
    covers_from   timestamptz NOT NULL,
    covers_until  timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'pending' CONSTRAINT state_is_known CHECK
                  (state IN ('pending', 'done', 'missing', 'failed', 'refused')),
    reason        text REFERENCES ops.reasons,
    detail        text,
    attempts      smallint NOT NULL DEFAULT 0,
    resume        text,
    scope_version text,
    scanned_at    timestamptz,
    claimed_by    integer,
    CONSTRAINT one_scan_a_part UNIQUE (source, kind, part_hash),
    CONSTRAINT covers_something CHECK (covers_from < covers_until),
    CONSTRAINT a_gap_has_a_reason CHECK ((state IN ('missing', 'failed', 'refused')) = (reason IS NOT NULL))
);
CREATE INDEX scans_to_do ON ops.scans (source, covers_from) WHERE state = 'pending';
CREATE INDEX scans_by_time ON ops.scans (source, covers_from, covers_until);
COMMENT ON TABLE ops.scans IS 'One row a part of an archive (a file, a page of an index) that some window calls for. It is read once, by one worker at a time, however many windows share it.';
COMMENT ON COLUMN ops.scans.part IS 'Which part, in words of its kind: a path below the archive''s root, an outlet and a month, a capture.';
COMMENT ON COLUMN ops.scans.covers_from IS 'The time of the sightings that it may hold, [covers_from, covers_until).';
COMMENT ON COLUMN ops.scans.state IS 'missing: the archive does not have it; failed: it could not be had this time; refused: more of it is malformed than is gone around.';
COMMENT ON COLUMN ops.scans.resume IS 'Where a scan that broke off goes on: a byte offset, or the key of the next page.';
COMMENT ON COLUMN ops.scans.scope_version IS 'Digest of the profiles and feeds with which it was read; under others it is read again.';

CREATE TABLE ops.scan_tallies (
    scan_id       bigint NOT NULL REFERENCES ops.scans,
    run_id        bigint NOT NULL REFERENCES ops.runs,
    entries       bigint NOT NULL DEFAULT 0,
    new_entries   bigint NOT NULL DEFAULT 0,
    known_entries bigint NOT NULL DEFAULT 0,
    out_of_scope  bigint NOT NULL DEFAULT 0,
    malformed     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (scan_id, run_id),
    CONSTRAINT entries_end_in_one_place CHECK (entries = new_entries + known_entries + out_of_scope + malformed)
);
CREATE INDEX tallies_of_a_run ON ops.scan_tallies (run_id);
COMMENT ON TABLE ops.scan_tallies IS 'One row a scan and run: what it listed. Entries that no profile is about are counted here and are no candidates.';

CREATE TABLE ops.sightings (
    candidate_id        bigint NOT NULL REFERENCES ops.candidates,
    source              text NOT NULL,
    outlet_id           integer NOT NULL REFERENCES news.outlets,
    first_seen_at       timestamptz NOT NULL,
    title               text NOT NULL,
    published_at        timestamptz,
    published_offset    interval,
    published_day       date,
    published_precision text CONSTRAINT precision_is_known CHECK (published_precision IN ('instant', 'day')),
    PRIMARY KEY (candidate_id, source),
    CONSTRAINT a_date_is_whole CHECK (num_nulls(published_at, published_day, published_precision) IN (0, 3))
);
CREATE INDEX sightings_by_time ON ops.sightings (first_seen_at);
CREATE INDEX sightings_by_publication ON ops.sightings (published_at);
COMMENT ON TABLE ops.sightings IS 'One row a candidate and archive that knows its address.';
COMMENT ON COLUMN ops.sightings.first_seen_at IS 'The earliest moment at which the archive saw it, by its own word.';
COMMENT ON COLUMN ops.sightings.published_at IS 'The earliest statement on its publication that the archive kept, of a feed or a sitemap; NULL: none.';

ALTER TABLE ops.candidates
    ADD COLUMN watched boolean NOT NULL DEFAULT true,
    ADD COLUMN called_at timestamptz,
    ADD COLUMN archive_asked_for timestamptz,
    ADD COLUMN archive_attempts smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN ops.candidates.watched IS 'A live source lists it; else archives alone know it, and a window must hold its time.';
COMMENT ON COLUMN ops.candidates.called_at IS 'When its live page was first called for because a list of an archive names it; NULL: not for that reason.';
COMMENT ON COLUMN ops.candidates.archive_asked_for IS 'The moment for which a web archive was asked for its page, and answered; NULL: not yet.';
CREATE INDEX candidates_of_archives ON ops.candidates (state) WHERE NOT watched;

ALTER TABLE ops.captures ADD COLUMN superseded boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ops.captures.superseded IS 'The web archive was asked again for an earlier moment, and that capture counts instead.';
CREATE UNIQUE INDEX one_capture_an_archived_moment ON ops.captures (candidate_id, via, observed_at) WHERE via <> 'live';

ALTER TABLE ops.hosts
    ADD COLUMN slots timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN refusals smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN ops.hosts.slots IS 'The last slots of a host that counts requests by the minute, oldest first.';
COMMENT ON COLUMN ops.hosts.refusals IS 'How often it refused (429, 503) since it last answered; each doubles the pause.';

-- Whether what archives know of a candidate may lie in a window: by its stated publication, a day's grace for zones and
-- clocks; without one, by its first sight, after which it cannot have been published.
CREATE FUNCTION ops.may_lie_in_a_window(seen timestamptz, published timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM ops.windows AS asked
    WHERE CASE WHEN published IS NULL
               THEN seen >= asked.since - interval '1 day' AND seen < asked.until + asked.lag
               ELSE published >= asked.since - interval '1 day' AND published < asked.until + interval '1 day'
          END);
COMMENT ON FUNCTION ops.may_lie_in_a_window(timestamptz, timestamptz) IS 'Whether a page is worth asking for, by what archives know of it.';

CREATE FUNCTION ops.is_wanted(article bigint, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM ops.candidates AS candidate WHERE candidate.article_id = article AND candidate.watched)
    OR EXISTS (SELECT FROM ops.windows AS asked WHERE asked.since <= moment AND moment < asked.until);
COMMENT ON FUNCTION ops.is_wanted(bigint, timestamptz) IS 'Whether an article belongs in the reports: a live source listed it, or its best-known time lies in a window.';
