-- @include lib/builtins.lua
-- @include lib/clock.lua
-- @include lib/guarded.lua
-- @include lib/stored_value.lua
-- @include lib/sums.lua

-- A histogram: its sum, a double-double, and the count of each bucket. It costs a unit, and 1/6 for each bucket.
local histogram
do
  local CODE = string.byte('h')
  -- Formats of histograms by their number of doubles.
  local formats = {}

  local function fold(stored, delta, oldest_update_s)
    local size = #delta / 8
    local format = formats[size]
    if not format then
      local doubles = string.rep('d', size)
      format = {delta = '>' .. doubles, value = HEADER .. doubles}
      formats[size] = format
    end
    if #stored ~= HEADER_LENGTH + #delta then
      return nil
    end
    local value = {unpack_struct(format.value, stored)}
    if value[1] ~= CODE or value[3] < oldest_update_s then
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

  histogram = {code = CODE, fold = guarded(fold), min_length = 24, is_fixed = true, page = 100,
    units = 1 - 16 / 48, delta_byte_units = 1 / 48, stored_byte_units = 0}
end
