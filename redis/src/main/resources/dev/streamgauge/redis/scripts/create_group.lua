#!lua flags=allow-oom
--[[
Creates the consumer group of a stream, and the stream if it is missing.

KEYS[1] the partition's stream
ARGV[1] consumer group

Returns {'CREATED'}, {'EXISTS'}, or {'BROKEN', message}; only CREATED changes anything.

Atomic, because XGROUP CREATE fails if another process creates the group after the check. It also needs a script's flag:
a full Redis rejects XGROUP CREATE, even for a group that exists, and an aggregator that starts for the first time could
never drain it. The group begins at 0, never at '$', which would skip the entries that came before it.
]]
local stream = KEYS[1]
local group = ARGV[1]

local pending = redis.pcall('XPENDING', stream, group)
if not pending.err then
  return {'EXISTS'}
end
if not string.find(pending.err, 'NOGROUP', 1, true) then
  return {'BROKEN', pending.err}
end

-- Write: nothing below can fail.
redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
return {'CREATED'}
