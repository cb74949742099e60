-- Authorizes requests with introspection. Its responses to denied requests are sent to the client unchanged.

local endpoint = "http://" .. os.getenv("INTROSPECTION") .. "/authz/forward"
-- Required unless introspection only listens on loopback: "Bearer <service token of kind gateway>".
local service_token = os.getenv("OAUTH_SERVICE_TOKEN")

-- Of one attempt. HAProxy 2.6 makes up to four if introspection does not respond in time.
local TIMEOUT_MS = 2000
local IDENTITY = {
  "x-oauth-organization-id", "x-oauth-organization", "x-oauth-client-id", "x-oauth-install-id",
  "x-oauth-actor", "x-oauth-user-id", "x-oauth-scopes",
}
local DENIAL_HEADERS = { "content-type", "cache-control", "www-authenticate", "x-content-type-options" }

local function values_of(headers, name)
  local values = {}
  for _, value in pairs(headers[name] or {}) do values[#values + 1] = value end
  return values
end

local function introspect(txn)
  local scope = txn:get_var("txn.oauth_scope") or ""
  local headers = { authorization = values_of(txn.http:req_get_headers(), "authorization") }
  if service_token then headers["proxy-authorization"] = { service_token } end
  return core.httpclient():get({
    url = endpoint .. "?scope=" .. scope:gsub(" ", "+"),
    headers = headers,
    timeout = TIMEOUT_MS,
  })
end

local function pass_on(txn, response)
  local reply = txn:reply({ status = response.status })
  for _, name in ipairs(DENIAL_HEADERS) do
    for _, value in ipairs(values_of(response.headers, name)) do reply:add_header(name, value) end
  end
  reply:set_body(response.body)
  txn:done(reply)
end

core.register_action("oauth", { "http-req" }, function(txn)
  local response = introspect(txn)
  local status = response and response.status or 0
  if status >= 400 and status < 500 then return pass_on(txn, response) end
  -- Undecided: a 5xx, from introspection or, if that cannot be reached, from HAProxy itself; or 0 if a response was cut off.
  if status ~= 200 then return end
  for _, name in ipairs(IDENTITY) do
    txn.http:req_del_header(name)
    for _, value in ipairs(values_of(response.headers, name)) do txn.http:req_add_header(name, value) end
  end
  txn:set_var("txn.oauth_allowed", true)
end)
