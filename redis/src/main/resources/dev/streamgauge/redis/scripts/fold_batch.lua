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
    number of KEYS of the family, type's letter, seconds after which its series expire (0 is never), number of series,
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

Costs are counted in units of a counter, see FoldUnits in core, package stream. The constants below are measured.

A tenant's bytes are counted as in admit_requests.lua. Values of most kinds never change their length, so that a series
costs nothing for this once it has a value.

A delta's layout is the packed form of its kind (core, package aggregation); that of a gauge is followed by two u32: of
how many samples it was made, and how many of these came after a newer one. Such samples are stale; all of the delta's
are, if what is stored is newer. A stored value has a header of 13 bytes before it: letter, f64 created in Unix ms, u32
last fold in Unix s. Most of what a fold costs is here, series by series: so a value is read by one call of struct,
header and all, and written by one.
]]
local stream, partition_totals, sweeps = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, max_units, entry_count = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local CHUNK = 1000 -- arguments a command, far below the 8,000 that unpack can give
local HEADER = '>BdI4'
local HEADER_LENGTH = 13
local COUNTER, GAUGE, HISTOGRAM, SUMMARY = string.byte('cghS', 1, 4)
local SUMMARY_WITHOUT_RANGES = string.byte('s') -- of earlier releases; a fold stores it as a SUMMARY
local REGISTERED = 'r'
local MAX_DOUBLE = 1.7976931348623157e308
local MAX_COUNT = 9007199254740992 -- 2^53
local MAX_BIN_COUNT = 4294967295
local MAX_BINS = 2048
local BIN_LENGTH = 8
local RANGE_LENGTH = 16
local GAUGE_LENGTH = 36
local ENTRY_UNITS = 3
local LABEL_BYTE_UNITS = 1 / 300
local SPLICED_PART = 8 -- a delta is spliced if it has less than an eighth of the stored bins
local LONG = 8000 -- bytes that table.concat joins at once
local BLOCK = 100 -- bins that one call of struct reads or writes
local SLOT_MS = 120000
-- Estimated bytes, and what decides them; see admit_requests.lua.
local ENTRY_BYTES, TABLE_BYTES, LISTPACK_BYTES = 100, 64, 8
local LISTPACK_ENTRIES, LISTPACK_LENGTH = 64, 64
local WINDOW_SLOTS = 5

local pack, unpack_struct = struct.pack, struct.unpack
local floor, min, sub = math.floor, math.min, string.sub

local time = redis.call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + floor(tonumber(time[2]) / 1000)
local oldest_epoch = floor(now_ms / SLOT_MS) - WINDOW_SLOTS + 1

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
local stale_samples = 0 -- of one tenant

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
  if #stored ~= HEADER_LENGTH + GAUGE_LENGTH then
    return nil
  end
  local letter, created, updated, _, timestamp, millis, sequence, index = unpack_struct('>BdI4ddddI4', stored)
  if letter ~= GAUGE or updated < oldest_update_s then
    return nil
  end
  local _, new_timestamp, new_millis, new_sequence, new_index, samples, late = unpack_struct('>ddddI4I4I4', delta)
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
  stale_samples = stale_samples + (newer and late or samples)
  local body = newer and sub(delta, 1, GAUGE_LENGTH) or sub(stored, HEADER_LENGTH + 1)
  return pack(HEADER, letter, created, now_s) .. body
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

-- A stored sketch may have thousands of bins, and a delta has a few. So the stored bins are not read: each bin of the
-- delta is searched for among the packed ones, and what lies between is copied as bytes.
--
-- Redis' Lua hashes every byte of each string that it makes, and a full summary has 160 kB. So strings are cut out of
-- the stored value, and joined again, as rarely as possible.

-- Joins strings. table.concat would join long ones several times.
local function join(parts, length)
  if length < LONG then
    return table.concat(parts)
  end
  if #parts > 9 then
    return parts[1] .. parts[2] .. table.concat(parts, '', 3)
  end
  return parts[1] .. parts[2] .. (parts[3] or '') .. (parts[4] or '') .. (parts[5] or '') .. (parts[6] or '')
    .. (parts[7] or '') .. (parts[8] or '') .. (parts[9] or '')
end

-- Formats of bins by their number.
local bins_formats = {}

local function bins_format(size)
  local format = bins_formats[size]
  if not format then
    format = '>' .. string.rep('i4I4', size)
    bins_formats[size] = format
  end
  return format
end

-- The index of a packed bin; places begin at 0.
local function index_at(packed, first, place)
  return (unpack_struct('>i4', packed, first + BIN_LENGTH * place))
end

-- The place of the first of some packed bins whose index is not below that; the place after them if all are.
local function find_bin(packed, first, from, to, index)
  while from < to do
    local middle = floor((from + to) / 2)
    if index_at(packed, first, middle) < index then
      from = middle + 1
    else
      to = middle
    end
  end
  return from
end

-- Reads packed bins: their indexes and counts, in turn.
local function read_bins(packed, first, size)
  if size <= BLOCK then
    local bins = {unpack_struct(bins_format(size), packed, first)}
    bins[2 * size + 1] = nil -- the position after them
    return bins
  end
  local bins, filled = {}, 0
  for from = 0, size - 1, BLOCK do
    local count = min(BLOCK, size - from)
    local block = {unpack_struct(bins_format(count), packed, first + BIN_LENGTH * from)}
    for i = 1, 2 * count do
      bins[filled + i] = block[i]
    end
    filled = filled + 2 * count
  end
  return bins
end

-- The sum of the counts of packed bins.
local function sum_counts(packed, first, size)
  local sum = 0
  for from = 0, size - 1, BLOCK do
    local count = min(BLOCK, size - from)
    local block = {unpack_struct(bins_format(count), packed, first + BIN_LENGTH * from)}
    for i = 2, 2 * count, 2 do
      sum = sum + block[i]
    end
  end
  return sum
end

-- Packs bins, the first so many numbers of a list.
local function pack_bins(out, bins, filled)
  for from = 1, filled, 2 * BLOCK do
    local to = min(from + 2 * BLOCK - 1, filled)
    out[#out + 1] = pack(bins_format((to - from + 1) / 2), unpack(bins, from, to))
  end
end

-- Merges bins with packed ones, which are copied in pieces. Returns the number of all.
local function splice_bins(out, packed, first, size, added)
  local copied, new_size = 0, size
  for i = 1, #added, 2 do
    local index, count = added[i], added[i + 1]
    local place = find_bin(packed, first, copied, size, index)
    if place > copied then
      out[#out + 1] = sub(packed, first + BIN_LENGTH * copied, first + BIN_LENGTH * place - 1)
      copied = place
    end
    local stored_index, stored_count
    if place < size then
      stored_index, stored_count = unpack_struct('>i4I4', packed, first + BIN_LENGTH * place)
    end
    if stored_index == index then
      count = count + stored_count
      copied = place + 1
    else
      new_size = new_size + 1
    end
    out[#out + 1] = pack('>i4I4', index, min(count, MAX_BIN_COUNT))
  end
  if copied < size then
    out[#out + 1] = sub(packed, first + BIN_LENGTH * copied, first + BIN_LENGTH * size - 1)
  end
  return new_size
end

-- Merges bins with packed ones, which are all read. Returns the number of all.
local function merge_each_bin(out, packed, first, size, added)
  local stored = read_bins(packed, first, size)
  local bins, filled = {}, 0
  local i, j = 1, 1
  local stored_index, index = stored[1], added[1]
  while stored_index or index do
    filled = filled + 2
    if not index or (stored_index and stored_index < index) then
      bins[filled - 1], bins[filled], i = stored_index, stored[i + 1], i + 2
      stored_index = stored[i]
    elseif stored_index == index then
      bins[filled - 1], bins[filled] = index, min(stored[i + 1] + added[j + 1], MAX_BIN_COUNT)
      i, j = i + 2, j + 2
      stored_index, index = stored[i], added[j]
    else
      bins[filled - 1], bins[filled], j = index, min(added[j + 1], MAX_BIN_COUNT), j + 2
      index = added[j]
    end
  end
  pack_bins(out, bins, filled)
  return filled / 2
end

-- The bins to add, if some bins are too far below the highest index: those go into the lowest index kept, which is one
-- more bin to add. Also returns the place of the first packed bin that is left.
local function collapse(packed, first, size, added, lowest)
  local left = find_bin(packed, first, 0, size, lowest)
  local kept = {lowest, sum_counts(packed, first, left)}
  for i = 1, #added, 2 do
    if added[i] <= lowest then
      kept[2] = kept[2] + added[i + 1]
    else
      kept[#kept + 1], kept[#kept + 2] = added[i], added[i + 1]
    end
  end
  return kept, left
end

-- Merges the bins of one sign: those at a position of the stored value, whose slot has an end, and those at a position
-- of the delta. Returns the number of all, and the positions after both.
local function merge_bins(out, stored, position, stored_end, delta, delta_position)
  local size, first = unpack_struct('>I2', stored, position)
  local added_size, added_first = unpack_struct('>I2', delta, delta_position)
  local after, delta_after = first + BIN_LENGTH * size, added_first + BIN_LENGTH * added_size
  assert(after <= stored_end and delta_after <= #delta + 1)
  if added_size == 0 then
    out[#out + 1] = sub(stored, position, after - 1)
    return size, after, delta_after
  end
  if size == 0 then
    out[#out + 1] = sub(delta, delta_position, delta_after - 1)
    return added_size, after, delta_after
  end
  local added = read_bins(delta, added_first, added_size)
  local lowest = math.max(index_at(stored, first, size - 1), added[#added - 1]) - MAX_BINS + 1
  if index_at(stored, first, 0) < lowest or added[1] < lowest then
    local left
    added, left = collapse(stored, first, size, added, lowest)
    first, size = first + BIN_LENGTH * left, size - left
  end
  local place = #out + 1
  out[place] = ''
  local merge = SPLICED_PART * #added / 2 < size and splice_bins or merge_each_bin
  local new_size = merge(out, stored, first, size, added)
  out[place] = pack('>I2', new_size)
  return new_size, after, delta_after
end

-- Merges the sketches at these positions into a slot.
local function merge_sketches(out, epoch, stored, position, stored_end, delta, delta_position)
  local least, greatest, added_least, added_greatest, zeros, added_zeros, positive, negative
  least, greatest, zeros, position = unpack_struct('>ddI4', stored, position)
  added_least, added_greatest, added_zeros, delta_position = unpack_struct('>ddI4', delta, delta_position)
  local place = #out + 1
  out[place] = ''
  positive, position, delta_position = merge_bins(out, stored, position, stored_end, delta, delta_position)
  negative = merge_bins(out, stored, position, stored_end, delta, delta_position)
  local length = RANGE_LENGTH + 8 + BIN_LENGTH * (positive + negative)
  out[place] = pack('>I4I4ddI4', epoch, length, min(least, added_least), math.max(greatest, added_greatest),
    min(zeros + added_zeros, MAX_BIN_COUNT))
end

-- The epoch of a slot, and the positions of its sketch and of the next slot.
local function slot_at(packed, position)
  local epoch, length, sketch = unpack_struct('>I4I4', packed, position)
  assert(sketch + length <= #packed + 1)
  return epoch, sketch, sketch + length
end

-- Skips the slots of earlier epochs. Returns how many are left, and where.
local function skip_slots(packed, position, left, oldest)
  while left > 0 do
    local epoch, _, after = slot_at(packed, position)
    if epoch >= oldest then
      break
    end
    left, position = left - 1, after
  end
  return left, position
end

-- A stored summary of an earlier release, whose sketches get a range: an infinite one, since it is not known.
local function with_ranges(stored)
  local left, position = unpack_struct('>I2', stored, HEADER_LENGTH + 25)
  local out = {sub(stored, 1, position - 1)}
  for _ = 1, left do
    local epoch, sketch, after = slot_at(stored, position)
    out[#out + 1] = pack('>I4I4dd', epoch, after - sketch + RANGE_LENGTH, -math.huge, math.huge)
    out[#out + 1] = sub(stored, sketch, after - 1)
    position = after
  end
  return table.concat(out)
end

local function fold_summary(stored, delta, oldest_update_s)
  local letter, created, updated, high, low, count, left, position = unpack_struct('>BdI4dddI2', stored)
  if (letter ~= SUMMARY and letter ~= SUMMARY_WITHOUT_RANGES) or updated < oldest_update_s then
    return nil
  end
  if letter == SUMMARY_WITHOUT_RANGES then
    stored = with_ranges(stored)
  end
  local delta_high, delta_low, delta_count, delta_left, delta_position = unpack_struct('>dddI2', delta)
  left, position = skip_slots(stored, position, left, oldest_epoch)
  delta_left, delta_position = skip_slots(delta, delta_position, delta_left, oldest_epoch)
  local out, copied, size = {''}, position, left
  for _ = 1, delta_left do
    local epoch, sketch, delta_after = slot_at(delta, delta_position)
    left, position = skip_slots(stored, position, left, epoch)
    if copied < position then
      out[#out + 1] = sub(stored, copied, position - 1)
    end
    local stored_epoch, stored_sketch, after
    if left > 0 then
      stored_epoch, stored_sketch, after = slot_at(stored, position)
    end
    if stored_epoch == epoch then
      merge_sketches(out, epoch, stored, stored_sketch, after, delta, sketch)
      left, position = left - 1, after
    else
      out[#out + 1] = sub(delta, delta_position, delta_after - 1)
      size = size + 1
    end
    copied, delta_position = position, delta_after
  end
  local _
  _, position = skip_slots(stored, position, left, math.huge)
  if copied < position then
    out[#out + 1] = sub(stored, copied, position - 1)
  end
  local sum_high, sum_low = add_sums(high, low, delta_high, delta_low)
  out[1] = pack('>BdI4dddI2', SUMMARY, created, now_s, sum_high, sum_low, add_counts(count, delta_count), size)
  return join(out, #stored + #delta)
end

-- Whether a stored summary's slots are all there, and a histogram's buckets are not too many for Lua, shows only when
-- they are read.
local function guarded(fold)
  return function(stored, delta, oldest_update_s)
    local readable, value = pcall(fold, stored, delta, oldest_update_s)
    return readable and value or nil
  end
end

-- Kinds by their letter: how to add a delta, how long it is at least, whether each of one layout is as long, and how
-- many series are read at once. Then the units of a series, of a byte of its delta, and of a byte of its stored value:
-- a counter costs 1, a histogram 1 and 1/6 for each bucket, a summary 4, 2 for each bin of its delta, and the copying
-- of its stored sketches.
local KINDS = {
  c = {code = COUNTER, fold = fold_counter, min_length = 16, is_fixed = true, page = CHUNK / 2,
    units = 1, delta_byte_units = 0, stored_byte_units = 0},
  g = {code = GAUGE, fold = fold_gauge, min_length = GAUGE_LENGTH + 8, value_length = GAUGE_LENGTH, is_fixed = true,
    page = CHUNK / 2, units = 1, delta_byte_units = 0, stored_byte_units = 0},
  h = {code = HISTOGRAM, fold = guarded(fold_histogram), min_length = 24, is_fixed = true, page = 100,
    units = 1 - 16 / 48, delta_byte_units = 1 / 48, stored_byte_units = 0},
  s = {code = SUMMARY, earlier_code = SUMMARY_WITHOUT_RANGES, fold = guarded(fold_summary), min_length = 26,
    is_fixed = false, page = 3, units = 4 - 58 / 4, delta_byte_units = 1 / 4, stored_byte_units = 1 / 200},
}

-- The tenant's watermark, in Unix s: the time up to which everything that was admitted is folded; see ADR 0008. It is
-- never ahead: ids of entries do not go back with the clock.
local function watermark_of(tenant, first_entry_ms)
  if tenant.backlog <= 0 or not first_entry_ms then
    return now_s
  end
  return min(now_s, floor(math.max(tenant.since, first_entry_ms) / 1000))
end

-- What is wrong with a stored value that the kind's function could not add to, and the tag to answer with; nil if there
-- is no value yet, or it expired.
local function flaw_of(kind, stored, delta, oldest_update_s)
  if not stored or stored == REGISTERED then
    return nil
  end
  local letter = sub(stored, 1, 1)
  local code = string.byte(stored)
  if letter ~= '' and letter ~= REGISTERED and not KINDS[letter] and code ~= SUMMARY then
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

local cursor = 4
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
  cursor = cursor + 2 * size
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
  tenant.watermark = watermark_of(tenant, first_entry_ms)
  tenant.folded = tenant.folded + samples
  tenant.pending = tenant.pending - samples
  tenant.backlog = tenant.backlog - entries
  tenant.backlog_bytes = tenant.backlog > 0 and math.max(0, tenant.backlog_bytes - entry_bytes) or 0
  totals.folded = totals.folded + samples
  totals.pending = totals.pending - samples
  stale_samples = 0
  for _ = 1, take_number() do
    local wrong, tag = fold_family(tenant)
    if wrong then
      return {tag, wrong}
    end
  end
  tenant.has_stale, tenant.stale = stale_samples > 0, tenant.stale + stale_samples
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
for from = first_id, first_id + entry_count - 1, CHUNK do
  local to = min(from + CHUNK - 1, first_id + entry_count - 1)
  redis.call('XACK', stream, group, unpack(ARGV, from, to))
  redis.call('XDEL', stream, unpack(ARGV, from, to))
end
return {'FOLDED', saturated, math.ceil(units)}
