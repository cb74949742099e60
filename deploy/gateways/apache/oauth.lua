-- Asks introspection whether a request may pass. Its answer to a refused one goes to the client as it is.

local http = require "socket.http"
local ltn12 = require "ltn12"

local TIMEOUT_S = 6
local IDENTITY = {
  "x-oauth-organization-id", "x-oauth-organization", "x-oauth-client-id", "x-oauth-install-id",
  "x-oauth-actor", "x-oauth-user-id", "x-oauth-scopes",
}
local OF_REFUSAL = { "cache-control", "www-authenticate", "retry-after", "x-content-type-options" }

local function ask(r)
  http.TIMEOUT = TIMEOUT_S
  local environment = r.subprocess_env
  local parts = {}
  local _, status, headers = http.request({
    url = environment["OAUTH_INTROSPECTION"] .. "?scope=" .. (environment["OAUTH_SCOPE"] or ""),
    headers = {
      -- Apache has joined several with a comma.
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
  for _, name in ipairs(OF_REFUSAL) do
    if headers[name] then r.err_headers_out[name] = headers[name] end
  end
  r:puts(body)
  return apache2.DONE
end

-- CGI and WSGI take x_oauth_user_id for x-oauth-user-id.
local function remove_names_with_underscores(r)
  for name in pairs(r:headers_in_table()) do
    if name:find("_", 1, true) then r.headers_in[name] = nil end
  end
end

function authorize(r)
  local ok, status, headers, body = pcall(ask, r)
  -- What is not a number says why nothing was answered.
  if not ok or type(status) ~= "number" then
    r:err("introspection cannot be asked: " .. tostring(status))
    return refuse(r, 503, { ["cache-control"] = "no-store", ["retry-after"] = "1" }, "")
  end
  if status ~= 200 then return refuse(r, status >= 400 and status or 503, headers, body) end
  for _, name in ipairs(IDENTITY) do r.headers_in[name] = headers[name] end
  remove_names_with_underscores(r)
  return apache2.OK
end
