-- @include lib/builtins.lua
-- @include lib/chunk.lua
-- @include lib/clock.lua
-- @include lib/stored_value.lua

-- A maximum: how many values there were, and the greatest.
local maximum
do
  local CODE = string.byte('m')
  local FORMAT = HEADER .. 'dd'
  local LENGTH = 16

  local function fold(stored, delta, oldest_update_s)
    if #stored ~= HEADER_LENGTH + LENGTH then
      return nil
    end
    local letter, created, updated, count, greatest = unpack_struct(FORMAT, stored)
    if letter ~= CODE or updated < oldest_update_s then
      return nil
    end
    local new_count, new_greatest = unpack_struct('>dd', delta)
    greatest = count == 0 and new_greatest or math.max(greatest, new_greatest)
    return pack(FORMAT, letter, created, now_s, count + new_count, greatest)
  end

  maximum = {code = CODE, fold = fold, min_length = LENGTH, is_fixed = true, page = CHUNK / 2,
    units = 1, delta_byte_units = 0, stored_byte_units = 0}
end
