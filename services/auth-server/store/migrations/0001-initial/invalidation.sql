-- Locks a key until the end of the transaction; 'update' excludes all other locks of the key, 'share' only 'update'. False if the
-- lock is not free and `waits` is false. Locks keys instead of rows, because a key can be locked before its row exists, and
-- because row locks would make each refresh write to rows that it shares with other refreshes.
CREATE FUNCTION take_lock(key text, mode text, waits boolean DEFAULT true) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE number bigint := hashtextextended(key, 0);
BEGIN
  IF NOT waits AND mode = 'update' THEN RETURN pg_try_advisory_xact_lock(number); END IF;
  IF NOT waits THEN RETURN pg_try_advisory_xact_lock_shared(number); END IF;
  IF mode = 'update' THEN PERFORM pg_advisory_xact_lock(number); ELSE PERFORM pg_advisory_xact_lock_shared(number); END IF;
  RETURN true;
END $$;

-- Takes the locks of a change in a fixed order: organizations by id, app, user, install. If one of them is not free and `waits`
-- is false, returns false and does not take the rest.
CREATE FUNCTION take_locks(
  organization_ids bigint[], organization_mode text, app bigint, app_mode text, locked_user bigint, user_mode text,
  install_app bigint, install_organization bigint, waits boolean DEFAULT true
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE organization bigint;
BEGIN
  FOREACH organization IN ARRAY array_sort(organization_ids) LOOP
    IF NOT take_lock('organization:' || organization, organization_mode, waits) THEN RETURN false; END IF;
  END LOOP;
  IF app IS NOT NULL AND NOT take_lock('app:' || app, app_mode, waits) THEN RETURN false; END IF;
  IF locked_user IS NOT NULL AND NOT take_lock('user:' || locked_user, user_mode, waits) THEN RETURN false; END IF;
  RETURN install_app IS NULL OR take_lock('install:' || install_app || ':' || install_organization, 'update', waits);
END $$;

-- Cache keys that committed changes must drop: the entry of a token, or the stamp of an app, organization or user. Inserted
-- with the change, deleted after the drop.
CREATE TABLE pending_invalidations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  change_id bytea NOT NULL CHECK (length(change_id) = 8),
  access_hash bytea,
  install_id uuid,
  stamp_kind text,
  stamp_id bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (
    access_hash IS NOT NULL AND install_id IS NOT NULL AND stamp_kind IS NULL AND stamp_id IS NULL
    OR access_hash IS NULL AND install_id IS NULL AND stamp_kind IN ('app', 'organization', 'user')
      AND stamp_id IS NOT NULL)
);
CREATE INDEX pending_invalidations_by_install ON pending_invalidations (install_id) WHERE install_id IS NOT NULL;
CREATE INDEX pending_invalidations_by_stamp ON pending_invalidations (stamp_kind, stamp_id) WHERE stamp_kind IS NOT NULL;

-- Begins changes of different installs: takes their locks and, if they change token states, inserts a pending invalidation for
-- each live pair. Returns rows with these roles:
--   'own': the inserted pending invalidations;
--   'earlier': those of earlier changes of the installs, and of their apps, organizations, app owners and users;
--   'nodes': one row with the nodes on which all of them are dropped.
--
-- The arrays have the parameters of take_locks, one element per change; the `organization_ids` of a change are separated by
-- commas. If `waits` is false and the locks of some changes are not free, the function fails with LK001 and the positions of
-- these changes, from 1, as the detail. Therefore later statements of the same batch do not run without the locks.
--
-- In READ COMMITTED each query of a VOLATILE function has a new snapshot, so the queries after the locks see everything that was
-- committed before the locks were granted. Every refresh calls this function. Each session plans it once, with indexes, because
-- the statistics of a table that is nearly always empty are misleading.
CREATE FUNCTION begin_changes_of_installs(
  new_change_id bytea, changes_token_state boolean, waits boolean,
  organization_ids text[], organization_modes text[], apps_locked bigint[], app_modes text[], users_locked bigint[],
  user_modes text[], install_apps bigint[], install_organizations bigint[]
) RETURNS TABLE (role text, id bigint, change_id bytea, access_hash bytea, stamp_kind text, stamp_id bigint, nodes text)
VOLATILE LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  busy integer[];
  app_owners bigint[];
  -- Includes ended installs.
  install_ids uuid[];
  installing_users bigint[];
BEGIN
  FOR place IN 1 .. array_length(install_apps, 1) LOOP
    IF NOT take_locks(string_to_array(organization_ids[place], ',')::bigint[], organization_modes[place],
      apps_locked[place], app_modes[place], users_locked[place], user_modes[place], install_apps[place],
      install_organizations[place], waits)
    THEN
      busy := busy || place;
    END IF;
  END LOOP;
  IF busy IS NOT NULL THEN
    RAISE 'locks of changes are not free' USING ERRCODE = 'LK001', DETAIL = array_to_string(busy, ',');
  END IF;

  app_owners := ARRAY(SELECT owner_organization_id FROM apps WHERE apps.id = ANY (install_apps));
  -- OFFSET prevents the use of the index by app: an app can have many more installs than an organization.
  SELECT array_agg(in_organization.id), array_agg(installed_by) INTO install_ids, installing_users
  FROM unnest(install_apps, install_organizations) AS begun (app_id, organization_id)
  CROSS JOIN LATERAL (SELECT * FROM installs WHERE organization_id = begun.organization_id OFFSET 0) AS in_organization
  WHERE in_organization.app_id = begun.app_id;

  RETURN QUERY SELECT 'earlier', id, change_id, access_hash, stamp_kind, stamp_id, NULL FROM pending_invalidations
  WHERE install_id = ANY (install_ids)
    OR stamp_kind = 'app' AND stamp_id = ANY (install_apps)
    OR stamp_kind = 'organization' AND stamp_id = ANY (install_organizations || app_owners)
    OR stamp_kind = 'user' AND stamp_id = ANY (installing_users);

  IF changes_token_state THEN
    RETURN QUERY INSERT INTO pending_invalidations (change_id, access_hash, install_id)
    SELECT new_change_id, tokens.access_hash, tokens.install_id FROM tokens
    WHERE tokens.install_id = ANY (install_ids) AND tokens.ended_at IS NULL
    RETURNING 'own', id, change_id, access_hash, stamp_kind, stamp_id, NULL;
  END IF;

  role := 'nodes';
  id := NULL;
  nodes := nodes_of_change();
  RETURN NEXT;
END $$;

-- Deletes invalidations whose keys are dropped. Skips rows that another transaction is deleting: to wait for them could deadlock.
-- The commit does not wait for the disk: rows that a crash restores only cause a redundant drop by the sweep.
CREATE FUNCTION delete_invalidations(ids bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM pending_invalidations
  WHERE id = ANY (ARRAY(SELECT id FROM pending_invalidations WHERE id = ANY (ids) FOR UPDATE SKIP LOCKED));
END $$;
