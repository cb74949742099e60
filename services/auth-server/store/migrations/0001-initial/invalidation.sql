-- A lock on a key until the end of the transaction; 'update' excludes everybody, 'share' only 'update'. By keys and not
-- by rows: a row that does not exist yet locks nothing, and what reads below it would go on beside its birth. It also
-- spares each refresh a write to the rows that it shares with all others.
CREATE FUNCTION take_lock(key text, mode text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF mode = 'update' THEN PERFORM pg_advisory_xact_lock(hashtextextended(key, 0));
  ELSE PERFORM pg_advisory_xact_lock_shared(hashtextextended(key, 0)); END IF;
END $$;

-- The locks of a change in their one order, in one round trip: organizations, app, user, install.
CREATE FUNCTION take_locks(
  organization_ids bigint[], organization_mode text, app bigint, app_mode text, locked_user bigint, user_mode text,
  install_app bigint, install_organization bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE organization bigint;
BEGIN
  FOR organization IN SELECT DISTINCT id FROM unnest(organization_ids) AS id ORDER BY id LOOP
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

-- Inserts the row of an install's change, if that alters answers and there is a live pair, and finds what earlier changes
-- of the install and of all above it have left. A function, so that a connection plans it once: every refresh runs it.
CREATE FUNCTION begin_invalidation_of_install(
  new_change_id bytea, of_app bigint, of_organization bigint, alters_answers boolean
) RETURNS TABLE (is_own boolean, id bigint, change_id bytea, access_hash bytea, stamp_kind text, stamp_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH own AS (
    INSERT INTO pending_invalidations (change_id, access_hash, install_id)
    SELECT new_change_id, tokens.access_hash, tokens.install_id
    FROM installs JOIN tokens ON tokens.install_id = installs.id
    WHERE alters_answers AND installs.app_id = of_app AND installs.organization_id = of_organization
      AND installs.status = 'active' AND tokens.ended_at IS NULL
    RETURNING *
  ), installs_ever AS MATERIALIZED (
    SELECT id, installed_by FROM installs WHERE app_id = of_app AND organization_id = of_organization
  ), outstanding AS (
    SELECT * FROM pending_invalidations WHERE install_id IN (SELECT id FROM installs_ever)
    UNION ALL
    SELECT pending_invalidations.* FROM pending_invalidations JOIN (
      SELECT 'app' AS kind, of_app AS id
      UNION SELECT 'organization', of_organization
      UNION SELECT 'organization', owner_organization_id FROM apps WHERE id = of_app
      UNION SELECT 'user', installed_by FROM installs_ever
    ) AS above ON stamp_kind = above.kind AND stamp_id = above.id
  )
  SELECT true, own.id, own.change_id, own.access_hash, own.stamp_kind, own.stamp_id FROM own
  UNION ALL
  SELECT false, outstanding.id, outstanding.change_id, outstanding.access_hash, outstanding.stamp_kind,
    outstanding.stamp_id FROM outstanding;
END $$;
