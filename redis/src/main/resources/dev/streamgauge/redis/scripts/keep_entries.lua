#!lua flags=allow-oom
--[[
Resets the idle time of entries that a consumer holds, so that others do not take them over.

KEYS[1] the partition's stream
ARGV[1] consumer group
ARGV[2] consumer that holds them
ARGV[3…] ids of entries

Returns {'KEPT', kept} or {'BROKEN', message}. An entry that is no longer pending for this consumer is left alone. So is
an entry that was deleted from outside: claiming it would drop it uncounted.

Atomic, because an entry that was taken over meanwhile must not be taken back.
]]
local stream = KEYS[1]
local group, consumer = ARGV[1], ARGV[2]

local kept = {}
for i = 3, #ARGV do
  local pending = redis.pcall('XPENDING', stream, group, ARGV[i], ARGV[i], 1, consumer)
  if pending.err then
    return {'BROKEN', pending.err}
  end
  if #pending > 0 and #redis.call('XRANGE', stream, ARGV[i], ARGV[i]) > 0 then
    kept[#kept + 1] = ARGV[i]
  end
end

-- Write: nothing below can fail.
for _, id in ipairs(kept) do
  redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
end
return {'KEPT', #kept}
