-- name: reserve_slot
-- Take the next free slot of a host and push the one after it back by the delay; gives the seconds to wait.
INSERT INTO ops.hosts AS hosts (host, next_slot_at)
VALUES (%(host)s, clock_timestamp() + make_interval(secs => %(delay)s))
ON CONFLICT (host) DO UPDATE
    SET next_slot_at = greatest(hosts.next_slot_at, clock_timestamp()) + make_interval(secs => %(delay)s)
RETURNING greatest(
    extract(epoch FROM hosts.next_slot_at - clock_timestamp())::double precision - %(delay)s::double precision, 0
);
