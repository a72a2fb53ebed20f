#!lua flags=allow-oom
--[[
Folds a batch of entries into the registries of their tenants, acknowledges and deletes them, and moves the counters:
an entry is either pending or counted, never both, never neither.

KEYS[1]  the partition's stream
KEYS[2]  the partition's totals
KEYS[3]  the partition's sweeps
KEYS[4…] keys that ARGV names by their number
ARGV[1]  consumer group
ARGV[2]  consumer that read the batch
ARGV[3]  units that the call may cost, 0 for any number
ARGV[4]  number of entries, then their ids, ascending
then the number of tenants, and of each:
  its id, number of KEYS of its totals, samples, entries, bytes of their payloads, number of families, and of each
  family:
    number of KEYS of the family, kind's letter, seconds after which its series expire (0 is never), number of series,
    then all canonical labels, then all deltas

Returns
  {'FOLDED', saturated, units}    done; so many sums or counts are at their greatest value, and so many units it cost
  {'STALE', id}                   that entry is not pending for this consumer: drop the batch, read again
  {'NOGROUP'}                     stream or group is gone
  {'SPLIT', series}               it would cost more than ARGV[3]; of the batch's series, so many would fit
  {'UNREADABLE', message}         a stored value has a version that this script does not know; a newer release wrote it
  {'BROKEN', message}             a key holds unexpected data, or a value has another type or layout
Only FOLDED changes anything.

Atomic, because the deltas and the acknowledgement must happen together. Lua has no rollback: everything is read and
checked first, then computed, then written with commands that cannot fail. It must run when Redis is full, or a full
Redis could never drain.

An expired series starts again, whether or not it has been swept away. When a series gets its first value, its tenant is
added to the sweeps, so that it is swept when the series may have expired.

Costs are counted in units of a counter, see FoldUnits in core, package entry. The constants below are measured.

A tenant's bytes are counted as in lib/estimated_bytes.lua. Values of most kinds never change their length, so that a
series costs nothing for this once it has a value.

A delta's layout is the packed form of its kind (core, package aggregation), and a stored value has a header before it.
Most of what a fold costs is in the files of the kinds, series by series: so a value is read by one call of struct,
header and all, and written by one.
]]
local stream, partition_totals, sweeps = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, max_units, entry_count = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

-- @include lib/aggregations/gauge.lua
-- @include lib/builtins.lua
-- @include lib/clock.lua
-- @include lib/estimated_bytes.lua
-- @include lib/kinds.lua
-- @include lib/read_numbers.lua
-- @include lib/registration.lua
-- @include lib/reply.lua
-- @include lib/stored_value.lua
-- @include lib/sums.lua
-- @include lib/take.lua
-- @include lib/watermark.lua
-- @include lib/whole.lua

local ENTRY_UNITS = 3
local LABEL_BYTE_UNITS = 1 / 300

-- Whether a stored value that begins with this byte is of one of the kinds.
local function is_known(code)
  for _, kind in pairs(KINDS) do
    if code == kind.code or code == kind.earlier_code then
      return true
    end
  end
  return false
end

-- What is wrong with a stored value that the kind's function could not add to, and the tag to answer with; nil if there
-- is no value yet, or it expired.
local function flaw_of(kind, stored, delta, oldest_update_s)
  if not stored or stored == REGISTERED then
    return nil
  end
  local letter = sub(stored, 1, 1)
  local code = string.byte(stored)
  if letter ~= '' and letter ~= REGISTERED and not is_known(code) then
    return 'value of unknown version ' .. code, 'UNREADABLE'
  end
  local length = #stored - HEADER_LENGTH
  local fits = length == (kind.value_length or #delta) or (not kind.is_fixed and length >= kind.min_length)
  if (code ~= kind.code and code ~= kind.earlier_code) or not fits then
    return 'value of another type or layout', 'BROKEN'
  end
  local _, _, updated = unpack_struct(HEADER, stored)
  if updated >= oldest_update_s then
    return 'value cut short', 'BROKEN'
  end
  return nil
end

-- The value of a series that begins with a delta; or nil, what is wrong, and the tag to answer with.
local function begin_value(kind, stored, delta, oldest_update_s)
  local flaw, tag = flaw_of(kind, stored, delta, oldest_update_s)
  if flaw then
    return nil, flaw, tag
  end
  -- All zeros is the identity of every kind.
  local zeros = string.rep('\0', kind.value_length or kind.is_fixed and #delta or kind.min_length)
  local value = kind.fold(pack(HEADER, kind.code, now_ms, now_s) .. zeros, delta, 0)
  if not value then
    return nil, 'delta of another layout', 'BROKEN'
  end
  return value
end

skip(4) -- the arguments that have names

-- Every id must be pending for this consumer. A count, or the first id, is not enough: the batch may have been taken
-- over in part, or arrive a second time.
local first_id = cursor + 1
local function stale_entry()
  local pending = redis.pcall('XPENDING', stream, group, ARGV[first_id], ARGV[first_id + entry_count - 1], entry_count,
    consumer)
  if failed(pending) then
    return nil, pending.err
  end
  local is_pending = {}
  for _, row in ipairs(pending) do
    is_pending[row[1]] = true
  end
  for i = first_id, first_id + entry_count - 1 do
    if not is_pending[ARGV[i]] then
      -- Entries of ours that are not in the batch may have used up the range's places.
      local row = redis.call('XPENDING', stream, group, ARGV[i], ARGV[i], 1, consumer)
      if #row == 0 then
        return ARGV[i]
      end
    end
  end
  return nil
end

-- Check and compute.
local stale, message = stale_entry()
if message then
  if string.find(message, 'NOGROUP', 1, true) then
    return {'NOGROUP'}
  end
  return {'BROKEN', message}
end
if stale then
  return {'STALE', stale}
end
skip(entry_count)

local totals
totals, message = read_numbers(partition_totals, {'folded', 'pending', 'saturated'})
if not totals then
  return {'BROKEN', message}
end
local first_entry_ms = added_ms(redis.call('XRANGE', stream, '-', '+', 'COUNT', 1))

local TENANT_FIELDS = {'folded', 'pending', 'backlog', 'series', 'since', 'backlog_bytes', 'registry_bytes', 'stale'}
local writes, tenants = {}, {}
local units, fitting_series = ENTRY_UNITS * entry_count, 0

-- Adds the units of some series of a family and of their stored values. Returns whether they fit into the call.
local function count_units(kind, first, last, size, stored)
  local arguments, count = ARGV, last - first + 1
  local label_bytes, delta_bytes, stored_bytes = 0, 0, 0
  for i = first, last do
    label_bytes = label_bytes + #arguments[i]
  end
  if kind.is_fixed then
    delta_bytes = count * #arguments[first + size]
  else
    for i = 1, count do
      delta_bytes = delta_bytes + #arguments[first + size + i - 1]
      stored_bytes = stored_bytes + (stored[i] and #stored[i] or 0)
    end
  end
  local some = kind.units * count + LABEL_BYTE_UNITS * label_bytes + kind.delta_byte_units * delta_bytes
    + kind.stored_byte_units * stored_bytes
  local share = max_units == 0 and 1 or math.max(0, min(1, (max_units - units) / some))
  units = units + some
  fitting_series = fitting_series + floor(share * count)
  return share == 1
end

-- Adds a series to what its family grows by.
local function add_growth(growth, labels, old, value)
  growth = growth or {bytes = 0, series = 0, longest = 0}
  growth.bytes = growth.bytes + #value - (old and #old or -#labels)
  growth.series = growth.series + (old and 0 or 1)
  growth.longest = math.max(growth.longest, #labels, #value)
  return growth
end

-- Adds the bytes that a family grows by: those of values that got longer, and of series that admission has not
-- registered; and those of a listpack that becomes a hash table.
local function count_growth(tenant, key, growth)
  local size, encoding = redis.call('HLEN', key), redis.call('OBJECT', 'ENCODING', key)
  local bytes = growth.bytes
  local has_many = size <= LISTPACK_ENTRIES and size + growth.series > LISTPACK_ENTRIES
  if encoding == 'hashtable' then
    bytes = bytes + growth.series * TABLE_BYTES
  elseif growth.longest > LISTPACK_LENGTH or has_many then
    bytes = bytes + growth.series * TABLE_BYTES + size * (TABLE_BYTES - LISTPACK_BYTES)
  else
    bytes = bytes + growth.series * LISTPACK_BYTES
  end
  tenant.registry_bytes = math.max(0, tenant.registry_bytes + bytes)
  tenant.has_grown = true
end

-- Reads and computes one family of a tenant; or what is wrong, and the tag to answer with.
local function fold_family(tenant)
  local key, letter, expiry_s, size = KEYS[take_number()], take(), take_number(), take_number()
  local kind = KINDS[letter]
  if not kind then
    return 'unknown type', 'BROKEN'
  end
  local fold, min_length, arguments = kind.fold, kind.min_length, ARGV -- a global is slower
  local oldest_update_s = expiry_s > 0 and tenant.watermark - expiry_s or 0
  local growth
  for from = 1, size, kind.page do
    local to = min(from + kind.page - 1, size)
    local stored = redis.pcall('HMGET', key, unpack(arguments, cursor + from, cursor + to))
    if failed(stored) then
      return key .. ': ' .. stored.err, 'BROKEN'
    end
    if not count_units(kind, cursor + from, cursor + to, size, stored) then
      return fitting_series, 'SPLIT'
    end
    local write = {}
    for i = from, to do
      local old = stored[i - from + 1]
      local delta = arguments[cursor + size + i]
      if #delta < min_length then
        return key .. ': delta cut short', 'BROKEN'
      end
      local value = old and fold(old, delta, oldest_update_s)
      if not value then
        local flaw, tag
        value, flaw, tag = begin_value(kind, old, delta, oldest_update_s)
        if not value then
          return key .. ': ' .. flaw, tag
        end
        tenant.series = tenant.series + (old and 0 or 1)
        tenant.has_new = true
        if expiry_s > 0 then
          tenant.due = min(tenant.due or now_s + expiry_s, now_s + expiry_s)
        end
        growth = add_growth(growth, arguments[cursor + i], old, value)
      elseif not kind.is_fixed and #value ~= #old then
        growth = add_growth(growth, arguments[cursor + i], old, value)
      end
      local place = 2 * (i - from) + 1
      write[place], write[place + 1] = arguments[cursor + i], value
    end
    writes[#writes + 1] = {key = key, values = write}
  end
  skip(2 * size)
  if growth then
    count_growth(tenant, key, growth)
  end
  return nil
end

for i = 1, take_number() do
  local id, key, samples, entries = take(), KEYS[take_number()], take_number(), take_number()
  local entry_bytes = take_number() + entries * ENTRY_BYTES
  local tenant
  tenant, message = read_numbers(key, TENANT_FIELDS)
  if not tenant then
    return {'BROKEN', message}
  end
  tenant.id, tenant.key = id, key
  tenant.watermark = watermark_of(tenant.backlog, tenant.since, first_entry_ms)
  tenant.folded = tenant.folded + samples
  tenant.pending = tenant.pending - samples
  tenant.backlog = tenant.backlog - entries
  tenant.backlog_bytes = tenant.backlog > 0 and math.max(0, tenant.backlog_bytes - entry_bytes) or 0
  totals.folded = totals.folded + samples
  totals.pending = totals.pending - samples
  local stale_before = stale_samples
  for _ = 1, take_number() do
    local wrong, tag = fold_family(tenant)
    if wrong then
      return {tag, wrong}
    end
  end
  local new_stale = stale_samples - stale_before
  tenant.has_stale, tenant.stale = new_stale > 0, tenant.stale + new_stale
  tenants[i] = tenant
end
-- If this key holds unexpected data, the sweep reports it. The fold goes on without it.
local can_note = not failed(redis.pcall('ZCARD', sweeps))

-- Write: nothing below can fail.
for _, write in ipairs(writes) do
  redis.call('HSET', write.key, unpack(write.values))
end
for _, tenant in ipairs(tenants) do
  redis.call('HSET', tenant.key, 'folded', whole(tenant.folded), 'pending', whole(tenant.pending),
    'backlog', whole(tenant.backlog), 'series', whole(tenant.series), 'backlog_bytes', whole(tenant.backlog_bytes))
  if tenant.has_grown then
    redis.call('HSET', tenant.key, 'registry_bytes', whole(tenant.registry_bytes))
  end
  if tenant.has_stale then
    redis.call('HSET', tenant.key, 'stale', whole(tenant.stale))
  end
  if tenant.has_new and can_note then
    if tenant.due then
      redis.call('ZADD', sweeps, 'LT', tenant.due, tenant.id)
    else
      redis.call('ZADD', sweeps, 'NX', now_s, tenant.id)
    end
  end
end
redis.call('HSET', partition_totals, 'folded', whole(totals.folded), 'pending', whole(totals.pending),
  'saturated', whole(totals.saturated + saturated))
if entry_count > 0 then
  -- One command each, since what the call may cost bounds the number of entries far below what unpack can give.
  redis.call('XACK', stream, group, unpack(ARGV, first_id, first_id + entry_count - 1))
  redis.call('XDEL', stream, unpack(ARGV, first_id, first_id + entry_count - 1))
end
return {'FOLDED', saturated, math.ceil(units)}
