#!lua flags=allow-oom
--[[
Removes a consumer that has nothing pending. One with pending entries must stay: removing it would forget them.

KEYS[1] the partition's stream
ARGV[1] consumer group
ARGV[2] consumer

Returns {'REMOVED'}, or {'KEPT'} if it has pending entries, or the stream or group is gone.

Atomic, so that the consumer gets no entry between the check and the removal.
]]
local stream = KEYS[1]
local group, consumer = ARGV[1], ARGV[2]

local pending = redis.pcall('XPENDING', stream, group, '-', '+', 1, consumer)
if pending.err or #pending > 0 then
  return {'KEPT'}
end

-- Write: nothing below can fail.
redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
return {'REMOVED'}
