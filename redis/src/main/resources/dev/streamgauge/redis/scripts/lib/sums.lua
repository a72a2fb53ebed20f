-- @include lib/max_count.lua

-- How many sums and counts are at their greatest value after something was added to them, in the batch so far.
local saturated = 0
local MAX_DOUBLE = 1.7976931348623157e308

-- Adds two double-double sums, as core's DoubleDouble does. The two-sums are written out, since a call costs more.
local function add_sums(high, low, other_high, other_low)
  local sum = high + other_high
  local part = sum - high
  local high_error = (high - (sum - part)) + (other_high - part)
  if sum - sum ~= 0 then
    saturated = saturated + 1
    return sum > 0 and MAX_DOUBLE or -MAX_DOUBLE, 0
  end
  local low_sum = low + other_low
  part = low_sum - low
  local low_error = (low - (low_sum - part)) + (other_low - part)
  local rest = high_error + low_sum
  local once = sum + rest
  local once_rest = rest - (once - sum) + low_error
  local new_high = once + once_rest
  if new_high - new_high ~= 0 then
    saturated = saturated + 1
    return sum > 0 and MAX_DOUBLE or -MAX_DOUBLE, 0
  end
  if new_high == MAX_DOUBLE or new_high == -MAX_DOUBLE then
    saturated = saturated + 1 -- it may have come there within the batch
  end
  return new_high, once_rest - (new_high - once)
end

-- Adds two counts.
local function add_counts(a, b)
  local sum = a + b
  if sum >= MAX_COUNT then -- not only beyond: 2^53 + 1 is 2^53
    saturated = saturated + 1
    return MAX_COUNT
  end
  return sum
end
