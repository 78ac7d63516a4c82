-- Why: a scheduled pass is many processes on perhaps many machines, and one run in the accounting; they work
-- as `qantar_loader`, which may not make tables; and a pass asks what was loaded since it began.
-- Cost on a live table: an index is built on news.articles, which waits for writers and then holds them up;
-- a minute for ten million articles. The rest is a moment.

ALTER TABLE ops.runs ADD COLUMN name text CONSTRAINT one_run_a_name UNIQUE;
COMMENT ON COLUMN ops.runs.name IS 'What the scheduler calls it, by which its tasks find it; NULL: a command''s own run.';
COMMENT ON COLUMN ops.runs.ended_at IS 'When it, or the last of its tasks so far, came to its end; NULL: at work, or killed.';

ALTER TABLE news.crises ADD COLUMN feeds_version text;
COMMENT ON COLUMN news.crises.feeds_version IS 'Digest of the list of feeds that was last written to ops.feeds.';

CREATE INDEX articles_by_loading ON news.articles (loaded_at);

-- Both make or drop partitions of the owner's tables and nothing else.
ALTER FUNCTION ops.ensure_months(timestamptz) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION ops.drop_months(timestamptz) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION ops.ensure_months(timestamptz), ops.drop_months(timestamptz) FROM PUBLIC;

-- A host is the business of one shard at a time, which then reads its robots.txt once.
CREATE FUNCTION ops.host_number(host text) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN hashtext(coalesce(host, '')) & 2147483647;
COMMENT ON FUNCTION ops.host_number(text) IS 'A number from 0 for a host, by which hosts are dealt out to shards.';
