CREATE VIEW report.rejections AS
SELECT day, stage, reason, count(*) AS count
FROM (
    SELECT (rejected_at AT TIME ZONE 'UTC')::date AS day, stage, reason FROM ops.rejections
    UNION ALL
    SELECT (polled_at AT TIME ZONE 'UTC')::date, 'poll', reason FROM ops.polls WHERE outcome = 'failed'
) AS rejected
GROUP BY day, stage, reason;

COMMENT ON VIEW report.rejections IS
'One row a reason, stage and day (UTC): how often a feed (stage poll) or a candidate was rejected for it, repeated attempts included.';
