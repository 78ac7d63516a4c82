CREATE VIEW report.freshness AS
SELECT
    feed.url AS feed,
    feed.last_polled_at,
    feed.last_success_at,
    feed.last_new_at,
    feed.next_poll_at,
    CASE
        WHEN NOT EXISTS (SELECT FROM ops.feed_crises AS listed WHERE listed.feed_id = feed.feed_id) THEN 'unwatched'
        WHEN feed.last_polled_at IS NULL THEN 'waiting'
        WHEN feed.failures = 0 THEN 'healthy'
        WHEN feed.failures < 5 THEN 'failing'
        ELSE 'dead'
    END AS state,
    outlet.domain AS outlet,
    feed.failures,
    feed.last_reason AS reason
FROM ops.feeds AS feed
JOIN news.outlets AS outlet USING (outlet_id);

COMMENT ON VIEW report.freshness IS
'One row a feed. state: healthy, failing (1 to 4 polls in a row), dead (5 or more, still polled), waiting (never polled yet), unwatched (no profile lists it now).';
