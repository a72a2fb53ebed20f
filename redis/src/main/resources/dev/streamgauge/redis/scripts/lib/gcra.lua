--[[
Generic cell rate algorithm (ITU-T I.371): `tat` is when the tenant's cells so far, values or requests, are paid off, in
Unix ms. A rate is in cells a second, and a burst in cells.
]]
-- @include lib/clock.lua

-- The longest time to pay off a debt, beyond the burst; so a clock that stepped back locks no tenant out for longer.
local MAX_DEBT_MS = 60000
-- A burst that came in parts adds up only so exactly: in samples, or in requests.
local ROUNDING = 0.001

-- The tat that a charge is added to, and the latest one that it may lead to.
local function settle(tat, rate, burst)
  local latest = now_ms + burst / rate * 1000 + MAX_DEBT_MS
  if tat > latest or tat < now_ms then
    tat = now_ms
  end
  return tat, latest
end

-- The comparison is in cells: in ms since 1970 a burst would be rounded, and a request of a whole burst would always be
-- rejected. Returns ms until there is room for the cells, or 0; ms until there is room for any; and the time at which
-- the charge is paid off too. The charge may exceed the burst, and the tenant is in debt then.
local function check_cells(tat, rate, burst, cells, charge)
  if rate <= 0 then
    return 0, 0, tat
  end
  local latest
  tat, latest = settle(tat, rate, burst)
  local debt = (tat - now_ms) * rate / 1000 - burst
  local debt_ms = math.max(0, math.ceil(debt / rate * 1000))
  if debt + cells > ROUNDING then
    return math.ceil((debt + cells) / rate * 1000), debt_ms, tat
  end
  return 0, debt_ms, math.min(tat + charge / rate * 1000, latest)
end
