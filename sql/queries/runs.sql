-- name: become_worker
-- A number for this process, and the lock that says it lives; both end with the connection.
WITH born AS MATERIALIZED (SELECT nextval('ops.worker_ids')::integer AS worker)
SELECT worker, pg_advisory_lock(20220102, worker)::text FROM born;

-- name: ensure_months
-- Make the partitions that this month's history needs.
SELECT ops.ensure_months(%(now)s);

-- name: start_run
-- Note that a pass begins.
INSERT INTO ops.runs (kind, started_at, crises) VALUES (%(kind)s, %(now)s, %(crises)s) RETURNING run_id;

-- name: end_run
-- Note that a pass came to its end, and what it did.
UPDATE ops.runs SET ended_at = greatest(started_at, %(now)s), counts = %(counts)s WHERE run_id = %(run_id)s;

-- name: run_accounting
-- Where everything stands that one pass discovered.
SELECT count(*)::integer AS sources,
       coalesce(sum(discovered), 0)::integer AS discovered,
       coalesce(sum(loaded), 0)::integer AS loaded,
       coalesce(sum(already_known), 0)::integer AS already_known,
       coalesce(sum(out_of_scope), 0)::integer AS out_of_scope,
       coalesce(sum(rejected), 0)::integer AS rejected,
       coalesce(sum(pending), 0)::integer AS pending,
       coalesce(bool_and(balanced), true) AS balanced
FROM report.accounting
WHERE run_id = %(run_id)s;
