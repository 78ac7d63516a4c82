CREATE VIEW report.outlet_silence AS
WITH passes AS (
    SELECT
        outlet.domain AS outlet,
        poll.run_id,
        min(poll.polled_at) AS polled_at,
        bool_and(poll.outcome IN ('failed', 'offline')) AS failed,
        bool_and(poll.outcome = 'offline') AS offline,
        coalesce(sum(poll.new_entries) FILTER (WHERE poll.polled_at > first.polled_at), 0) AS fresh,
        coalesce(sum(poll.new_entries), 0) AS new_entries
    FROM ops.polls AS poll
    JOIN ops.feeds AS feed USING (feed_id)
    JOIN news.outlets AS outlet USING (outlet_id)
    JOIN (
        SELECT feed_id, min(polled_at) AS polled_at FROM ops.polls WHERE outcome IN ('read', 'unchanged') GROUP BY feed_id
        UNION ALL
        SELECT feed_id, 'infinity' FROM ops.polls GROUP BY feed_id HAVING bool_and(outcome IN ('failed', 'offline'))
    ) AS first ON first.feed_id = poll.feed_id
    GROUP BY outlet.domain, poll.run_id
),
rhythm AS (
    SELECT
        passes.*,
        sum(fresh) OVER month / greatest(
            extract(epoch FROM polled_at - min(polled_at) OVER month) / 86400.0, 1) AS expected_per_day,
        max(polled_at) FILTER (WHERE new_entries > 0) OVER past AS last_new_at
    FROM passes
    WINDOW
        month AS (PARTITION BY outlet ORDER BY polled_at RANGE BETWEEN interval '28 days' PRECEDING AND CURRENT ROW),
        past AS (PARTITION BY outlet ORDER BY polled_at)
),
states AS (
    SELECT
        outlet,
        polled_at,
        expected_per_day,
        CASE
            WHEN offline THEN 'we_were_offline'
            WHEN failed THEN 'unreachable'
            WHEN polled_at - last_new_at <= interval '1 day' THEN 'publishing'
            WHEN expected_per_day * extract(epoch FROM polled_at - last_new_at) / 86400.0 > 5 THEN 'silent'
            ELSE 'quiet'
        END AS state
    FROM rhythm
),
edges AS (
    SELECT *, state IS DISTINCT FROM lag(state) OVER (PARTITION BY outlet ORDER BY polled_at) AS turns
    FROM states
)
SELECT
    outlet,
    state,
    polled_at AS since,
    lead(polled_at) OVER (PARTITION BY outlet ORDER BY polled_at) AS until,
    round(expected_per_day::numeric, 2) AS expected_per_day
FROM edges
WHERE turns;

COMMENT ON VIEW report.outlet_silence IS
'One row an outlet and spell, from the polls alone. publishing: something new within a day; quiet: not, but no more than its rhythm allows; silent: five expected items or more are missing; unreachable: its feeds failed while others answered; we_were_offline: nearly everything failed in that pass, and no feed that had answered lately did. until NULL: now. expected_per_day: its rhythm over the 28 days before.';

CREATE FUNCTION report.silence_at(moment timestamptz) RETURNS SETOF report.outlet_silence
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT spell.*
    FROM report.outlet_silence AS spell
    WHERE spell.since <= moment AND (spell.until IS NULL OR moment < spell.until);
END;

COMMENT ON FUNCTION report.silence_at(timestamptz) IS 'The spell that each outlet was in at that moment.';
