-- Takes what stands in ARGV one after another. The cursor is the place of what was taken last.
local cursor = 0

local function skip(count)
  cursor = cursor + count
end

local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end

local function take_number()
  return tonumber(take())
end
