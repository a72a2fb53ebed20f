-- @include lib/builtins.lua
-- @include lib/chunk.lua
-- @include lib/clock.lua
-- @include lib/stored_value.lua

-- How many samples of gauges came after a newer one, in the batch so far.
local stale_samples = 0

-- A gauge: its value, and the timestamp and the position of the sample that it comes from. A delta is followed by two
-- u32: of how many samples it was made, and how many of these came after a newer one. Such samples are stale; all of
-- the delta's are, if what is stored is newer.
local gauge
do
  local CODE = string.byte('g')
  local FORMAT = HEADER .. 'ddddI4'
  local LENGTH = 36

  local function fold(stored, delta, oldest_update_s)
    if #stored ~= HEADER_LENGTH + LENGTH then
      return nil
    end
    local letter, created, updated, _, timestamp, millis, sequence, index = unpack_struct(FORMAT, stored)
    if letter ~= CODE or updated < oldest_update_s then
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
    local body = newer and sub(delta, 1, LENGTH) or sub(stored, HEADER_LENGTH + 1)
    return pack(HEADER, letter, created, now_s) .. body
  end

  gauge = {code = CODE, fold = fold, min_length = LENGTH + 8, value_length = LENGTH, is_fixed = true, page = CHUNK / 2,
    units = 1, delta_byte_units = 0, stored_byte_units = 0}
end
