-- Hooks, events and deliveries.

-- One hook per install, and one per app (install_id is null) for lifecycle and test events. URL and events are columns of the
-- app and the install, so a hook is always consistent with them and ends with its install.
--
-- Signing secrets are not stored: each is derived from a nonce here and a configured key.
CREATE TABLE webhook_hooks (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  app_id bigint NOT NULL REFERENCES apps,
  install_id uuid REFERENCES installs,
  disabled_at timestamptz,
  secret_nonce bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
  secret_created_at timestamptz NOT NULL,
  -- Of the secret before the last rotation, which also signs until it expires.
  previous_nonce bytea,
  previous_expires_at timestamptz,
  CHECK ((previous_nonce IS NULL) = (previous_expires_at IS NULL))
);
CREATE UNIQUE INDEX webhook_hooks_of_install ON webhook_hooks (install_id) WHERE install_id IS NOT NULL;
CREATE UNIQUE INDEX webhook_hooks_of_app ON webhook_hooks (app_id) WHERE install_id IS NULL;
CREATE INDEX webhook_hooks_by_app ON webhook_hooks (app_id, id DESC);

-- Triggers, so that no statement can insert an app or an install without its hook.
CREATE FUNCTION provision_app_hook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhook_hooks (app_id, secret_created_at) VALUES (NEW.id, NEW.created_at);
  RETURN NULL;
END $$;
CREATE TRIGGER apps_hook AFTER INSERT ON apps FOR EACH ROW EXECUTE FUNCTION provision_app_hook();
CREATE FUNCTION provision_install_hook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhook_hooks (app_id, install_id, secret_created_at) VALUES (NEW.app_id, NEW.id, NEW.installed_at);
  RETURN NULL;
END $$;
CREATE TRIGGER installs_hook AFTER INSERT ON installs FOR EACH ROW EXECUTE FUNCTION provision_install_hook();

-- Events of the host platform, and lifecycle and test events of this service.
CREATE TABLE webhook_events (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  organization_id bigint NOT NULL REFERENCES organizations,
  type text NOT NULL,
  -- Sent unchanged at each attempt.
  body text NOT NULL,
  -- Null for lifecycle events, which are inserted in the transaction of the change, and for test events.
  idempotency_key text,
  -- SHA-256 of the published content, to distinguish a repeat from another event with the same key.
  digest bytea,
  created_at timestamptz NOT NULL,
  CHECK ((idempotency_key IS NULL) = (digest IS NULL))
);
CREATE UNIQUE INDEX webhook_events_once ON webhook_events (organization_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);

-- The delivery of an event to a hook. The table is also the queue (docs/adr/0006).
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  event_id uuid NOT NULL REFERENCES webhook_events,
  hook_id uuid NOT NULL REFERENCES webhook_hooks,
  app_id bigint NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
  -- Failed attempts since the delivery was created or last replayed.
  failures smallint NOT NULL DEFAULT 0,
  -- When a server may claim it: the time of the next attempt or, while it is claimed, the end of the lease.
  next_attempt_at timestamptz,
  created_at timestamptz NOT NULL,
  CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (event_id, hook_id);
CREATE INDEX webhook_deliveries_by_app ON webhook_deliveries (app_id, id DESC);
CREATE INDEX webhook_deliveries_by_hook ON webhook_deliveries (hook_id, id DESC);
-- The only index of pending deliveries: with a second one, outdated statistics lead claim_deliveries to a bad plan.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (app_id, next_attempt_at) WHERE status = 'pending';

-- Append only. Deleted with the delivery.
CREATE TABLE webhook_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  -- Null if there was no response; then error says why.
  http_status integer,
  error text,
  -- The start of the response body, at most 1 KiB.
  response_excerpt text NOT NULL,
  CHECK ((http_status IS NULL) = (error IS NOT NULL))
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);
