/**
 * The three atomic steps of the protocol, each on the entries that KEYS names.
 * Ids are 8 bytes; see entry.ts for the layout.
 */

/** ARGV: claim, new state, life in ms. Replaces the entry only while the claim still stands; 1 if it did. */
export const FILL = `
local entry = redis.call('GETRANGE', KEYS[1], 0, 8)
if entry ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/**
 * ARGV: change id, life in ms. Puts a fence, or adds the change to the one that stands: changes of different things
 * (a role, an app, an install) may overlap on one token, and none may take away another's fence.
 */
export const FENCE = `
for _, key in ipairs(KEYS) do
  local entry = redis.call('GET', key)
  local fence = 'F'
  if entry and string.sub(entry, 1, 1) == 'F' then fence = entry end
  redis.call('SET', key, fence .. ARGV[1], 'PX', ARGV[2])
end
return #KEYS`;

/** ARGV: change id. Deletes states, leases and the fence of this change; fences of other changes stay. */
export const DROP = `
for _, key in ipairs(KEYS) do
  local entry = redis.call('GET', key)
  if entry then
    local others = ''
    if string.sub(entry, 1, 1) == 'F' then
      for at = 2, #entry, 8 do
        local id = string.sub(entry, at, at + 7)
        if id ~= ARGV[1] then others = others .. id end
      end
    end
    if others == '' then redis.call('DEL', key)
    else redis.call('SET', key, 'F' .. others, 'KEEPTTL') end
  end
end
return #KEYS`;
