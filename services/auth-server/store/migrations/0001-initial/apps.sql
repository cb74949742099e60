-- Apps, codes, installs and tokens. Hashes are SHA-256, 32 bytes.

-- Bots are users that the host platform does not know. Their ids start above the platform's range.
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
  description text,
  homepage_url text,
  privacy_policy_url text,
  terms_url text,
  support_address text,
  initiate_login_uri text,
  verification text NOT NULL DEFAULT 'not_reviewed' CHECK (verification IN ('not_reviewed', 'verified')),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX apps_by_owner ON apps (owner_organization_id, id DESC) WHERE deleted_at IS NULL;

-- Logos as the server has encoded them: PNG of 256 x 256 pixels. Of the image that was uploaded, only the hash is kept.
CREATE TABLE app_logos (
  app_id bigint PRIMARY KEY REFERENCES apps,
  sha256 bytea NOT NULL,
  source_sha256 bytea NOT NULL,
  png bytea NOT NULL
);
CREATE INDEX app_logos_by_hash ON app_logos (sha256);

-- Several secrets can be valid after a rotation with overlap. The current one never expires.
CREATE TABLE app_secrets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  app_id bigint NOT NULL REFERENCES apps,
  secret_hash bytea NOT NULL UNIQUE,
  -- The last four characters of the secret.
  hint text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
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
-- One outstanding code per app and organization: a new consent replaces it.
CREATE UNIQUE INDEX authorization_codes_outstanding ON authorization_codes (app_id, organization_id)
  WHERE consumed_at IS NULL AND voided_at IS NULL;
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
-- With these indexes, voiding outstanding codes does not read the many that expired unused.
CREATE INDEX authorization_codes_open_by_app ON authorization_codes (app_id, expires_at)
  WHERE consumed_at IS NULL AND voided_at IS NULL;
CREATE INDEX authorization_codes_open_by_organization ON authorization_codes (organization_id, expires_at)
  WHERE consumed_at IS NULL AND voided_at IS NULL;
CREATE INDEX authorization_codes_open_by_user ON authorization_codes (user_id, expires_at)
  WHERE consumed_at IS NULL AND voided_at IS NULL;

CREATE TABLE installs (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  app_id bigint NOT NULL REFERENCES apps,
  organization_id bigint NOT NULL REFERENCES organizations,
  -- The user who consented last. Tokens act as this user ('self') or as the app's bot ('app').
  installed_by bigint NOT NULL REFERENCES users,
  actor_mode text NOT NULL CHECK (actor_mode IN ('app', 'self')),
  granted_scopes text[] NOT NULL,
  granted_webhook_events text[] NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
  -- The time of the last grant. That of the first one is in the id.
  installed_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text,
  CHECK ((status = 'active') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX installs_live ON installs (app_id, organization_id) WHERE status = 'active';
CREATE INDEX installs_by_organization ON installs (organization_id, id DESC);
-- Includes ended installs: for lists, and for the pages of the app update job.
CREATE INDEX installs_by_app ON installs (app_id, id DESC);
CREATE INDEX installs_by_installing_user ON installs (installed_by, organization_id);

-- When tokens of an install were last looked up. A separate table with few columns and one index, because every install in use
-- is written each minute. Half of each page is free, so that the new version of a row fits on its page. No foreign key, because
-- its check would lock the row of the install.
CREATE TABLE install_usage (
  install_id uuid PRIMARY KEY,
  last_used_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- One row per issued pair of tokens. Ended pairs are kept for the retention time, so that their reuse is detected.
CREATE TABLE tokens (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  install_id uuid NOT NULL REFERENCES installs,
  -- The code that was exchanged for the first pair of this chain of refreshes. A replay of the code ends the live pair.
  code_id bigint NOT NULL,
  access_hash bytea NOT NULL,
  refresh_hash bytea NOT NULL UNIQUE,
  issued_at timestamptz NOT NULL,
  access_expires_at timestamptz NOT NULL,
  access_revoked_at timestamptz,
  -- When the minute began in which refreshes of the install are counted, and how many there were when this pair was issued
  -- (refresh-limit.ts).
  window_started_at timestamptz NOT NULL DEFAULT now(),
  window_refreshes integer NOT NULL DEFAULT 0,
  ended_at timestamptz,
  end_reason text,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  -- Unique through a hash index, in which a lookup of a random hash takes 1.5 µs less than in a B-tree.
  EXCLUDE USING hash (access_hash WITH =)
);
CREATE UNIQUE INDEX tokens_live ON tokens (install_id) WHERE ended_at IS NULL;
CREATE INDEX tokens_ended ON tokens (ended_at) WHERE ended_at IS NOT NULL;
