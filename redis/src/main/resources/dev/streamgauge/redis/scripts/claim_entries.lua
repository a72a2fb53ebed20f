#!lua flags=allow-oom
--[[
Takes over entries that another consumer read and left unfolded for too long.

KEYS[1] the partition's stream
KEYS[2] the partition's totals
ARGV[1] consumer group
ARGV[2] consumer that takes over
ARGV[3] how long an entry must have been left, in ms
ARGV[4] most entries to look at
ARGV[5] newest entry version that this consumer can read
ARGV[6] id to start after, or '-'

Returns {'CLAIMED', claimed, unreadable, lost, last id looked at or ''}, or {'BROKEN', message}. An entry of a version
that this consumer cannot read stays where it is, so that two old consumers do not steal it back and forth. An entry
that was deleted from outside is acknowledged and counted as lost.

Atomic, so that an entry's version and its owner are those of one moment. It does what XAUTOCLAIM does, which can
neither leave an entry out nor count those that are gone.
]]
local stream, partition_totals = KEYS[1], KEYS[2]
local group, consumer, min_idle_ms, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local newest_version, start_after = tonumber(ARGV[5]), ARGV[6]

-- @include lib/payload_of.lua
-- @include lib/read_number.lua
-- @include lib/whole.lua

-- The version of an entry's layout; 0 for an entry without payload, which has to become a dead letter.
local function version_of(fields)
  local payload = payload_of(fields)
  return payload and string.byte(payload) or 0
end

local start = start_after == '-' and '-' or '(' .. start_after
local pending = redis.pcall('XPENDING', stream, group, 'IDLE', min_idle_ms, start, '+', count)
if pending.err then
  return {'BROKEN', pending.err}
end
local lost_before, message = read_number(partition_totals, 'lost')
if not lost_before then
  return {'BROKEN', message}
end

local readable, unreadable, lost, last = {}, 0, {}, ''
for _, row in ipairs(pending) do
  local id, owner = row[1], row[2]
  last = id
  if owner ~= consumer then
    local found = redis.call('XRANGE', stream, id, id)
    if #found == 0 then
      lost[#lost + 1] = id
    elseif version_of(found[1][2]) > newest_version then
      unreadable = unreadable + 1
    else
      readable[#readable + 1] = id
    end
  end
end

-- Write: nothing below can fail.
for _, id in ipairs(readable) do
  redis.call('XCLAIM', stream, group, consumer, min_idle_ms, id, 'JUSTID')
end
for _, id in ipairs(lost) do
  redis.call('XACK', stream, group, id)
end
if #lost > 0 then
  redis.call('HSET', partition_totals, 'lost', whole(lost_before + #lost))
end
return {'CLAIMED', #readable, unreadable, #lost, last}
