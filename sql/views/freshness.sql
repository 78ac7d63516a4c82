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
        WHEN feed.trouble = 0 THEN 'healthy'
        WHEN feed.trouble < 5 THEN 'failing'
        ELSE 'dead'
    END AS state,
    outlet.domain AS outlet,
    feed.failures,
    feed.last_reason AS reason,
    feed.trouble,
    feed.poll_every,
    feed.moved_to,
    feed.lied_at
FROM ops.feeds AS feed
JOIN news.outlets AS outlet USING (outlet_id);

COMMENT ON VIEW report.freshness IS
'One row a feed. state: healthy, failing (trouble below 5), dead (5 or more: five hard failures, ten soft ones or twenty of DNS; still polled), waiting (never polled yet), unwatched (no profile lists it now).';
