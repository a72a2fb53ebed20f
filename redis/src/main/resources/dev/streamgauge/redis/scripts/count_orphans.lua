#!lua flags=no-writes
--[[
Counts the samples of a partition that are pending forever, because another program deleted their entries.

KEYS[1] the partition's stream
KEYS[2] the partition's totals
ARGV[1] consumer group

Returns {'COUNTED', samples} or {'BROKEN', message}. The number is known only while the partition has no backlog: the
stream is empty, and no consumer has an entry that it has not folded. Otherwise it is 0.

Atomic, because an entry that is admitted or folded between two calls would be counted.
]]
local stream, partition_totals = KEYS[1], KEYS[2]
local group = ARGV[1]

-- @include lib/reply.lua

local length = redis.pcall('XLEN', stream)
if failed(length) then
  return {'BROKEN', length.err}
end
local pending = redis.pcall('XPENDING', stream, group)
if pending.err then
  return {'BROKEN', pending.err}
end
local samples = redis.pcall('HGET', partition_totals, 'pending')
if failed(samples) then
  return {'BROKEN', samples.err}
end
if length > 0 or pending[1] > 0 then
  return {'COUNTED', 0}
end
return {'COUNTED', tonumber(samples or '0') or 0}
