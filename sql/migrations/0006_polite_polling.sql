-- Why: a feed is asked as often as it has news and as its server bears; what a host wishes (robots.txt, a pause
-- it asked for) is known to every process and outlives each; and our own outages are told from a publisher's.
-- Cost on a live table: columns with constant defaults, a moment each; the check on ops.polls is not verified
-- against old rows, which obeyed a narrower one.

ALTER TABLE ops.feeds
    ADD COLUMN poll_every interval NOT NULL DEFAULT interval '5 minutes',
    ADD COLUMN news_every interval,
    ADD COLUMN floor interval NOT NULL DEFAULT interval '0',
    ADD COLUMN trouble real NOT NULL DEFAULT 0,
    ADD COLUMN moved_to text,
    ADD COLUMN moved_since timestamptz,
    ADD COLUMN unproven_polls integer NOT NULL DEFAULT 0,
    ADD COLUMN lied_at timestamptz,
    ADD CONSTRAINT trouble_adds_up CHECK (trouble >= 0),
    ADD CONSTRAINT a_move_has_a_time CHECK ((moved_to IS NULL) = (moved_since IS NULL));
COMMENT ON COLUMN ops.feeds.poll_every IS 'How often it is asked while all is well; learnt from what its polls gave.';
COMMENT ON COLUMN ops.feeds.news_every IS 'The typical time between two of its entries, as last listed; NULL: unknown.';
COMMENT ON COLUMN ops.feeds.floor IS 'The least time between two polls that its server asks for.';
COMMENT ON COLUMN ops.feeds.trouble IS 'Failed polls since the last success, by weight: hard 1, soft a half, DNS a quarter.';
COMMENT ON COLUMN ops.feeds.moved_to IS 'Where permanent redirects lead; asked there once that has held for a week.';
COMMENT ON COLUMN ops.feeds.unproven_polls IS 'Polls since the whole document was last asked for without validators.';
COMMENT ON COLUMN ops.feeds.lied_at IS 'When it last listed something new under an unchanged validator; it is asked without any for a month.';

ALTER TABLE ops.polls
    ADD COLUMN duration_ms integer,
    ADD COLUMN entries_beyond integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT outcome_is_known,
    DROP CONSTRAINT a_failure_has_a_reason,
    ADD CONSTRAINT outcome_is_known CHECK (outcome IN ('read', 'unchanged', 'failed', 'offline')) NOT VALID,
    ADD CONSTRAINT a_failure_has_a_reason CHECK ((outcome IN ('failed', 'offline')) = (reason IS NOT NULL)) NOT VALID;
COMMENT ON COLUMN ops.polls.outcome IS 'offline: it failed in a pass in which nearly everything did; the fault is taken to be ours.';
COMMENT ON COLUMN ops.polls.duration_ms IS 'From asking to the last byte, redirects included; NULL: nothing was asked, or it was not measured.';
COMMENT ON COLUMN ops.polls.entries_beyond IS 'Entries of the document beyond the bound, which were left out; they are not among entries.';

ALTER TABLE ops.hosts
    ADD COLUMN closed_until timestamptz,
    ADD COLUMN at_work timestamptz[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ops.hosts.closed_until IS 'The host asked (429 or 503 with Retry-After) to be left alone until then.';
COMMENT ON COLUMN ops.hosts.at_work IS 'One deadline a request that is under way, over all processes; what is past counts no more.';

CREATE TABLE ops.robots (
    origin     text PRIMARY KEY,
    rules      text,
    read_at    timestamptz NOT NULL,
    good_until timestamptz NOT NULL
);
COMMENT ON TABLE ops.robots IS 'One row a scheme, host and port whose robots.txt we know.';
COMMENT ON COLUMN ops.robots.rules IS 'The file''s text as far as it is heeded; NULL: there is none, and everything is allowed.';
