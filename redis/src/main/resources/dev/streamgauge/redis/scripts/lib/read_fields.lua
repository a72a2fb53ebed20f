-- @include lib/reply.lua

-- Reads fields of a hash: the first `count` of them as numbers, 0 if absent; the others as they are, false if absent.
-- Returns nil and a message if the key or one of these numbers holds unexpected data.
local function read_fields(key, fields, count)
  local values = redis.pcall('HMGET', key, unpack(fields))
  if failed(values) then
    return nil, values.err
  end
  for i = 1, count do
    local number = tonumber(values[i] or '0') -- as number_of does; a call costs more
    if not number or number ~= number then
      return nil, 'field ' .. fields[i] .. ' is no number'
    end
    values[i] = number
  end
  return values
end
