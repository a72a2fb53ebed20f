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
ARGV[3]  number of entries, then their ids, ascending
then the number of tenants, and of each:
  its id, number of KEYS of its totals, samples, entries, number of families, and of each family:
    number of KEYS of the family, type's letter, seconds after which its series expire (0 is never), number of series,
    then all canonical labels, then all deltas

Returns
  {'FOLDED', saturated}           done; so many sums or counts are at their greatest value
  {'STALE', id}                   that entry is not pending for this consumer: drop the batch, read again
  {'NOGROUP'}                     stream or group is gone
  {'UNREADABLE', message}         a stored value has a version that this script does not know; a newer release wrote it
  {'BROKEN', message}             a key holds unexpected data, or a value has another type or layout
Only FOLDED changes anything.

Atomic, because the deltas and the acknowledgement must happen together. Lua has no rollback: everything is read and
checked first, then computed, then written with commands that cannot fail. It must run when Redis is full, or a full
Redis could never drain.

An expired series starts again, whether or not it has been swept away. When a series gets its first value, its tenant is
added to the sweeps, so that it is swept one day.

A delta's layout is the packed form of its kind (core, package aggregation); a stored value has a header of 13 bytes
before it: letter, f64 created in Unix ms, u32 last fold in Unix s. Most of what a fold costs is here, series by series:
so a value is read by one call of struct, header and all, and written by one.
]]
local stream, partition_totals, sweeps = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, entry_count = ARGV[1], ARGV[2], tonumber(ARGV[3])

local CHUNK = 1000 -- arguments a command, far below the 8,000 that unpack can give
local HEADER = '>BdI4'
local HEADER_LENGTH = 13
local COUNTER, GAUGE, HISTOGRAM, SUMMARY = string.byte('cghs', 1, 4)
local REGISTERED = 'r'
local MAX_DOUBLE = 1.7976931348623157e308
local MAX_COUNT = 9007199254740992 -- 2^53
local MAX_BIN_COUNT = 4294967295
local MAX_BINS = 2048
local SLOT_MS = 120000
local WINDOW_SLOTS = 5

local pack, unpack_struct = struct.pack, struct.unpack

local time = redis.call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
local oldest_epoch = math.floor(now_ms / SLOT_MS) - WINDOW_SLOTS + 1

local function failed(reply)
  return type(reply) == 'table' and reply.err
end

local function whole(number)
  return string.format('%.0f', number)
end

local function read_numbers(key, fields)
  local values = redis.pcall('HMGET', key, unpack(fields))
  if failed(values) then
    return nil, values.err
  end
  local numbers = {}
  for i, field in ipairs(fields) do
    local number = tonumber(values[i] or '0')
    if not number or number ~= number then
      return nil, 'field ' .. field .. ' is no number'
    end
    numbers[field] = number
  end
  return numbers
end

local saturated = 0

-- Adds two double-double sums, as core's DoubleDouble does. The two-sums are written out, since a call costs more.
local function add_sums(high, low, other_high, other_low)
  local sum = high + other_high
  local part = sum - high
  local high_error = (high - (sum - part)) + (other_high - part)
  if sum - sum ~= 0 then
    saturated = saturated + 1
    return sum > 0 and MAX_DOUBLE or -MAX_DOUBLE, 0
  end
  local low_sum = low + other_low
  part = low_sum - low
  local low_error = (low - (low_sum - part)) + (other_low - part)
  local rest = high_error + low_sum
  local once = sum + rest
  local once_rest = rest - (once - sum) + low_error
  local new_high = once + once_rest
  if new_high - new_high ~= 0 then
    saturated = saturated + 1
    return sum > 0 and MAX_DOUBLE or -MAX_DOUBLE, 0
  end
  if new_high == MAX_DOUBLE or new_high == -MAX_DOUBLE then
    saturated = saturated + 1 -- it may have come there within the batch
  end
  return new_high, once_rest - (new_high - once)
end

local function add_counts(a, b)
  local sum = a + b
  if sum >= MAX_COUNT then -- not only beyond: 2^53 + 1 is 2^53
    saturated = saturated + 1
    return MAX_COUNT
  end
  return sum
end

-- Each of the following adds a delta to a stored value of its kind, and gives the new one; nil if it cannot: the stored
-- one is of another kind or layout, or was not folded since oldest_update_s.

local function fold_counter(stored, delta, oldest_update_s)
  if #stored ~= HEADER_LENGTH + 16 then
    return nil
  end
  local letter, created, updated, high, low = unpack_struct('>BdI4dd', stored)
  if letter ~= COUNTER or updated < oldest_update_s then
    return nil
  end
  local delta_high, delta_low = unpack_struct('>dd', delta)
  high, low = add_sums(high, low, delta_high, delta_low)
  return pack('>BdI4dd', letter, created, now_s, high, low)
end

local function fold_gauge(stored, delta, oldest_update_s)
  if #stored ~= HEADER_LENGTH + 36 then
    return nil
  end
  local letter, created, updated, _, timestamp, millis, sequence, index = unpack_struct('>BdI4ddddI4', stored)
  if letter ~= GAUGE or updated < oldest_update_s then
    return nil
  end
  local _, new_timestamp, new_millis, new_sequence, new_index = unpack_struct('>ddddI4', delta)
  local newer
  if new_timestamp ~= timestamp then
    newer = new_timestamp > timestamp
  elseif new_millis ~= millis then
    newer = new_millis > millis
  elseif new_sequence ~= sequence then
    newer = new_sequence > sequence
  else
    newer = new_index > index
  end
  return pack(HEADER, letter, created, now_s) .. (newer and delta or string.sub(stored, HEADER_LENGTH + 1))
end

-- Formats of histograms by their number of doubles.
local histogram_formats = {}

local function fold_histogram(stored, delta, oldest_update_s)
  local size = #delta / 8
  local format = histogram_formats[size]
  if not format then
    local doubles = string.rep('d', size)
    format = {delta = '>' .. doubles, value = HEADER .. doubles}
    histogram_formats[size] = format
  end
  if #stored ~= HEADER_LENGTH + #delta then
    return nil
  end
  local value = {unpack_struct(format.value, stored)}
  if value[1] ~= HISTOGRAM or value[3] < oldest_update_s then
    return nil
  end
  local added = {unpack_struct(format.delta, delta)}
  value[3] = now_s
  value[4], value[5] = add_sums(value[4], value[5], added[1], added[2])
  for i = 3, size do
    if added[i] ~= 0 then
      value[i + 3] = add_counts(value[i + 3], added[i])
    end
  end
  return pack(format.value, unpack(value, 1, size + 3))
end

-- Reads the DDSketch bins of one sign at a position: indexes, counts, and the position after them.
local function read_bins(bins, position)
  local indexes, counts = {}, {}
  local size
  size, position = unpack_struct('>I2', bins, position)
  for i = 1, size do
    indexes[i], counts[i], position = unpack_struct('>i4I4', bins, position)
  end
  return indexes, counts, position
end

-- Merges two ascending lists of DDSketch bins of one sign. Bins too far below the highest index go into the lowest
-- kept.
local function merge_bins(indexes, counts, other_indexes, other_counts)
  local highest = math.max(indexes[#indexes] or -math.huge, other_indexes[#other_indexes] or -math.huge)
  local lowest = highest - MAX_BINS + 1
  local out, size, last = {}, 0, nil
  local last_count = 0
  local i, j = 1, 1
  while indexes[i] or other_indexes[j] do
    local index, count
    if not other_indexes[j] or (indexes[i] and indexes[i] <= other_indexes[j]) then
      index, count, i = indexes[i], counts[i], i + 1
    else
      index, count, j = other_indexes[j], other_counts[j], j + 1
    end
    index = math.max(index, lowest)
    if index == last then
      last_count = math.min(last_count + count, MAX_BIN_COUNT)
    else
      if last then
        out[size + 1] = pack('>i4I4', last, last_count)
        size = size + 1
      end
      last, last_count = index, count
    end
  end
  if last then
    out[size + 1] = pack('>i4I4', last, last_count)
    size = size + 1
  end
  return pack('>I2', size) .. table.concat(out)
end

local function merge_sketches(bins, other)
  local zeros, other_zeros = unpack_struct('>I4', bins), unpack_struct('>I4', other)
  local positive, positive_counts, position = read_bins(bins, 5)
  local negative, negative_counts = read_bins(bins, position)
  local other_positive, other_positive_counts, other_position = read_bins(other, 5)
  local other_negative, other_negative_counts = read_bins(other, other_position)
  return pack('>I4', math.min(zeros + other_zeros, MAX_BIN_COUNT))
    .. merge_bins(positive, positive_counts, other_positive, other_positive_counts)
    .. merge_bins(negative, negative_counts, other_negative, other_negative_counts)
end

-- Puts the slots that are still in the window into a table by epoch, merging with what is there.
local function collect_slots(slots, packed, position)
  local count
  count, position = unpack_struct('>I2', packed, position)
  for _ = 1, count do
    local epoch, length
    epoch, length, position = unpack_struct('>I4I4', packed, position)
    if epoch >= oldest_epoch then
      local bins = string.sub(packed, position, position + length - 1)
      assert(#bins == length)
      slots[epoch] = slots[epoch] and merge_sketches(slots[epoch], bins) or bins
    end
    position = position + length
  end
end

local function fold_summary(stored, delta, oldest_update_s)
  local letter, created, updated, high, low, count, stored_slots = unpack_struct('>BdI4ddd', stored)
  if letter ~= SUMMARY or updated < oldest_update_s then
    return nil
  end
  local delta_high, delta_low, delta_count, delta_slots = unpack_struct('>ddd', delta)
  local slots = {}
  collect_slots(slots, stored, stored_slots)
  collect_slots(slots, delta, delta_slots)
  local epochs = {}
  for epoch in pairs(slots) do
    epochs[#epochs + 1] = epoch
  end
  table.sort(epochs)
  local sum_high, sum_low = add_sums(high, low, delta_high, delta_low)
  local out = {
    pack('>BdI4dddI2', letter, created, now_s, sum_high, sum_low, add_counts(count, delta_count), #epochs),
  }
  for i, epoch in ipairs(epochs) do
    out[i + 1] = pack('>I4I4', epoch, #slots[epoch]) .. slots[epoch]
  end
  return table.concat(out)
end

-- Whether a stored summary's slots are all there, and a histogram's buckets are not too many for Lua, shows only when
-- they are read.
local function guarded(fold)
  return function(stored, delta, oldest_update_s)
    local readable, value = pcall(fold, stored, delta, oldest_update_s)
    return readable and value or nil
  end
end

-- Kinds by their letter: how to add a delta, how long it is at least, and whether each of one layout is as long.
local KINDS = {
  c = {code = COUNTER, fold = fold_counter, min_length = 16, is_fixed = true},
  g = {code = GAUGE, fold = fold_gauge, min_length = 36, is_fixed = true},
  h = {code = HISTOGRAM, fold = guarded(fold_histogram), min_length = 24, is_fixed = true},
  s = {code = SUMMARY, fold = guarded(fold_summary), min_length = 26, is_fixed = false},
}

-- The tenant's watermark, in Unix s: the time up to which everything that was admitted is folded; see ADR 0008.
local function watermark_of(tenant, first_entry_ms)
  if tenant.backlog <= 0 or not first_entry_ms then
    return now_s
  end
  return math.floor(math.max(tenant.since, first_entry_ms) / 1000)
end

-- What is wrong with a stored value that the kind's function could not add to, and the tag to answer with; nil if there
-- is no value yet, or it expired.
local function flaw_of(kind, stored, delta, oldest_update_s)
  if not stored or stored == REGISTERED then
    return nil
  end
  local letter = string.sub(stored, 1, 1)
  if letter ~= '' and letter ~= REGISTERED and not KINDS[letter] then
    return 'value of unknown version ' .. string.byte(letter), 'UNREADABLE'
  end
  local length = #stored - HEADER_LENGTH
  local fits = length == #delta or (not kind.is_fixed and length >= kind.min_length)
  if string.byte(stored) ~= kind.code or not fits then
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
  local zeros = string.rep('\0', kind.is_fixed and #delta or kind.min_length)
  local value = kind.fold(pack(HEADER, kind.code, now_ms, now_s) .. zeros, delta, 0)
  if not value then
    return nil, 'delta of another layout', 'BROKEN'
  end
  return value
end

local cursor = 3
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end
local function take_number()
  return tonumber(take())
end

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
cursor = cursor + entry_count

local totals
totals, message = read_numbers(partition_totals, {'folded', 'pending', 'saturated'})
if not totals then
  return {'BROKEN', message}
end
local first_entry = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
local first_entry_ms = first_entry and tonumber(string.match(first_entry[1], '^%d+'))

local writes, tenants = {}, {}

-- Reads and computes one family of a tenant; or what is wrong, and the tag to answer with.
local function fold_family(tenant)
  local key, letter, expiry_s, size = KEYS[take_number()], take(), take_number(), take_number()
  local kind = KINDS[letter]
  if not kind then
    return 'unknown type', 'BROKEN'
  end
  local fold, min_length = kind.fold, kind.min_length
  local oldest_update_s = expiry_s > 0 and tenant.watermark - expiry_s or 0
  for from = 1, size, CHUNK / 2 do
    local to = math.min(from + CHUNK / 2 - 1, size)
    local stored = redis.pcall('HMGET', key, unpack(ARGV, cursor + from, cursor + to))
    if failed(stored) then
      return key .. ': ' .. stored.err, 'BROKEN'
    end
    local write = {}
    for i = from, to do
      local old = stored[i - from + 1]
      local delta = ARGV[cursor + size + i]
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
      end
      write[#write + 1] = ARGV[cursor + i]
      write[#write + 1] = value
    end
    writes[#writes + 1] = {key = key, values = write}
  end
  cursor = cursor + 2 * size
  return nil
end

for i = 1, take_number() do
  local id, key, samples, entries = take(), KEYS[take_number()], take_number(), take_number()
  local tenant
  tenant, message = read_numbers(key, {'folded', 'pending', 'backlog', 'series', 'since'})
  if not tenant then
    return {'BROKEN', message}
  end
  tenant.id, tenant.key = id, key
  tenant.watermark = watermark_of(tenant, first_entry_ms)
  tenant.folded = tenant.folded + samples
  tenant.pending = tenant.pending - samples
  tenant.backlog = tenant.backlog - entries
  totals.folded = totals.folded + samples
  totals.pending = totals.pending - samples
  for _ = 1, take_number() do
    local wrong, tag = fold_family(tenant)
    if wrong then
      return {tag, wrong}
    end
  end
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
    'backlog', whole(tenant.backlog), 'series', whole(tenant.series))
  if tenant.has_new and can_note then
    redis.call('ZADD', sweeps, 'NX', now_s, tenant.id)
  end
end
redis.call('HSET', partition_totals, 'folded', whole(totals.folded), 'pending', whole(totals.pending),
  'saturated', whole(totals.saturated + saturated))
for from = first_id, first_id + entry_count - 1, CHUNK do
  local to = math.min(from + CHUNK - 1, first_id + entry_count - 1)
  redis.call('XACK', stream, group, unpack(ARGV, from, to))
  redis.call('XDEL', stream, unpack(ARGV, from, to))
end
return {'FOLDED', saturated}
