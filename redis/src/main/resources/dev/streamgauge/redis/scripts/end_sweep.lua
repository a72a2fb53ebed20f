#!lua flags=allow-oom
--[[
Ends the sweep of a tenant: says when the next one is due, or forgets a tenant that has no families.

KEYS[1]  the partition's sweeps
KEYS[2]  the tenant's families
KEYS[3]  the tenant's totals
ARGV[1]  tenant
ARGV[2]  when the next sweep is due, in s from now, if the tenant is active
ARGV[3]  when it is due if the tenant is idle
ARGV[4]  how long ago its last push must be for it to be idle, in ms

Returns
  {'ENDED'}
  {'BROKEN', message}  a key holds unexpected data; nothing was changed

Atomic, because a tenant that gets its first series in between would be forgotten: it is noted when a series begins, and
a family is there before its series. For the same reason a tenant is only left alone for long if nothing that was pushed
may still begin a series: the fold script notes an earlier time for a new series, but does not see that this sweep is
about to put the tenant off.
]]
local sweeps, families, totals = KEYS[1], KEYS[2], KEYS[3]
local tenant, pause_s, idle_pause_s, idle_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local score = redis.pcall('ZSCORE', sweeps, tenant)
if type(score) == 'table' and score.err then
  return {'BROKEN', sweeps .. ': ' .. score.err}
end
local family_count = redis.pcall('HLEN', families)
if type(family_count) == 'table' then
  return {'BROKEN', families .. ': ' .. family_count.err}
end
local FIELDS = {'backlog', 'pushed', 'registered'}
local values = redis.pcall('HMGET', totals, unpack(FIELDS))
if values.err then
  return {'BROKEN', totals .. ': ' .. values.err}
end
local numbers = {}
for i, field in ipairs(FIELDS) do
  local number = tonumber(values[i] or '0')
  if not number or number ~= number then
    return {'BROKEN', totals .. ': field ' .. field .. ' is no number'}
  end
  numbers[field] = number
end
local now_s = tonumber(redis.call('TIME')[1])
local last_ms = math.max(numbers.pushed, numbers.registered)
local is_idle = numbers.backlog <= 0 and now_s * 1000 - last_ms >= idle_ms

-- Write: nothing below can fail.
if family_count == 0 then
  redis.call('ZREM', sweeps, tenant)
else
  redis.call('ZADD', sweeps, 'XX', now_s + (is_idle and idle_pause_s or pause_s), tenant)
end
return {'ENDED'}
