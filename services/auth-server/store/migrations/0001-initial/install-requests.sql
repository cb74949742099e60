-- Requests of members to the admins of their organization to install an app. One row for each app, organization and member: a
-- new request replaces the previous one and gets a new id. An open request past expires_at has expired.
CREATE TABLE install_requests (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  organization_id bigint NOT NULL REFERENCES organizations,
  app_id bigint NOT NULL REFERENCES apps,
  requested_by bigint NOT NULL REFERENCES users,
  actor_mode text NOT NULL CHECK (actor_mode IN ('app', 'self')),
  scopes text[] NOT NULL,
  note text NOT NULL,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'approved', 'dismissed')),
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_at timestamptz,
  decided_by bigint REFERENCES users,
  dismissal_reason text,
  CHECK ((status = 'open') = (decided_at IS NULL)),
  CHECK ((status = 'dismissed') = (dismissal_reason IS NOT NULL))
);
CREATE UNIQUE INDEX install_requests_of_member ON install_requests (organization_id, app_id, requested_by);
CREATE INDEX install_requests_open ON install_requests (organization_id, requested_at) WHERE status = 'open';
CREATE INDEX install_requests_by_user ON install_requests (requested_by);
CREATE INDEX install_requests_by_expiry ON install_requests (expires_at);
