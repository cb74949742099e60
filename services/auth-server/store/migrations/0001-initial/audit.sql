-- Append only, without credentials. One partition per month (UTC), so that old months can be dropped.
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
-- For the activity of an install, which needs only these few of an app's many events.
CREATE INDEX audit_events_of_apps ON audit_events (client_id, id DESC)
  WHERE action IN ('app.changed', 'app.suspended', 'app.resumed', 'app.deleted');
CREATE INDEX audit_events_of_consents ON audit_events (client_id, organization_id, id DESC)
  WHERE action = 'consent.approved';
-- For the explanation of a token, which needs only the newest of these few of an organization's many events.
CREATE INDEX audit_events_of_directory ON audit_events (action, organization_id, id DESC)
  WHERE action IN ('organization.put', 'organization.suspended', 'organization.deleted', 'membership.deleted', 'user.deleted');
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'audit_events is append only'; END $$;
-- Partitions inherit this trigger, but not the one for TRUNCATE.
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events EXECUTE FUNCTION refuse_change();

-- ATTACH waits for and blocks all readers, and the writers of the default partition. PARTITION OF would do so for all writers.
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
-- The default partition takes events of months without a partition, so that an insert never fails.
SELECT attach_audit_partition('audit_events_default', 'DEFAULT');

-- Creates the partitions of this month and the next two, and of earlier months with events in the default partition.
-- Postgres rejects a partition while the default one has rows for it, so the default one is detached first, and its rows are
-- inserted again.
CREATE FUNCTION extend_audit_events(_now timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  first_month timestamptz := date_trunc('month', _now);
  until timestamptz := first_month + interval '3 months';
  has_events_to_move boolean := EXISTS (SELECT FROM audit_events_default WHERE occurred_at < until);
  month timestamptz;
BEGIN
  IF has_events_to_move THEN
    ALTER TABLE audit_events DETACH PARTITION audit_events_default;
    ALTER TABLE audit_events_default RENAME TO audit_events_to_move;
    PERFORM attach_audit_partition('audit_events_default', 'DEFAULT');
    FOR month IN SELECT DISTINCT date_trunc('month', occurred_at) FROM audit_events_to_move WHERE occurred_at < until LOOP
      PERFORM attach_audit_month(month);
    END LOOP;
  END IF;
  FOR month IN SELECT generate_series(first_month, until - interval '1 month', interval '1 month') LOOP
    PERFORM attach_audit_month(month);
  END LOOP;
  IF has_events_to_move THEN
    INSERT INTO audit_events OVERRIDING SYSTEM VALUE SELECT * FROM audit_events_to_move;
    DROP TABLE audit_events_to_move;
  END IF;
END $$;
SELECT extend_audit_events(now());

-- Drops the partitions of the months before _month; returns how many rows they had, estimated by the statistics.
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
