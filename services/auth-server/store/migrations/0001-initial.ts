import { type Kysely, sql } from 'kysely';

/** Everything that the authorization code grant needs. Times are timestamptz; hashes are 32 bytes of SHA-256. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- As the host platform says; ids are the platform's.
    CREATE TABLE organizations (
      id bigint PRIMARY KEY CHECK (id > 0),
      subdomain text NOT NULL UNIQUE CHECK (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
      name text NOT NULL,
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );

    -- A deleted user keeps its row, because installs and audit events name it; its personal data is emptied.
    CREATE TABLE users (
      id bigint PRIMARY KEY CHECK (id BETWEEN 1 AND 999999999999),
      name text NOT NULL,
      email text NOT NULL,
      profile_picture text NOT NULL,
      deleted_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE memberships (
      organization_id bigint NOT NULL REFERENCES organizations,
      user_id bigint NOT NULL REFERENCES users,
      role text NOT NULL CHECK (role IN ('admin', 'manager', 'csm', 'member', 'collaborator')),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (organization_id, user_id)
    );
    CREATE INDEX memberships_by_user ON memberships (user_id);

    -- Bots are users that no platform made: their ids start above the platform's range.
    CREATE SEQUENCE bot_user_ids START 1000000000000;

    CREATE TABLE apps (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      client_id text NOT NULL UNIQUE,
      owner_organization_id bigint NOT NULL REFERENCES organizations,
      bot_user_id bigint NOT NULL UNIQUE DEFAULT nextval('bot_user_ids'),
      name text NOT NULL,
      redirect_uris text[] NOT NULL,
      allowed_actor_modes text[] NOT NULL CHECK (allowed_actor_modes <@ ARRAY['app', 'self']),
      declared_scopes text[] NOT NULL,
      webhook_url text,
      subscribed_webhook_events text[] NOT NULL,
      require_pkce boolean NOT NULL,
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      deleted_at timestamptz
    );
    CREATE INDEX apps_by_owner ON apps (owner_organization_id, id DESC) WHERE deleted_at IS NULL;

    -- During a rotation with overlap two rows authenticate; the current one never expires.
    CREATE TABLE app_secrets (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      app_id bigint NOT NULL REFERENCES apps,
      secret_hash bytea NOT NULL UNIQUE,
      hint text NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz
    );
    CREATE INDEX app_secrets_by_app ON app_secrets (app_id, id DESC);

    CREATE TABLE authorization_codes (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      code_hash bytea NOT NULL UNIQUE,
      app_id bigint NOT NULL REFERENCES apps,
      organization_id bigint NOT NULL REFERENCES organizations,
      user_id bigint NOT NULL REFERENCES users,
      redirect_uri text NOT NULL,
      actor_mode text NOT NULL CHECK (actor_mode IN ('app', 'self')),
      scopes text[] NOT NULL,
      webhook_events text[] NOT NULL,
      code_challenge text,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      consumed_at timestamptz,
      voided_at timestamptz
    );
    -- One outstanding code for each app and organization: a new consent replaces the old one.
    CREATE UNIQUE INDEX authorization_codes_outstanding ON authorization_codes (app_id, organization_id)
      WHERE consumed_at IS NULL AND voided_at IS NULL;
    CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
    CREATE INDEX authorization_codes_by_user ON authorization_codes (user_id)
      WHERE consumed_at IS NULL AND voided_at IS NULL;

    CREATE TABLE installs (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      app_id bigint NOT NULL REFERENCES apps,
      organization_id bigint NOT NULL REFERENCES organizations,
      -- Who consented last. The tokens act as this user ('self') or as the app's bot ('app').
      installed_by bigint NOT NULL REFERENCES users,
      actor_mode text NOT NULL CHECK (actor_mode IN ('app', 'self')),
      granted_scopes text[] NOT NULL,
      granted_webhook_events text[] NOT NULL,
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
      installed_at timestamptz NOT NULL,
      ended_at timestamptz,
      end_reason text,
      last_used_at timestamptz,
      CHECK ((status = 'active') = (ended_at IS NULL))
    )
    -- Room on each page for the next last_used_at: a row that moves to another page is written into every index anew.
    WITH (fillfactor = 85);
    CREATE UNIQUE INDEX installs_live ON installs (app_id, organization_id) WHERE status = 'active';
    CREATE INDEX installs_by_organization ON installs (organization_id, id DESC);
    CREATE INDEX installs_by_user ON installs (installed_by, organization_id) WHERE status = 'active';

    -- One row for each pair ever issued; dead ones stay for a while, so that reuse can be told from junk.
    CREATE TABLE tokens (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      install_id uuid NOT NULL REFERENCES installs,
      -- The code that began this line of pairs; a replay of it kills whatever pair is the line's last.
      code_id bigint NOT NULL,
      access_hash bytea NOT NULL UNIQUE,
      refresh_hash bytea NOT NULL UNIQUE,
      issued_at timestamptz NOT NULL,
      access_expires_at timestamptz NOT NULL,
      access_revoked_at timestamptz,
      -- Successful refreshes of the install in the current minute; each pair has them from the one before it.
      window_started_at timestamptz NOT NULL DEFAULT now(),
      window_refreshes integer NOT NULL DEFAULT 0,
      ended_at timestamptz,
      end_reason text,
      CHECK ((ended_at IS NULL) = (end_reason IS NULL))
    );
    CREATE UNIQUE INDEX tokens_live ON tokens (install_id) WHERE ended_at IS NULL;
    CREATE INDEX tokens_ended ON tokens (ended_at) WHERE ended_at IS NOT NULL;

    -- Cache entries that a committed change still has to drop. Written with the change, gone once the drop has landed.
    CREATE TABLE pending_drops (
      change_id bytea NOT NULL,
      access_hash bytea NOT NULL,
      install_id uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (change_id, access_hash)
    );
    CREATE INDEX pending_drops_by_install ON pending_drops (install_id);
    CREATE INDEX pending_drops_by_age ON pending_drops (created_at);

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

    -- Append only. Holds no secret. A partition for each month, so that the past can be dropped as a whole; months are UTC's.
    CREATE TABLE audit_events (
      id bigint GENERATED ALWAYS AS IDENTITY,
      occurred_at timestamptz NOT NULL,
      action text NOT NULL,
      performed_by text NOT NULL,
      organization_id bigint,
      client_id text,
      install_id uuid,
      details jsonb NOT NULL,
      ip_address text NOT NULL,
      request_id text NOT NULL,
      PRIMARY KEY (id, occurred_at)
    ) PARTITION BY RANGE (occurred_at);
    CREATE INDEX audit_events_by_organization ON audit_events (organization_id, id DESC);
    CREATE INDEX audit_events_by_client ON audit_events (client_id, id DESC);
    CREATE INDEX audit_events_by_install ON audit_events (install_id, id DESC);
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'audit_events is append only'; END $$;
    -- Each partition gets this one by itself, but not one for TRUNCATE.
    CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
      FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events EXECUTE FUNCTION refuse_change();

    -- ATTACH, unlike PARTITION OF, does not wait for those who write to the other partitions, nor do they wait for it.
    CREATE FUNCTION attach_audit_partition(partition text, bounds text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_events)', partition);
      EXECUTE format('CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON public.%I
        EXECUTE FUNCTION public.refuse_change()', partition);
      EXECUTE format('ALTER TABLE public.audit_events ATTACH PARTITION public.%I %s', partition, bounds);
    END $$;
    CREATE FUNCTION attach_audit_month(month timestamptz) RETURNS void LANGUAGE plpgsql SET timezone = 'UTC' AS $$
    DECLARE partition text := to_char(month, '"audit_events_"YYYY_MM');
    BEGIN
      IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
      PERFORM public.attach_audit_partition(
        partition, format('FOR VALUES FROM (%L) TO (%L)', month, month + interval '1 month'));
    END $$;
    -- For months that have no partition, so that an insert never fails.
    SELECT attach_audit_partition('audit_events_default', 'DEFAULT');

    -- Makes the partitions of this month and the next two, and of earlier months whose events lie in the default partition.
    -- Postgres makes no partition while the default one has rows of it, so all those rows are inserted anew.
    CREATE FUNCTION extend_audit_events(_now timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
      first_month timestamptz := date_trunc('month', _now);
      until timestamptz := first_month + interval '3 months';
      has_strays boolean := EXISTS (SELECT FROM audit_events_default WHERE occurred_at < until);
      month timestamptz;
    BEGIN
      IF has_strays THEN
        ALTER TABLE audit_events DETACH PARTITION audit_events_default;
        ALTER TABLE audit_events_default RENAME TO audit_events_strays;
        PERFORM attach_audit_partition('audit_events_default', 'DEFAULT');
        FOR month IN SELECT DISTINCT date_trunc('month', occurred_at) FROM audit_events_strays WHERE occurred_at < until LOOP
          PERFORM attach_audit_month(month);
        END LOOP;
      END IF;
      FOR month IN SELECT generate_series(first_month, until - interval '1 month', interval '1 month') LOOP
        PERFORM attach_audit_month(month);
      END LOOP;
      IF has_strays THEN
        INSERT INTO audit_events OVERRIDING SYSTEM VALUE SELECT * FROM audit_events_strays;
        DROP TABLE audit_events_strays;
      END IF;
    END $$;
    SELECT extend_audit_events(now());

    -- Drops the partitions of the months before that of _month; returns how many rows they had, by Postgres' statistics.
    CREATE FUNCTION drop_audit_events_before(_month timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE partition record; removed bigint := 0;
    BEGIN
      FOR partition IN
        SELECT relname, greatest(reltuples, 0)::bigint AS rows FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'audit_events'::regclass AND relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$'
          AND relname < to_char(_month, '"audit_events_"YYYY_MM')
      LOOP
        EXECUTE format('DROP TABLE %I', partition.relname);
        removed := removed + partition.rows;
      END LOOP;
      RETURN removed;
    END $$;
  `.execute(db);
}
