-- Failed requests of apps to the endpoints that they call with their client credentials, for the developers of these apps.
-- Equal failures within a minute are one row.
CREATE TABLE failed_requests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  app_id bigint NOT NULL REFERENCES apps,
  minute timestamptz NOT NULL,
  endpoint text NOT NULL,
  -- Empty at endpoints other than the token endpoint, and for an unknown grant type.
  grant_type text NOT NULL,
  -- The response: `error` and `error_description` (RFC 6749 section 5.2).
  error text NOT NULL,
  error_description text NOT NULL,
  -- The organization of the code or token that was sent; null if it is not known.
  organization_id bigint REFERENCES organizations,
  count integer NOT NULL,
  last_failed_at timestamptz NOT NULL,
  last_request_id text NOT NULL,
  UNIQUE NULLS NOT DISTINCT (app_id, minute, endpoint, grant_type, error, error_description, organization_id)
);
CREATE INDEX failed_requests_by_app ON failed_requests (app_id, id DESC);
CREATE INDEX failed_requests_by_minute ON failed_requests (minute);
