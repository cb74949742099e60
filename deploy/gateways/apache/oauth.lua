-- Authorizes requests with introspection. The client gets the status, body, Content-Type and DENIAL_HEADERS of its denials.

local http = require "socket.http"
local ltn12 = require "ltn12"

-- For connecting, and for each write and read.
local TIMEOUT_S = 6
local IDENTITY = {
  "x-oauth-organization-id", "x-oauth-organization", "x-oauth-client-id", "x-oauth-install-id",
  "x-oauth-actor", "x-oauth-user-id", "x-oauth-scopes",
}
local DENIAL_HEADERS = { "cache-control", "www-authenticate", "retry-after", "x-content-type-options" }

local function introspect(r)
  http.TIMEOUT = TIMEOUT_S
  local environment = r.subprocess_env
  local parts = {}
  local _, status, headers = http.request({
    url = environment["OAUTH_INTROSPECTION"] .. "?scope=" .. (environment["OAUTH_SCOPE"] or ""),
    headers = {
      -- Apache joins several values with a comma.
      authorization = r.headers_in["authorization"],
      ["proxy-authorization"] = environment["OAUTH_SERVICE_TOKEN"],
    },
    redirect = false,
    sink = ltn12.sink.table(parts),
  })
  return status, headers, table.concat(parts)
end

local function refuse(r, status, headers, body)
  r.status = status
  r.content_type = headers["content-type"] or "text/plain"
  for _, name in ipairs(DENIAL_HEADERS) do
    if headers[name] then r.err_headers_out[name] = headers[name] end
  end
  r:puts(body)
  return apache2.DONE
end

-- A CGI or WSGI backend would read a client's x_oauth_user_id as x-oauth-user-id.
local function remove_names_with_underscores(r)
  for name in pairs(r:headers_in_table()) do
    if name:find("_", 1, true) then r.headers_in[name] = nil end
  end
end

function authorize(r)
  local ok, status, headers, body = pcall(introspect, r)
  -- If there was no response, `status` is the error.
  if not ok or type(status) ~= "number" then
    r:err("introspection cannot be reached: " .. tostring(status))
    return refuse(r, 503, { ["cache-control"] = "no-store", ["retry-after"] = "1" }, "")
  end
  if status ~= 200 then return refuse(r, status >= 400 and status or 503, headers, body) end
  for _, name in ipairs(IDENTITY) do r.headers_in[name] = headers[name] end
  remove_names_with_underscores(r)
  return apache2.OK
end
