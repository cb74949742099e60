-- What the host platform says about organizations, users and who is a member of what. Times are timestamptz.

-- As the host platform says; ids are the platform's. A deleted organization keeps its row, because installs, apps and
-- audit events name it; its subdomain is free for another one.
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
-- Finds a few admins of an organization, however many members it has.
CREATE INDEX memberships_of_admins ON memberships (organization_id, user_id) WHERE role = 'admin';
