-- The partition's sizes name its larger tenants, so that the largest can be found when memory is short. A tenant's size
-- is noted when it has changed by an eighth, and by 64 KiB. It is no promise, so a failure to note it rejects nothing.
local NOTED_PART, NOTED_BYTES = 0.125, 65536

-- Whether a tenant's size is to be noted, given the one that was noted last; both in bytes.
local function differs_from_noted(size, noted)
  local change = math.abs(size - noted)
  return change > NOTED_BYTES and change > noted * NOTED_PART
end
