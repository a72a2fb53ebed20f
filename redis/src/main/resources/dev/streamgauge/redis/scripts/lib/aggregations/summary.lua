-- @include lib/builtins.lua
-- @include lib/clock.lua
-- @include lib/guarded.lua
-- @include lib/stored_value.lua
-- @include lib/sums.lua

-- A summary: its sum, a double-double, its count, and a sketch for each slot of a sliding window. It costs 4 units, 2
-- for each bin of its delta, and the copying of its stored sketches.
local summary
do
  local CODE = string.byte('S')
  local CODE_WITHOUT_RANGES = string.byte('s') -- of earlier releases; a fold stores it with ranges
  local FORMAT = HEADER .. 'dddI2'
  local SLOT_MS = 120000
  local WINDOW_SLOTS = 5
  local MAX_BIN_COUNT = 4294967295
  local MAX_BINS = 2048
  local BIN_LENGTH = 8
  local RANGE_LENGTH = 16
  local SPLICED_PART = 8 -- a delta is spliced if it has less than an eighth of the stored bins
  local LONG = 8000 -- bytes that table.concat joins at once
  local BLOCK = 100 -- bins that one call of struct reads or writes
  local oldest_epoch = floor(now_ms / SLOT_MS) - WINDOW_SLOTS + 1

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

  -- The bins to add, if some bins are too far below the highest index: those go into the lowest index kept, which is
  -- one more bin to add. Also returns the place of the first packed bin that is left.
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

  -- Merges the bins of one sign: those at a position of the stored value, whose slot has an end, and those at a
  -- position of the delta. Returns the number of all, and the positions after both.
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

  local function fold(stored, delta, oldest_update_s)
    local letter, created, updated, high, low, count, left, position = unpack_struct(FORMAT, stored)
    if (letter ~= CODE and letter ~= CODE_WITHOUT_RANGES) or updated < oldest_update_s then
      return nil
    end
    if letter == CODE_WITHOUT_RANGES then
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
    out[1] = pack(FORMAT, CODE, created, now_s, sum_high, sum_low, add_counts(count, delta_count), size)
    return join(out, #stored + #delta)
  end

  summary = {code = CODE, earlier_code = CODE_WITHOUT_RANGES, fold = guarded(fold), min_length = 26, is_fixed = false,
    page = 3, units = 4 - 58 / 4, delta_byte_units = 1 / 4, stored_byte_units = 1 / 200}
end
