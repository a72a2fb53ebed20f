-- A whole number as text. Lua's own text of a number has 14 digits.
local function whole(number)
  return string.format('%.0f', number)
end
