#!lua flags=allow-oom
--[[
Ends the sweep of a tenant: says when the next one is due, or forgets a tenant that has no families.

KEYS[1]  the partition's sweeps
KEYS[2]  the tenant's families
ARGV[1]  tenant
ARGV[2]  when the next sweep is due, in s from now

Returns
  {'ENDED'}
  {'BROKEN', message}  a key holds unexpected data; nothing was changed

Atomic, because a tenant that gets its first series in between would be forgotten: it is noted when a series begins, and
a family is there before its series.
]]
local sweeps, families = KEYS[1], KEYS[2]
local tenant, pause_s = ARGV[1], tonumber(ARGV[2])

local score = redis.pcall('ZSCORE', sweeps, tenant)
if type(score) == 'table' and score.err then
  return {'BROKEN', sweeps .. ': ' .. score.err}
end
local family_count = redis.pcall('HLEN', families)
if type(family_count) == 'table' then
  return {'BROKEN', families .. ': ' .. family_count.err}
end
local now_s = tonumber(redis.call('TIME')[1])

-- Write: nothing below can fail.
if family_count == 0 then
  redis.call('ZREM', sweeps, tenant)
else
  redis.call('ZADD', sweeps, 'XX', now_s + pause_s, tenant)
end
return {'ENDED'}
