-- Organizations, users and memberships of the host platform.

-- Organizations have the ids of the host platform; sandboxes have larger ones. A deleted organization keeps its row, because
-- installs, apps and audit events reference it. Another organization can use its subdomain.
CREATE TABLE organizations (
  id bigint PRIMARY KEY CHECK (id > 0),
  subdomain text NOT NULL CHECK (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX organizations_by_subdomain ON organizations (subdomain) WHERE deleted_at IS NULL;

-- The organization whose members are the members of an organization: for a sandbox, the organization that owns it
-- (domain/directory/sandbox.ts); otherwise the organization itself.
CREATE FUNCTION member_organization(organization_id bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE
    WHEN organization_id > 999999999999 THEN organization_id - 1000000000000
    ELSE organization_id
  END
$$;
-- Finds the organizations of a user.
CREATE INDEX organizations_by_members ON organizations (member_organization(id));

-- The row of a deleted user is kept, because installs and audit events reference it. Its personal data is erased.
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
-- Finds a few admins of an organization with many members.
CREATE INDEX memberships_of_admins ON memberships (organization_id, user_id) WHERE role = 'admin';
