-- name: reserve_slot
-- Take a host's next free slot and push the one after it back; gives the seconds to wait, and what frees it. No row: closed or full.
INSERT INTO ops.hosts AS hosts (host, next_slot_at, at_work)
VALUES (%(host)s, clock_timestamp() + make_interval(secs => %(delay)s),
        ARRAY[clock_timestamp() + make_interval(secs => %(held)s)])
ON CONFLICT (host) DO UPDATE
    SET next_slot_at = greatest(hosts.next_slot_at, clock_timestamp()) + make_interval(secs => %(delay)s),
        at_work = ARRAY(SELECT deadline FROM unnest(hosts.at_work) AS deadline WHERE deadline > clock_timestamp())
                  || (greatest(hosts.next_slot_at, clock_timestamp()) + make_interval(secs => %(held)s))
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
-- A host asked to be left alone.
INSERT INTO ops.hosts AS hosts (host, next_slot_at, closed_until)
VALUES (%(host)s, clock_timestamp(), clock_timestamp() + %(span)s)
ON CONFLICT (host) DO UPDATE
    SET closed_until = greatest(hosts.closed_until, excluded.closed_until);

-- name: load_robots
-- What we know of an origin's robots.txt, and whether that is still good.
SELECT rules, good_until > clock_timestamp() FROM ops.robots WHERE origin = %(origin)s;

-- name: save_robots
-- What an origin's robots.txt says; NULL: there is none.
INSERT INTO ops.robots (origin, rules, read_at, good_until)
VALUES (%(origin)s, %(rules)s, clock_timestamp(), clock_timestamp() + %(good_for)s)
ON CONFLICT (origin) DO UPDATE
    SET rules = excluded.rules, read_at = excluded.read_at, good_until = excluded.good_until;
