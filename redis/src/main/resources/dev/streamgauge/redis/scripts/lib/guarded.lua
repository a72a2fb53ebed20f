-- Gives a kind's function that returns nil where the other one fails: whether a stored summary's slots are all there,
-- and a histogram's buckets are not too many for Lua, shows only when they are read.
local function guarded(fold)
  return function(stored, delta, oldest_update_s)
    local readable, value = pcall(fold, stored, delta, oldest_update_s)
    return readable and value or nil
  end
end
