#!lua flags=no-writes
--[[
Reads entries that a consumer holds, without resetting their idle time.

KEYS[1] the partition's stream
ARGV[1] consumer group
ARGV[2] consumer that holds them
ARGV[3] id to start after
ARGV[4] most entries

Returns {'READ', {id, fields}, …} in the stream's order, or {'BROKEN', message}. The fields are nil if the entry was
deleted from outside.

Atomic, because an entry that another consumer takes over and folds meanwhile must not look as if it were deleted.
]]
local stream = KEYS[1]
local group, consumer, start_after, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local pending = redis.pcall('XPENDING', stream, group, '(' .. start_after, '+', count, consumer)
if pending.err then
  return {'BROKEN', pending.err}
end
local read = {'READ'}
for i, row in ipairs(pending) do
  local found = redis.call('XRANGE', stream, row[1], row[1])
  read[i + 1] = {row[1], #found > 0 and found[1][2]}
end
return read
