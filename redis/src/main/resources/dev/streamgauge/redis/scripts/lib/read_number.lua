-- @include lib/number_of.lua
-- @include lib/reply.lua

-- Reads a field of a hash as a number. Returns nil and a message if the key or the field holds unexpected data.
local function read_number(key, field)
  local value = redis.pcall('HGET', key, field)
  if failed(value) then
    return nil, value.err
  end
  local number = number_of(value)
  if not number then
    return nil, 'field ' .. field .. ' is no number'
  end
  return number
end
