-- @include lib/builtins.lua
-- @include lib/chunk.lua
-- @include lib/clock.lua
-- @include lib/stored_value.lua
-- @include lib/sums.lua

-- A counter: its sum, a double-double.
local counter
do
  local CODE = string.byte('c')
  local FORMAT = HEADER .. 'dd'
  local LENGTH = 16

  local function fold(stored, delta, oldest_update_s)
    if #stored ~= HEADER_LENGTH + LENGTH then
      return nil
    end
    local letter, created, updated, high, low = unpack_struct(FORMAT, stored)
    if letter ~= CODE or updated < oldest_update_s then
      return nil
    end
    local delta_high, delta_low = unpack_struct('>dd', delta)
    high, low = add_sums(high, low, delta_high, delta_low)
    return pack(FORMAT, letter, created, now_s, high, low)
  end

  counter = {code = CODE, fold = fold, min_length = LENGTH, is_fixed = true, page = CHUNK / 2,
    units = 1, delta_byte_units = 0, stored_byte_units = 0}
end
