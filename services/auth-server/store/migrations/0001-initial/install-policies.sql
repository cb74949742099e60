-- The apps and scopes that admins of organizations permit. Without a row everything is permitted (domain/install-policy).
CREATE TABLE install_policies (
  organization_id bigint PRIMARY KEY REFERENCES organizations,
  members_may_request boolean NOT NULL,
  only_verified_apps boolean NOT NULL,
  -- Client ids. Deleted apps remain in the list: if it became empty, every app would be permitted.
  allowed_apps text[] NOT NULL,
  blocked_apps text[] NOT NULL,
  -- Empty: any scope.
  permitted_scopes text[] NOT NULL,
  updated_at timestamptz NOT NULL
);
