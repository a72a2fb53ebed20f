#!lua flags=allow-oom
--[[
Creates the consumer group of a stream, and the stream if it is missing.

KEYS[1] the partition's stream
ARGV[1] consumer group

Returns {'CREATED'}, {'EXISTS'}, or {'BROKEN', message}; only CREATED changes anything.

Atomic, because it is one command. It is a script only for its flag: a full Redis rejects XGROUP CREATE, even for a
group that exists, and an aggregator that starts for the first time could never drain it. The group begins at 0, never
at '$', which would skip the entries that came before it.
]]
local stream = KEYS[1]
local group = ARGV[1]

local reply = redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
if type(reply) == 'table' and reply.err then
  if string.find(reply.err, 'BUSYGROUP', 1, true) then
    return {'EXISTS'}
  end
  return {'BROKEN', reply.err}
end
return {'CREATED'}
