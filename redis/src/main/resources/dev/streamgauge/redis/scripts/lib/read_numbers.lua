-- @include lib/read_fields.lua

-- Reads fields of a hash as numbers, by their name; 0 if absent. Returns nil and a message if the key or a field holds
-- unexpected data.
local function read_numbers(key, fields)
  local values, message = read_fields(key, fields, #fields)
  if not values then
    return nil, message
  end
  local numbers = {}
  for i, field in ipairs(fields) do
    numbers[field] = values[i]
  end
  return numbers
end
