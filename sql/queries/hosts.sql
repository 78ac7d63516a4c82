-- name: reserve_slot
-- Take a host's next free slot and push the one after it back; gives the seconds to wait, and what frees it. No row: closed
-- or full. Of a host that counts by the minute the last so many slots are kept, and the next one is a minute (and a bit,
-- for requests on their way) after the first of them at the earliest.
INSERT INTO ops.hosts AS hosts (host, next_slot_at, at_work, slots)
VALUES (%(host)s, clock_timestamp() + make_interval(secs => %(delay)s),
        ARRAY[clock_timestamp() + make_interval(secs => %(held)s)],
        CASE WHEN %(per_minute)s::integer IS NULL THEN '{}'::timestamptz[] ELSE ARRAY[clock_timestamp()] END)
ON CONFLICT (host) DO UPDATE
    SET (next_slot_at, at_work, slots) = (
        SELECT slot + make_interval(secs => %(delay)s),
               ARRAY(SELECT deadline FROM unnest(hosts.at_work) AS deadline WHERE deadline > clock_timestamp())
               || (slot + make_interval(secs => %(held)s)),
               CASE WHEN %(per_minute)s::integer IS NULL THEN hosts.slots
                    ELSE (hosts.slots || slot)[greatest(cardinality(hosts.slots) + 2 - %(per_minute)s::integer, 1):] END
        FROM (SELECT greatest(hosts.next_slot_at, clock_timestamp(),
                              hosts.slots[cardinality(hosts.slots) + 1 - %(per_minute)s::integer]
                              + interval '60.5 seconds') AS slot) AS next)
    WHERE coalesce(hosts.closed_until <= clock_timestamp(), true)
      AND (SELECT count(*) FROM unnest(hosts.at_work) AS deadline WHERE deadline > clock_timestamp()) < %(at_once)s
RETURNING
    greatest(extract(epoch FROM next_slot_at - clock_timestamp())::double precision - %(delay)s::double precision, 0),
    at_work[cardinality(at_work)];

-- name: free_slot
-- A request has come to its end.
UPDATE ops.hosts SET at_work = array_remove(at_work, %(deadline)s) WHERE host = %(host)s;

-- name: host_closed
-- For how long a host is still to be left alone; no row: it is not.
SELECT closed_until - clock_timestamp() FROM ops.hosts WHERE host = %(host)s AND closed_until > clock_timestamp();

-- name: close_host
-- A host asked to be left alone; where it does not say for how long, each refusal in a row doubles the time. Requests that
-- were on their way together are refused together: those that come back to a closed host are no further refusals.
-- Gives for how long it is closed now.
INSERT INTO ops.hosts AS hosts (host, next_slot_at, closed_until, refusals)
VALUES (%(host)s, clock_timestamp(), clock_timestamp() + coalesce(%(span)s::interval, %(at_first)s), 1)
ON CONFLICT (host) DO UPDATE
    SET (closed_until, refusals) = (
        SELECT greatest(hosts.closed_until, clock_timestamp() + coalesce(
                   %(span)s::interval,
                   CASE WHEN is_open THEN %(at_first)s * 2 ^ least(hosts.refusals, %(doublings)s) END)),
               hosts.refusals + is_open::integer
        FROM (SELECT coalesce(hosts.closed_until <= clock_timestamp(), true) AS is_open) AS state)
RETURNING closed_until - clock_timestamp();

-- name: close_part
-- Another part of the same archive refused, and means all of it.
INSERT INTO ops.hosts AS hosts (host, next_slot_at, closed_until)
VALUES (%(host)s, clock_timestamp(), clock_timestamp() + %(span)s)
ON CONFLICT (host) DO UPDATE SET closed_until = greatest(hosts.closed_until, excluded.closed_until);

-- name: host_answered
-- A host that refused answers again; an answer to a request that was on its way when it refused does not say so.
UPDATE ops.hosts SET refusals = 0
WHERE host = %(host)s AND refusals > 0 AND coalesce(closed_until <= clock_timestamp(), true);

-- name: load_robots
-- What we know of an origin's robots.txt, and whether that is still good.
SELECT rules, good_until > clock_timestamp() FROM ops.robots WHERE origin = %(origin)s;

-- name: save_robots
-- What an origin's robots.txt says; NULL: there is none.
INSERT INTO ops.robots (origin, rules, read_at, good_until)
VALUES (%(origin)s, %(rules)s, clock_timestamp(), clock_timestamp() + %(good_for)s)
ON CONFLICT (origin) DO UPDATE
    SET rules = excluded.rules, read_at = excluded.read_at, good_until = excluded.good_until;
