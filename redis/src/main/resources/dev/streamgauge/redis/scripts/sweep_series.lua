#!lua flags=allow-oom
--[[
Removes the expired series on a page of a family, and the family if it has no series left.

KEYS[1]  the partition's stream
KEYS[2]  the partition's sweeps
KEYS[3]  the tenant's totals
KEYS[4]  the tenant's families
KEYS[5]  the family's series
ARGV[1]  tenant
ARGV[2]  for how long others leave the tenant to this sweep, in s
ARGV[3]  name of the family
ARGV[4]  letters that values of its type have
ARGV[5]  seconds after which its series expire; 0 is never
ARGV[6]  HSCAN's cursor
ARGV[7]  about how many series to look at; fewer if they have more than 256 KiB

Returns
  {'SWEPT', cursor, series, families, due, left, removed}
                        so many series and families went; the cursor is '0' after the last page; in so many s the next
                        of the others may go, -1 if none ever does; estimated bytes that are left on the page, and that
                        were removed, with those of the family's row on the first page
  {'BROKEN', message}   a key holds unexpected data; nothing was changed

Atomic, because a series that a sample has just renewed must stay: it is checked and removed in one step. A removal
begins a new epoch, since ingest processes remember the series as registered. It must run when Redis is full, since it
frees memory.

If nothing of the tenant waits to be folded, and nothing was registered for a minute, a registered series without a
value will get none: its request was rejected after the registration, or its entry became a dead letter. It is removed
too. While an entry waits, no family loses its row, since the entry could be of that family.
]]
local stream, sweeps, totals, families, family = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local tenant, lease_s, name, letters = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local expiry_s, cursor, page_size = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])

-- @include lib/chunk.lua
-- @include lib/clock.lua
-- @include lib/estimated_bytes.lua
-- @include lib/read_numbers.lua
-- @include lib/registration.lua
-- @include lib/reply.lua
-- @include lib/stored_value.lua
-- @include lib/watermark.lua
-- @include lib/whole.lua

local FIRST = '0'
local PART = 4
local PAGE_BYTES = 262144

-- Check.
local counted, message =
  read_numbers(totals, {'backlog', 'since', 'series', 'epoch', 'registered', 'registry_bytes'})
if not counted then
  return {'BROKEN', totals .. ': ' .. message}
end
local first_entry = redis.pcall('XRANGE', stream, '-', '+', 'COUNT', 1)
if failed(first_entry) then
  return {'BROKEN', stream .. ': ' .. first_entry.err}
end
local score = redis.pcall('ZSCORE', sweeps, tenant)
if failed(score) then
  return {'BROKEN', sweeps .. ': ' .. score.err}
end
local row = redis.pcall('HGET', families, name)
if failed(row) then
  return {'BROKEN', families .. ': ' .. row.err}
end
-- A value may have a hundred KiB, and only what was read says so: hence the small parts.
local fields, bytes_read, next_cursor = {}, 0, cursor
repeat
  local part = redis.pcall('HSCAN', family, next_cursor, 'COUNT', PART)
  if failed(part) then
    return {'BROKEN', family .. ': ' .. part.err}
  end
  next_cursor = part[1]
  for _, text in ipairs(part[2]) do
    fields[#fields + 1] = text
    bytes_read = bytes_read + #text
  end
until next_cursor == FIRST or #fields >= 2 * page_size or bytes_read > PAGE_BYTES
local size = redis.call('HLEN', family)
local encoding = redis.call('OBJECT', 'ENCODING', family)
local series_bytes = encoding == 'hashtable' and TABLE_BYTES or LISTPACK_BYTES

local is_drained = counted.backlog <= 0
local watermark = watermark_of(counted.backlog, counted.since, added_ms(first_entry))
-- A clock that stepped back must not keep it for longer.
local is_registering = math.abs(now_ms - counted.registered) < REGISTRATION_LIFE_S * 1000

local due_s = math.huge

-- A value that this release cannot read is not ours to remove.
local function is_over(value)
  if value == REGISTERED then
    if is_drained and not is_registering then
      return true
    end
    due_s = math.min(due_s, now_s + REGISTRATION_LIFE_S)
    return false
  end
  if #value < HEADER_LENGTH or not string.find(letters, string.sub(value, 1, 1), 1, true) then
    return false
  end
  local _, _, updated = struct.unpack(HEADER, value)
  if expiry_s > 0 and watermark - updated <= expiry_s then
    due_s = math.min(due_s, updated + expiry_s + 1)
  end
  return expiry_s > 0 and watermark - updated > expiry_s
end

local over, bytes_left, bytes_removed = {}, 0, 0
for i = 1, #fields, 2 do
  local bytes = #fields[i] + #fields[i + 1] + series_bytes
  if is_over(fields[i + 1]) then
    over[#over + 1] = fields[i]
    bytes_removed = bytes_removed + bytes
  else
    bytes_left = bytes_left + bytes
  end
end
local row_bytes = row and #name + #row + FAMILY_BYTES or 0
if cursor == FIRST then
  bytes_left = bytes_left + row_bytes
end

-- Write: nothing below can fail.
local removed = 0
for from = 1, #over, CHUNK do
  removed = removed + redis.call('HDEL', family, unpack(over, from, math.min(from + CHUNK - 1, #over)))
end
local removed_families = 0
if row and is_drained and not is_registering and removed == size then
  removed_families = redis.call('HDEL', families, name)
  bytes_left, bytes_removed = bytes_left - row_bytes, bytes_removed + row_bytes
end
if removed + removed_families > 0 then
  redis.call('HSET', totals, 'series', whole(math.max(0, counted.series - removed)),
    'epoch', whole(math.max(now_us, counted.epoch + 1)),
    'registry_bytes', whole(math.max(0, counted.registry_bytes - bytes_removed)))
end
redis.call('ZADD', sweeps, 'XX', now_s + lease_s, tenant)
local due = due_s < math.huge and math.max(0, due_s - now_s) or -1
return {'SWEPT', next_cursor, removed, removed_families, due, bytes_left, bytes_removed}
