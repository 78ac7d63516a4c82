-- name: lock_migrations
-- One migration at a time; the number is any constant of our own.
SELECT pg_advisory_xact_lock(20220105);

-- name: create_migration_ledger
-- The two tables that say what has been applied.
CREATE SCHEMA IF NOT EXISTS qantar;
CREATE TABLE IF NOT EXISTS qantar.migrations (
    name       text PRIMARY KEY,
    digest     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS qantar.views (
    position integer PRIMARY KEY,
    kind     text NOT NULL,
    identity text NOT NULL,
    digest   text NOT NULL
);
COMMENT ON SCHEMA qantar IS 'What the migrations know of themselves.';
COMMENT ON TABLE qantar.migrations IS 'One row a migration that was applied, with the digest of its text.';
COMMENT ON TABLE qantar.views IS 'One row a view or function of the reports, as it was last made.';

-- name: has_migration_ledger
-- Whether the warehouse was ever migrated.
SELECT to_regclass('qantar.migrations') IS NOT NULL;

-- name: applied_migrations
-- What was applied, to compare with the files.
SELECT name, digest FROM qantar.migrations ORDER BY name;

-- name: record_migration
-- Note that a migration was applied.
INSERT INTO qantar.migrations (name, digest) VALUES (%(name)s, %(digest)s);

-- name: made_views
-- The views and functions of the reports as they were last made, dependents first.
SELECT kind, identity, digest FROM qantar.views ORDER BY position DESC;

-- name: forget_views
-- They are about to be made again.
DELETE FROM qantar.views;

-- name: record_view
-- Note a view or function that was made.
INSERT INTO qantar.views (position, kind, identity, digest)
VALUES (%(position)s, %(kind)s, %(identity)s, %(digest)s);

-- name: create_roles
-- The two roles beside the owner, safe against another database of the cluster doing the same at once.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['qantar_loader', 'qantar_reporter'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END $$;

-- name: grant_reporter
-- Analysts read what was published and the reports, and nothing else.
GRANT USAGE ON SCHEMA news, report TO qantar_reporter;
GRANT SELECT ON ALL TABLES IN SCHEMA news, report TO qantar_reporter;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA news, report TO qantar_reporter;

-- name: grant_loader
-- The pipeline reads and writes rows, and changes no schema.
GRANT USAGE ON SCHEMA qantar, ops, news, report TO qantar_loader;
GRANT SELECT ON ALL TABLES IN SCHEMA qantar, report TO qantar_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops, news TO qantar_loader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops, news TO qantar_loader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ops, news, report TO qantar_loader;
