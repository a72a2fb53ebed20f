#!lua flags=allow-oom
--[[
Takes one step of removing series of a tenant, all of them or some. It fences the tenant, so that its pushes are
rejected for a while. If nothing of the tenant waits to be folded, it removes the named series, and the rows of families
that have no series left.

KEYS[1]  the partition's stream
KEYS[2]  the tenant's totals
KEYS[3]  the tenant's families
KEYS[4]  the tenant's dead letters
KEYS[5]  the tenant's rejections
KEYS[6]  the partition's sweeps
KEYS[7]  the partition's sizes
KEYS[8…] series of the families to remove from
ARGV[1]  consumer group
ARGV[2]  'SELECT':  more steps may follow, whatever is left
         'RESET':   the removal is done when no family is left; the tenant, its counters and its dead letters stay
         'PURGE':   likewise, but they go with the last family
         'RELEASE': remove nothing but the fence
ARGV[3]  how long the tenant is fenced from now on, in ms; a removal that dies leaves it fenced no longer than this
ARGV[4]  how long a purged tenant is fenced, in ms
ARGV[5]  tenant
ARGV[6…] of each family to remove from, in the order of their KEYS: name, number of series (0: all of them), then the
         canonical labels of each

Returns
  {'REMOVED', families, series}  so many of them; ask again with others
  {'DONE', families, series}     likewise, and nothing more is to be removed
  {'RELEASED'}                   the tenant is not fenced any more, unless it was purged
  {'BUSY', backlog}              so many entries of the tenant wait to be folded; nothing was removed
  {'BROKEN', message}            a key holds unexpected data; nothing was changed

Atomic, because an admitted entry must find its series, and the row of its family, as they were at its admission. So
both are removed only while nothing of the tenant waits to be folded. A removal begins a new epoch, which tells every
ingest process that what it remembers is outdated. Each step leaves a consistent registry. It must run when Redis is
full, since it frees memory.

Nothing waits if the tenant's backlog is 0. An entry that another program deleted stays in that counter forever. So it
is also enough if all entries are gone that were in the stream when the fence began, provided the fence has not ended
since.

The bytes of what is removed are not known without reading it. They are estimated by the number of series, and the
tenant is swept at once, which counts the registry.

A purge leaves only the totals with the fence, and they expire with it: an ingest process that does not know yet that
the tenant's keys are gone must not bring the tenant back.
]]
local stream, totals, families, dead, rejected, sweeps = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local sizes = KEYS[7]
local group, extent = ARGV[1], ARGV[2]
local fence_ms, purge_fence_ms, tenant = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]

-- @include lib/chunk.lua
-- @include lib/clock.lua
-- @include lib/read_fields.lua
-- @include lib/reply.lua
-- @include lib/whole.lua

local FIRST_KEY, FIRST_PART = 8, 6
local NO_ENTRY = '0-0'

local function is_after(id, other)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_sequence = string.match(other, '^(%d+)-(%d+)$')
  ms, other_ms = tonumber(ms), tonumber(other_ms)
  return ms > other_ms or ms == other_ms and tonumber(sequence) > tonumber(other_sequence)
end

-- The first and the last entry that can still be folded, or nil and a message. An entry that another program deleted
-- can still be folded by the consumer that has read it.
local function unfolded()
  local first, last = redis.pcall('XRANGE', stream, '-', '+', 'COUNT', 1), NO_ENTRY
  if failed(first) then
    return nil, stream .. ': ' .. first.err
  end
  local ids = {}
  if #first > 0 then
    ids = {first[1][1], redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1][1]}
  end
  local pending = redis.pcall('XPENDING', stream, group)
  if failed(pending) and not string.find(pending.err, 'NOGROUP', 1, true) then
    return nil, stream .. ': ' .. pending.err
  end
  if not failed(pending) and pending[1] > 0 then
    ids[#ids + 1], ids[#ids + 2] = pending[2], pending[3]
  end
  first = ids[1]
  for _, id in ipairs(ids) do
    first = is_after(first, id) and id or first
    last = is_after(id, last) and id or last
  end
  return {first = first, last = last}
end

-- Check.
-- 'accepted' twice, since whether it is there says whether the tenant was pushed to.
local FIELDS = {'backlog', 'series', 'epoch', 'held', 'registry_bytes', 'accepted', 'accepted', 'held_after'}
local values, message = read_fields(totals, FIELDS, 6)
if not values then
  return {'BROKEN', totals .. ': ' .. message}
end
local backlog, series, epoch, held, registry_bytes = unpack(values, 1, 5)
local was_accepted, held_after = values[7], values[8]
local family_count = redis.pcall('HLEN', families)
if failed(family_count) then
  return {'BROKEN', families .. ': ' .. family_count.err}
end
local parts, stored_series, cursor = {}, 0, FIRST_PART
for i = FIRST_KEY, #KEYS do
  local size = redis.pcall('HLEN', KEYS[i])
  if failed(size) then
    return {'BROKEN', KEYS[i] .. ': ' .. size.err}
  end
  local part = {key = KEYS[i], name = ARGV[cursor], size = size, first = cursor + 2, count = tonumber(ARGV[cursor + 1])}
  parts[#parts + 1] = part
  cursor = part.first + part.count
  stored_series = stored_series + size
end
local sweep_count = redis.pcall('ZCARD', sweeps)
if failed(sweep_count) then
  return {'BROKEN', sweeps .. ': ' .. sweep_count.err}
end
local can_note = not failed(redis.pcall('ZCARD', sizes)) -- see lib/noted_size.lua: sizes are no promise
local waiting
waiting, message = unfolded()
if not waiting then
  return {'BROKEN', message}
end
local fenced_after = held > now_ms and held_after or waiting.last
if not string.find(fenced_after, '^%d+-%d+$') then
  return {'BROKEN', totals .. ': field held_after is no entry'}
end
local is_drained = backlog <= 0 or not waiting.first or is_after(waiting.first, fenced_after)

-- Write: nothing below can fail.
local was_pushed_to = was_accepted or family_count > 0 or stored_series > 0
if extent == 'RELEASE' then
  if was_pushed_to then
    redis.call('HDEL', totals, 'held', 'held_after')
  end
  return {'RELEASED'}
end
if not was_pushed_to and extent ~= 'PURGE' then
  return {'DONE', 0, 0} -- the fence of an earlier purge stays
end
local function fence()
  redis.call('HSET', totals, 'held', whole(now_ms + fence_ms), 'held_after', fenced_after)
end
if not is_drained then
  fence()
  return {'BUSY', backlog}
end

-- Removes a part; how many series that were.
local function remove(part)
  if part.count == 0 then
    redis.call('UNLINK', part.key)
    return part.size
  end
  local removed = 0
  for from = part.first, part.first + part.count - 1, CHUNK do
    local to = math.min(from + CHUNK - 1, part.first + part.count - 1)
    removed = removed + redis.call('HDEL', part.key, unpack(ARGV, from, to))
  end
  return removed
end

local removed_families, removed_series = 0, 0
for _, part in ipairs(parts) do
  local removed = remove(part)
  removed_series = removed_series + removed
  if removed == part.size then
    removed_families = removed_families + redis.call('HDEL', families, part.name)
  end
end
local is_last = removed_families == family_count
if is_last and extent == 'PURGE' then
  redis.call('UNLINK', totals, dead, rejected)
  redis.call('HSET', totals, 'held', whole(now_ms + purge_fence_ms))
  redis.call('PEXPIRE', totals, purge_fence_ms)
  if can_note then
    redis.call('ZREM', sizes, tenant)
  end
  return {'DONE', removed_families, removed_series}
end
local series_left = is_last and 0 or math.max(0, series - removed_series)
local part_left = series > 0 and series_left / series or 0
redis.call('HSET', totals, 'backlog', '0', 'backlog_bytes', '0', 'series', whole(series_left),
  'registry_bytes', whole(registry_bytes * part_left))
if removed_families > 0 or removed_series > 0 then
  redis.call('HSET', totals, 'epoch', whole(math.max(now_us, epoch + 1)))
  redis.call('HDEL', totals, 'recounted')
  redis.call('ZADD', sweeps, 'XX', now_s, tenant)
end
if is_last and extent == 'RESET' then
  redis.call('HDEL', totals, 'held', 'held_after')
  return {'DONE', removed_families, removed_series}
end
fence()
return {'REMOVED', removed_families, removed_series}
