#!lua flags=allow-oom
--[[
Claims the tenant of a partition whose sweep is longest due, and puts it off for a while, so that no other aggregator
claims it.

KEYS[1]  the partition's sweeps: tenants by the Unix second from which on each is to be swept
ARGV[1]  for how long it is put off, in s

Returns
  {'CLAIMED', tenant}
  {'NOTHING'}             no tenant is due
  {'BROKEN', message}     the key holds unexpected data

Atomic, because two aggregators must not claim the same tenant. It must run when Redis is full, since a sweep frees
memory.
]]
local sweeps, lease_s = KEYS[1], tonumber(ARGV[1])

-- @include lib/clock.lua

local due = redis.pcall('ZRANGE', sweeps, '-inf', now_s, 'BYSCORE', 'LIMIT', 0, 1)
if due.err then
  return {'BROKEN', sweeps .. ': ' .. due.err}
end
if #due == 0 then
  return {'NOTHING'}
end

-- Write: nothing below can fail.
redis.call('ZADD', sweeps, now_s + lease_s, due[1])
return {'CLAIMED', due[1]}
