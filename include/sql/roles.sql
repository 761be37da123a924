-- Who may do what in the project's schema: four roles without a login, to be given to users who have one.
--
--   nuorder_pos_migrator   owns schema, tables and views; runs `nuorder-pos db upgrade`
--   nuorder_pos_worker     Airflow's tasks and the command line: reads and writes what the pipeline needs, makes no
--                          tables, and neither changes nor deletes what is append-only
--   nuorder_pos_web        the review page, or another system: reads, records decisions, asks for a rematch; no tokens
--   nuorder_pos_analyst    the documented views, nothing else
--
-- Run it as a superuser of the server before the first `nuorder-pos db upgrade`, and again after each: it may be
-- repeated, takes every right of the four roles back first, and changes no data.
--
--   psql --set ON_ERROR_STOP=1 --single-transaction --dbname nuorder_pos --file include/sql/roles.sql
--
-- Then give users their role:
--
--   CREATE ROLE nuorder_pos_deploy LOGIN PASSWORD '…' IN ROLE nuorder_pos_migrator;
--   ALTER ROLE nuorder_pos_deploy SET role = 'nuorder_pos_migrator';   -- what it makes belongs to the role
--   CREATE ROLE airflow_tasks LOGIN PASSWORD '…' IN ROLE nuorder_pos_worker;
--   CREATE ROLE buying_system LOGIN PASSWORD '…' IN ROLE nuorder_pos_web;
--   CREATE ROLE ann LOGIN PASSWORD '…' IN ROLE nuorder_pos_analyst;

-- ---- the roles -----------------------------------------------------------------------------------------------------

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['nuorder_pos_migrator', 'nuorder_pos_worker', 'nuorder_pos_web', 'nuorder_pos_analyst']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- roles belong to the whole server: somebody made it for another database just now
            END;
        END IF;
    END LOOP;
END
$$;

-- ---- the schema and its owner --------------------------------------------------------------------------------------

CREATE SCHEMA IF NOT EXISTS nuorder_pos AUTHORIZATION nuorder_pos_migrator;
ALTER SCHEMA nuorder_pos OWNER TO nuorder_pos_migrator;

-- What was made before these roles were there changes hands too. (Sequences go with their tables.)
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT format('ALTER %s %s OWNER TO nuorder_pos_migrator',
                      CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, CAST(c.oid AS regclass)) AS change
        FROM pg_class c
        WHERE c.relnamespace = CAST('nuorder_pos' AS regnamespace) AND c.relkind IN ('r', 'v')
          AND c.relowner <> CAST('nuorder_pos_migrator' AS regrole)
        UNION ALL
        SELECT format('ALTER FUNCTION %s OWNER TO nuorder_pos_migrator', CAST(p.oid AS regprocedure))
        FROM pg_proc p
        WHERE p.pronamespace = CAST('nuorder_pos' AS regnamespace)
          AND p.proowner <> CAST('nuorder_pos_migrator' AS regrole)
    LOOP
        EXECUTE found.change;
    END LOOP;
END
$$;

-- ---- nothing, to begin with ----------------------------------------------------------------------------------------

REVOKE ALL ON SCHEMA nuorder_pos FROM PUBLIC, nuorder_pos_worker, nuorder_pos_web, nuorder_pos_analyst;
REVOKE ALL ON ALL TABLES IN SCHEMA nuorder_pos FROM PUBLIC, nuorder_pos_worker, nuorder_pos_web, nuorder_pos_analyst;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA nuorder_pos FROM PUBLIC, nuorder_pos_worker, nuorder_pos_web, nuorder_pos_analyst;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA nuorder_pos FROM PUBLIC, nuorder_pos_worker, nuorder_pos_web, nuorder_pos_analyst;

GRANT USAGE ON SCHEMA nuorder_pos TO nuorder_pos_worker, nuorder_pos_web, nuorder_pos_analyst;

-- ---- table by table ------------------------------------------------------------------------------------------------

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            -- table                  worker                            web
            ('schema_version',       'SELECT',                          'SELECT'),
            ('brand',                'SELECT, INSERT, UPDATE',          'SELECT'),
            ('nuorder_order',        'SELECT, INSERT, UPDATE',
                'SELECT, UPDATE (retry, rematch_asked_at, listed_only, reason)'),
            ('match_report',         'SELECT, INSERT',                  'SELECT'),
            ('match_report_line',    'SELECT, INSERT',                  'SELECT'),
            ('match_report_warning', 'SELECT, INSERT',                  'SELECT'),
            ('export',               'SELECT, INSERT, UPDATE',          'SELECT'),
            ('creation',             'SELECT, INSERT, UPDATE, DELETE',  'SELECT'),
            ('link',                 'SELECT, INSERT, UPDATE',          'SELECT'),
            ('style_choice',         'SELECT, INSERT, UPDATE',          'SELECT'),
            ('reference',            'SELECT, INSERT, UPDATE',          'SELECT'),
            ('lease',                'SELECT, INSERT, UPDATE',          NULL),
            ('pos_answer',           'SELECT, INSERT, UPDATE, DELETE',  NULL),
            ('pace',                 'SELECT, INSERT, UPDATE',          NULL),
            ('token_set',            'SELECT, INSERT, UPDATE',          NULL),
            -- append-only: triggers refuse changes to everybody, these rights refuse them to most before that
            ('order_event',          'SELECT, INSERT',                  'SELECT, INSERT'),
            ('snapshot',             'SELECT, INSERT',                  'SELECT'),
            ('journal',              'SELECT, INSERT',                  'SELECT'),
            ('approval',             'SELECT, INSERT',
                'SELECT, INSERT (report_hash, decision, shop, decided_by, lines, answers, comment, decided_at)'),
            ('approval_verdict',     'SELECT, INSERT',                  'SELECT')
        ) AS rights (name, worker, web)
        WHERE to_regclass('nuorder_pos.' || name) IS NOT NULL
    LOOP
        EXECUTE format('GRANT %s ON nuorder_pos.%I TO nuorder_pos_worker', wanted.worker, wanted.name);
        IF wanted.web IS NOT NULL THEN
            EXECUTE format('GRANT %s ON nuorder_pos.%I TO nuorder_pos_web', wanted.web, wanted.name);
        END IF;
    END LOOP;
END
$$;

-- ---- views, and the counters behind ids ----------------------------------------------------------------------------

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.relname AS name
        FROM pg_class c
        WHERE c.relnamespace = CAST('nuorder_pos' AS regnamespace) AND c.relkind = 'v'
    LOOP
        EXECUTE format(
            'GRANT SELECT ON nuorder_pos.%I TO nuorder_pos_worker, nuorder_pos_web, nuorder_pos_analyst', found.name
        );
    END LOOP;
    FOR found IN
        SELECT CAST(c.oid AS regclass) AS counter, t.relname AS of_table
        FROM pg_class c
        JOIN pg_depend d ON d.objid = c.oid AND d.classid = CAST('pg_class' AS regclass) AND d.deptype IN ('a', 'i')
        JOIN pg_class t ON t.oid = d.refobjid AND t.relkind = 'r'
        WHERE c.relnamespace = CAST('nuorder_pos' AS regnamespace) AND c.relkind = 'S'
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %s TO nuorder_pos_worker', found.counter);
        IF found.of_table IN ('approval', 'order_event') THEN
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO nuorder_pos_web', found.counter);
        END IF;
    END LOOP;
END
$$;

-- ---- what later releases make --------------------------------------------------------------------------------------

-- Enough for the pipeline to go on between an upgrade and the next run of this file. Web and analyst get nothing that
-- nobody has looked at: a new table may hold a secret.
ALTER DEFAULT PRIVILEGES FOR ROLE nuorder_pos_migrator IN SCHEMA nuorder_pos
    GRANT SELECT, INSERT, UPDATE ON TABLES TO nuorder_pos_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE nuorder_pos_migrator IN SCHEMA nuorder_pos
    GRANT USAGE ON SEQUENCES TO nuorder_pos_worker;
