#!lua flags=allow-oom
--[[
Moves an entry that can never be folded to the dead letters, acknowledges it, and moves the counters.

KEYS[1] the partition's stream
KEYS[2] the partition's totals
KEYS[3] the partition's dead letters
KEYS[4] the totals of the entry's tenant; missing if the entry does not say whose it is
ARGV[1] consumer group
ARGV[2] consumer that holds the entry
ARGV[3] id of the entry
ARGV[4] samples it holds; 0 if it does not say
ARGV[5] reason
ARGV[6] most dead letters to keep

Returns {'BURIED'}, {'LOST'} if the entry was deleted from outside (it is acknowledged, and counted as lost),
{'STALE'} if it is not pending for this consumer, or {'BROKEN', message}.

Atomic, because the dead letter and the acknowledgement must happen together.
]]
local stream, partition_totals, dead, tenant_totals = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer, id = ARGV[1], ARGV[2], ARGV[3]
local samples, reason, max_dead = tonumber(ARGV[4]), ARGV[5], ARGV[6]

local function failed(reply)
  return type(reply) == 'table' and reply.err
end

local function whole(number)
  return string.format('%.0f', number)
end

local function read_number(key, field)
  local value = redis.pcall('HGET', key, field)
  if failed(value) then
    return nil, value.err
  end
  local number = tonumber(value or '0')
  if not number or number ~= number then
    return nil, 'field ' .. field .. ' is no number'
  end
  return number
end

-- Check.
local pending = redis.pcall('XPENDING', stream, group, id, id, 1, consumer)
if failed(pending) then
  return {'BROKEN', pending.err}
end
if #pending == 0 then
  return {'STALE'}
end
local dead_length = redis.pcall('XLEN', dead)
if failed(dead_length) then
  return {'BROKEN', dead_length.err}
end
local changes = {}
local function plan(key, field, by)
  local number, message = read_number(key, field)
  if not number then
    return message
  end
  changes[#changes + 1] = {key, field, whole(number + by)}
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
  end
end
if message then
  return {'BROKEN', message}
end

-- Write: nothing below can fail.
for _, change in ipairs(changes) do
  redis.call('HSET', change[1], change[2], change[3])
end
if #found > 0 then
  redis.call('XADD', dead, 'MAXLEN', '~', max_dead, '*', 'id', id, 'reason', reason, 'p', found[1][2][2])
end
redis.call('XACK', stream, group, id)
redis.call('XDEL', stream, id)
return {#found > 0 and 'BURIED' or 'LOST'}
