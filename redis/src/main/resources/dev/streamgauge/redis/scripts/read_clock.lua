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

-- @include lib/clock.lua
-- @include lib/read_fields.lua
-- @include lib/reply.lua
-- @include lib/watermark.lua
-- @include lib/whole.lua

local values, message = read_fields(totals, {'backlog', 'since'}, 2)
if not values then
  return {'BROKEN', totals .. ': ' .. message}
end
local first_entry = redis.pcall('XRANGE', stream, '-', '+', 'COUNT', 1)
if failed(first_entry) then
  return {'BROKEN', stream .. ': ' .. first_entry.err}
end
local backlog, since = unpack(values)
local watermark = watermark_of(backlog, since, added_ms(first_entry))
return {'CLOCK', whole(now_ms), whole(watermark)}
