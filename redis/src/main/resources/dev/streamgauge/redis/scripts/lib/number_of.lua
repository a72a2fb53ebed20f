-- The number that a stored text stands for, 0 if nothing is stored; nil for any other text, NaN included.
local function number_of(text)
  local number = tonumber(text or '0')
  return number == number and number or nil
end
