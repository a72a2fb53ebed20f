-- @include lib/entry.lua

-- The payload among the fields of an entry, or nil.
local function payload_of(fields)
  for i = 1, #fields, 2 do
    if fields[i] == PAYLOAD_FIELD then
      return fields[i + 1]
    end
  end
  return nil
end
