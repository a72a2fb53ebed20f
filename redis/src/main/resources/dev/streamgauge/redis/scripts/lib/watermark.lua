-- @include lib/clock.lua

-- When the first of some entries was added, in Unix ms; nil if there is none.
local function added_ms(entries)
  return entries[1] and tonumber(string.match(entries[1][1], '^%d+'))
end

-- The tenant's watermark, in Unix s: the time up to which everything that was admitted is folded; see ADR 0008. It is
-- never ahead: ids of entries do not go back with the clock.
--
-- backlog         entries of the tenant that wait to be folded
-- since           when its backlog began, in Unix ms
-- first_entry_ms  when the first entry of the stream was added, in Unix ms; nil if there is none
local function watermark_of(backlog, since, first_entry_ms)
  if backlog <= 0 or not first_entry_ms then
    return now_s
  end
  return math.min(now_s, math.floor(math.max(since, first_entry_ms) / 1000))
end
