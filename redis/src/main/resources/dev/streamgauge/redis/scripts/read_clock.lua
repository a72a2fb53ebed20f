#!lua flags=no-writes
--[[
Reads the clock by which a tenant's series expire.

KEYS[1]  the partition's stream
KEYS[2]  the tenant's totals
ARGV     none

Returns
  {'CLOCK', ms, s}     Redis' time in Unix ms, and the tenant's watermark in Unix s: the time up to which everything
                       admitted is folded; see ADR 0008
  {'BROKEN', message}  a key holds unexpected data

Atomic, because between two calls an entry could be folded and another be admitted.
]]
local stream, totals = KEYS[1], KEYS[2]

local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local values = redis.pcall('HMGET', totals, 'backlog', 'since')
if values.err then
  return {'BROKEN', totals .. ': ' .. values.err}
end
local first_entry = redis.pcall('XRANGE', stream, '-', '+', 'COUNT', 1)
if first_entry.err then
  return {'BROKEN', stream .. ': ' .. first_entry.err}
end
local backlog, since = tonumber(values[1] or '0'), tonumber(values[2] or '0')
if not backlog or not since then
  return {'BROKEN', totals .. ': field backlog or since is no number'}
end
local watermark_ms = now_ms -- and never ahead: ids of entries do not go back with the clock
if backlog > 0 and #first_entry > 0 then
  watermark_ms = math.min(now_ms, math.max(since, tonumber(string.match(first_entry[1][1], '^%d+'))))
end
return {'CLOCK', string.format('%.0f', now_ms), string.format('%.0f', math.floor(watermark_ms / 1000))}
