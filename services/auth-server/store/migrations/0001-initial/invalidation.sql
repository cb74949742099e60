-- A lock on a key until the end of the transaction; 'update' excludes everybody, 'share' only 'update'. By keys and not
-- by rows: a row that does not exist yet locks nothing, and what reads below it would go on beside its birth. It also
-- spares each refresh a write to the rows that it shares with all others.
CREATE FUNCTION take_lock(key text, mode text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF mode = 'update' THEN PERFORM pg_advisory_xact_lock(hashtextextended(key, 0));
  ELSE PERFORM pg_advisory_xact_lock_shared(hashtextextended(key, 0)); END IF;
END $$;

-- The locks of a change in their one order, in one round trip: organizations by id, app, user, install.
CREATE FUNCTION take_locks(
  organization_ids bigint[], organization_mode text, app bigint, app_mode text, locked_user bigint, user_mode text,
  install_app bigint, install_organization bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE organization bigint;
BEGIN
  FOREACH organization IN ARRAY array_sort(organization_ids) LOOP
    PERFORM take_lock('organization:' || organization, organization_mode);
  END LOOP;
  IF app IS NOT NULL THEN PERFORM take_lock('app:' || app, app_mode); END IF;
  IF locked_user IS NOT NULL THEN PERFORM take_lock('user:' || locked_user, user_mode); END IF;
  IF install_app IS NOT NULL THEN
    PERFORM take_lock('install:' || install_app || ':' || install_organization, 'update');
  END IF;
END $$;

-- Cache keys that committed changes still have to drop: the entry of one token, or the stamp of an app, an organization
-- or a user. Written with the change, deleted once the drop has been made.
CREATE TABLE pending_invalidations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  change_id bytea NOT NULL,
  access_hash bytea,
  install_id uuid,
  stamp_kind text,
  stamp_id bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Short, since Postgres reads it anew for each statement that inserts a row.
  CHECK (num_nonnulls(install_id, stamp_kind) = 1)
);
CREATE INDEX pending_invalidations_by_install ON pending_invalidations (install_id) WHERE install_id IS NOT NULL;
CREATE INDEX pending_invalidations_by_stamp ON pending_invalidations (stamp_kind, stamp_id) WHERE stamp_kind IS NOT NULL;

-- Takes the locks of a change of an install, finds what earlier changes of it and of all above it have left, and inserts
-- the row of this one, if it alters answers and there is a live pair. In READ COMMITTED each query of a VOLATILE function
-- has a snapshot of its own, so those behind the locks see all that was committed before the locks were granted.
--
-- Every refresh runs it: each session plans it once, for indexes, whatever the statistics say of a table that is nearly
-- always empty.
CREATE FUNCTION begin_change_of_install(
  new_change_id bytea, alters_answers boolean,
  organization_ids bigint[], organization_mode text, app bigint, app_mode text, locked_user bigint, user_mode text,
  install_app bigint, install_organization bigint
) RETURNS TABLE (is_own boolean, id bigint, change_id bytea, access_hash bytea, stamp_kind text, stamp_id bigint)
VOLATILE LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  app_owner bigint;
  -- Also those that have ended.
  install_ids uuid[];
  installing_users bigint[];
BEGIN
  PERFORM take_locks(organization_ids, organization_mode, app, app_mode, locked_user, user_mode,
    install_app, install_organization);

  SELECT owner_organization_id INTO app_owner FROM apps WHERE apps.id = install_app;
  -- OFFSET keeps the index by app out of it: an app may have very many installs, an organization has not.
  SELECT array_agg(there.id), array_agg(installed_by) INTO install_ids, installing_users
  FROM (SELECT * FROM installs WHERE organization_id = install_organization OFFSET 0) AS there
  WHERE app_id = install_app;

  RETURN QUERY SELECT false, id, change_id, access_hash, stamp_kind, stamp_id FROM pending_invalidations
  WHERE install_id = ANY (install_ids)
    OR stamp_kind = 'app' AND stamp_id = install_app
    OR stamp_kind = 'organization' AND stamp_id IN (install_organization, app_owner)
    OR stamp_kind = 'user' AND stamp_id = ANY (installing_users);

  IF alters_answers THEN
    RETURN QUERY INSERT INTO pending_invalidations (change_id, access_hash, install_id)
    SELECT new_change_id, tokens.access_hash, tokens.install_id FROM tokens
    WHERE tokens.install_id = ANY (install_ids) AND tokens.ended_at IS NULL
    RETURNING true, id, change_id, access_hash, stamp_kind, stamp_id;
  END IF;
END $$;

-- Rows that somebody else is deleting are left to them: waiting for each other's rows in different orders would be a
-- deadlock. The commit does not wait for the disk: rows that a crash brings back only cost the sweep a needless drop.
CREATE FUNCTION delete_invalidations(ids bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM pending_invalidations
  WHERE id = ANY (ARRAY(SELECT id FROM pending_invalidations WHERE id = ANY (ids) FOR UPDATE SKIP LOCKED));
END $$;
