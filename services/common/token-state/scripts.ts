/**
 * The atomic steps of the protocol (docs/caching.md). All start with `#!lua` without `no-writes`, so a read-only replica rejects
 * them even if they do not write. All except LEARN and END_OTHER_GENERATION first check that the server and the generation are
 * still those of the connection.
 * KEYS[1] is the key of the generation's record, ARGV[1] the record; the comments on the scripts list the others.
 */

/** For scripts that write a few bytes only: invalidation must work when Redis is full. */
const ALLOW_OOM = '#!lua flags=allow-oom\n';

/** A replica with `replica-read-only no` would run scripts. */
const REQUIRE_PRIMARY = `
local replication = redis.call('INFO', 'replication')
if not string.find(replication, 'role:master', 1, true) then return redis.error_reply('READONLY this is a replica') end
`;

/**
 * The replication id, the last word of the record, changes when a server is promoted or gets its first replica, even during a
 * connection. The run id cannot change during a connection.
 */
const REQUIRE_GENERATION = `${REQUIRE_PRIMARY}
if redis.call('GET', KEYS[1]) ~= ARGV[1]
  or not string.find(replication, 'master_replid:' .. string.sub(ARGV[1], -40), 1, true) then
  return redis.error_reply('GENERATION has changed since this connection read it')
end
`;

/** ARGV[1]: a new generation, not a record. Returns the record, after replacing a missing one or that of another server. */
export const LEARN = `${ALLOW_OOM}${REQUIRE_PRIMARY}
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local replication_id = string.match(replication, 'master_replid:(%x+)')
local identity = ' ' .. run_id .. ' ' .. replication_id
local record = redis.call('GET', KEYS[1])
if not record or string.sub(record, -#identity) ~= identity then
  record = ARGV[1] .. identity
  redis.call('SET', KEYS[1], record)
end
return record`;

/**
 * Deletes the record. Fails if the record is gone: this server may be the previous primary of a failover, on which a process that
 * already uses the new primary has deleted the record (docs/adr/0023). The generation of the new primary has not ended then.
 */
export const END_GENERATION = `${ALLOW_OOM}${REQUIRE_GENERATION}
return redis.call('DEL', KEYS[1])`;

/**
 * ARGV[1]: the record of the primary that the caller uses. Deletes the record of the server that runs this script, unless it is
 * that primary.
 */
export const END_OTHER_GENERATION = `${ALLOW_OOM}
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if string.find(ARGV[1], run_id, 1, true) then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Sent after reads, to validate what they returned. */
export const GUARD = `${ALLOW_OOM}${REQUIRE_GENERATION}
return 1`;

/**
 * KEYS: entries. ARGV: for each the claim to replace (the first 9 bytes of a state or a lease, entry.ts), the new state and its
 * TTL in ms. Replaces entries that still have their claim and returns their number, not counting empty states, which release a
 * lease. A full Redis rejects this: then nothing is cached.
 */
export const FILL = `#!lua
${REQUIRE_GENERATION}
local filled = 0
for index = 2, #KEYS do
  local at = 3 * index - 4
  if redis.call('GETRANGE', KEYS[index], 0, 8) == ARGV[at] then
    redis.call('SET', KEYS[index], ARGV[at + 1], 'PX', ARGV[at + 2])
    if ARGV[at + 1] ~= '' then filled = filled + 1 end
  end
end
return filled`;

/**
 * KEYS: stamps. ARGV: an id for missing stamps, TTL in ms. Creates missing stamps, extends those with less than half of the TTL
 * left, and returns the values, which may be fences.
 */
export const READ_STAMPS = `${ALLOW_OOM}${REQUIRE_GENERATION}
local values = {}
for index = 2, #KEYS do
  local value = redis.call('GET', KEYS[index])
  if not value then
    value = 'P' .. ARGV[2]
    redis.call('SET', KEYS[index], value, 'PX', ARGV[3])
  elseif string.sub(value, 1, 1) == 'P' and redis.call('PTTL', KEYS[index]) < ARGV[3] / 2 then
    redis.call('PEXPIRE', KEYS[index], ARGV[3])
  end
  values[index - 1] = value
end
return values`;

/**
 * KEYS: entries and stamps. ARGV: change id, TTL in ms. Sets a fence, or adds the change to an existing one: changes may
 * overlap on a key, and none may remove the fence of another (docs/adr/0001). Expired changes are removed; otherwise a
 * crashed one would stay on a key that is fenced repeatedly.
 */
export const FENCE = `${ALLOW_OOM}${REQUIRE_GENERATION}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local change = ARGV[2] .. string.format('%013d', now + ARGV[3])
for index = 2, #KEYS do
  local value = redis.call('GET', KEYS[index])
  local fence = 'F'
  if value and string.sub(value, 1, 1) == 'F' then
    for at = 2, #value, 21 do
      if tonumber(string.sub(value, at + 8, at + 20)) > now then fence = fence .. string.sub(value, at, at + 20) end
    end
  end
  redis.call('SET', KEYS[index], fence .. change, 'PX', ARGV[3])
end
return 1`;

/** KEYS: entries and stamps. ARGV: change id. Deletes states, leases, stamps and the fence of this change. */
export const DROP = `${ALLOW_OOM}${REQUIRE_GENERATION}
for index = 2, #KEYS do
  local value = redis.call('GET', KEYS[index])
  local others = ''
  if value and string.sub(value, 1, 1) == 'F' then
    for at = 2, #value, 21 do
      if string.sub(value, at, at + 7) ~= ARGV[2] then others = others .. string.sub(value, at, at + 20) end
    end
  end
  if others == '' then redis.call('DEL', KEYS[index])
  else redis.call('SET', KEYS[index], 'F' .. others, 'KEEPTTL') end
end
return 1`;
