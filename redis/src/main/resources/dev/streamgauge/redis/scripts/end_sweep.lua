#!lua flags=allow-oom
--[[
Ends the sweep of a tenant: says when the next one is due, or that none is if the tenant has no families. If the sweep
has counted the bytes of the registry, it corrects what the tenant's totals say of them. It also notes the tenant's size
again: admission does so only for tenants that push.

KEYS[1]  the partition's sweeps
KEYS[2]  the tenant's families
KEYS[3]  the tenant's totals
KEYS[4]  the partition's sizes
KEYS[5]  the tenant's dead letters
KEYS[6]  the tenant's rejections
ARGV[1]  tenant
ARGV[2]  when the next sweep is due, in s from now, if the tenant is active
ARGV[3]  when it is due if the tenant is idle
ARGV[4]  how long ago its last push must be for it to be idle, in ms
ARGV[5]  the bytes of the registry as the sweep counted them; '-' if it has not counted all
ARGV[6]  the bytes of the registry as the totals had them before the sweep, without those that the sweep removed
ARGV[7]  what becomes of a tenant without families: 'KEEP' its totals, or 'REMOVE' them as soon as it is idle
ARGV[8]  how long the dead letters and rejections of a removed tenant are kept, in ms

Returns
  {'ENDED'}
  {'BROKEN', message}  a key holds unexpected data; nothing was changed

Atomic, because a tenant that gets its first series in between would be forgotten: it is noted when a series begins, and
a family is there before its series. For the same reason a tenant is only left alone for long if nothing that was pushed
may still begin a series: the fold script notes an earlier time for a new series, but does not see that this sweep is
about to put the tenant off.

A removed tenant leaves no totals, as if nothing had ever been pushed. Its next push begins a new epoch, so an ingest
process that remembers families and series of the old one registers them again. The totals also hold what limits the
tenant, so they stay until that is over: while an idempotency record may be left, the tenant is not idle; while it is
fenced or pays off a rate, it is swept again later.

What others added or removed during the sweep may have been counted or not. So a difference that may come from that is
left to the next sweep. Other differences come from an older release beside this one, or from a removal that estimated.
]]
local sweeps, families, totals, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local tenant, pause_s, idle_pause_s, idle_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local counted, before = tonumber(ARGV[5]), tonumber(ARGV[6])
local dead, rejected, removes, kept_ms = KEYS[5], KEYS[6], ARGV[7] == 'REMOVE', ARGV[8]

-- @include lib/clock.lua
-- @include lib/noted_size.lua
-- @include lib/read_fields.lua
-- @include lib/reply.lua
-- @include lib/whole.lua

local score = redis.pcall('ZSCORE', sweeps, tenant)
if failed(score) then
  return {'BROKEN', sweeps .. ': ' .. score.err}
end
local family_count = redis.pcall('HLEN', families)
if failed(family_count) then
  return {'BROKEN', families .. ': ' .. family_count.err}
end
local FIELDS =
  {'backlog', 'pushed', 'registered', 'backlog_bytes', 'noted', 'tat', 'request_tat', 'held', 'registry_bytes'}
local values, message = read_fields(totals, FIELDS, 8)
if not values then
  return {'BROKEN', totals .. ': ' .. message}
end
local backlog, pushed, registered, backlog_bytes, noted, tat, request_tat, held, known_text = unpack(values)
local known = tonumber(known_text or '0') -- nil for any other text, which is then corrected
local is_wrong = counted and not (known and math.abs(known - counted) <= math.abs(known - before))
local last_ms = math.max(pushed, registered)
-- Without the idempotency records, which are gone soon; see admit_requests.lua.
local size = (is_wrong and counted or known or 0) + (backlog > 0 and backlog_bytes or 0)
local can_note = not failed(redis.pcall('ZCARD', sizes))
local is_drained = backlog <= 0
local is_idle = is_drained and now_s * 1000 - last_ms >= idle_ms
-- Until then the totals of a tenant without families are needed.
local free_ms = math.max(last_ms + idle_ms, tat, request_tat, held) - now_s * 1000

-- Write: nothing below can fail.
if family_count == 0 and removes and not (is_drained and free_ms <= 0) then
  -- A clock that stepped back must not put it off for longer.
  local wait_s = is_drained and math.ceil(math.min(free_ms, idle_ms) / 1000) or pause_s
  redis.call('ZADD', sweeps, 'XX', now_s + wait_s, tenant)
elseif family_count == 0 then
  redis.call('ZREM', sweeps, tenant)
  if can_note then
    redis.call('ZREM', sizes, tenant)
    redis.call('HDEL', totals, 'noted')
  end
  if removes then
    redis.call('UNLINK', totals)
    redis.call('PEXPIRE', dead, kept_ms)
    redis.call('PEXPIRE', rejected, kept_ms)
  end
else
  redis.call('ZADD', sweeps, 'XX', now_s + (is_idle and idle_pause_s or pause_s), tenant)
  if counted then
    redis.call('HSET', totals, 'recounted', whole(now_s))
  end
  if is_wrong then
    redis.call('HSET', totals, 'registry_bytes', whole(counted))
  end
  if can_note and differs_from_noted(size, noted) then
    redis.call('ZADD', sizes, whole(size), tenant)
    redis.call('HSET', totals, 'noted', whole(size))
  end
end
return {'ENDED'}
