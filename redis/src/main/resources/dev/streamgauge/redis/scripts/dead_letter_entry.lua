#!lua flags=allow-oom
--[[
Moves an entry that can never be folded to the dead letters, acknowledges it, and moves the counters.

KEYS[1] the partition's stream
KEYS[2] the partition's totals
KEYS[3] the partition's dead letters
KEYS[4] the totals of the entry's tenant; this key and the next are missing if the tenant is unknown
KEYS[5] the dead letters of the entry's tenant
ARGV[1] consumer group
ARGV[2] consumer that holds the entry
ARGV[3] id of the entry
ARGV[4] number of its samples; 0 if unknown
ARGV[5] reason
ARGV[6] message
ARGV[7] tenant; empty if unknown
ARGV[8] names of its metrics, with commas, as far as they are known
ARGV[9] most dead letters of the partition to keep
ARGV[10] most dead letters of the tenant to keep

Returns {'DEAD_LETTERED'}, {'LOST'} if the entry was deleted from outside (it is acknowledged, and counted as lost),
{'STALE'} if it is not pending for this consumer, or {'BROKEN', message}. STALE and BROKEN have changed nothing.

Atomic, because the dead letters, the counters and the acknowledgement must change together.
]]
local stream, partition_totals, dead, tenant_totals, tenant_dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group, consumer, id = ARGV[1], ARGV[2], ARGV[3]
local samples, reason, description = tonumber(ARGV[4]), ARGV[5], ARGV[6]
local tenant, metrics = ARGV[7], ARGV[8]
local max_dead, max_tenant_dead = ARGV[9], ARGV[10]

-- @include lib/entry.lua
-- @include lib/estimated_bytes.lua
-- @include lib/payload_of.lua
-- @include lib/read_number.lua
-- @include lib/reply.lua
-- @include lib/whole.lua

-- XADD fails on a stream with an entry of this id.
local GREATEST_ID = '18446744073709551615-18446744073709551615'

-- The payload; for an entry without one, the value of its first field, so that the dead letter shows what was appended.
local function shown(fields)
  return payload_of(fields) or fields[2]
end

-- Check.
local pending = redis.pcall('XPENDING', stream, group, id, id, 1, consumer)
if failed(pending) then
  return {'BROKEN', stream .. ': ' .. pending.err}
end
if #pending == 0 then
  return {'STALE'}
end
for _, key in ipairs({dead, tenant_dead}) do
  local greatest = redis.pcall('XRANGE', key, GREATEST_ID, GREATEST_ID)
  if failed(greatest) then
    return {'BROKEN', key .. ': ' .. greatest.err}
  end
  if #greatest > 0 then
    return {'BROKEN', key .. ': no greater id is left'}
  end
end
local changes = {}
local function plan(key, field, by, least)
  local number, message = read_number(key, field)
  if not number then
    return key .. ': ' .. message
  end
  changes[#changes + 1] = {key, field, whole(math.max(least or -math.huge, number + by))}
  return nil
end

local found = redis.call('XRANGE', stream, id, id)
local message
if #found == 0 then
  message = plan(partition_totals, 'lost', 1)
else
  message = plan(partition_totals, 'dead', samples) or plan(partition_totals, 'pending', -samples)
    or plan(partition_totals, 'buried', 1)
  if not message and tenant_totals then
    message = plan(tenant_totals, 'dead', samples) or plan(tenant_totals, 'pending', -samples)
      or plan(tenant_totals, 'backlog', -1)
      or plan(tenant_totals, 'backlog_bytes', -#shown(found[1][2]) - ENTRY_BYTES, 0)
  end
end
if message then
  return {'BROKEN', message}
end

-- Write: nothing below can fail.
if #found > 0 then
  local letter = {'id', id, 'reason', reason, 'message', description}
  if tenant_dead then
    redis.call('XADD', tenant_dead, 'MAXLEN', max_tenant_dead, '*', 'id', id, 'reason', reason,
      'message', description, 'samples', whole(samples), 'metrics', metrics)
    redis.call('PERSIST', tenant_dead) -- or it would go with those of before the tenant was removed; see end_sweep.lua
    for _, word in ipairs({'tenant', tenant, 'samples', whole(samples)}) do
      letter[#letter + 1] = word
    end
  end
  letter[#letter + 1] = PAYLOAD_FIELD
  letter[#letter + 1] = shown(found[1][2])
  redis.call('XADD', dead, 'MAXLEN', '~', max_dead, '*', unpack(letter))
end
for _, change in ipairs(changes) do
  redis.call('HSET', change[1], change[2], change[3])
end
redis.call('XACK', stream, group, id)
redis.call('XDEL', stream, id)
return {#found > 0 and 'DEAD_LETTERED' or 'LOST'}
