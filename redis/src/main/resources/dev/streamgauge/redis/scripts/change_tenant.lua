#!lua flags=allow-oom
--[[
Makes, replaces or deletes the record of one tenant, if it is still as the caller has read it.

KEYS[1] records: tenant -> record
KEYS[2] changed: tenant -> version of its last change, deleted tenants too
KEYS[3] deleted: deleted tenants alone -> version of their deletion
KEYS[4] meta: epoch, version of the last change, floor
ARGV[1] tenant
ARGV[2] the record as seen, '' for none
ARGV[3] the record to be, '' for none
ARGV[4] most tenants
ARGV[5] most deleted tenants to remember

Returns {'CHANGED'}, {'CONFLICT'} if the record is another, {'FULL'} if there are as many tenants as allowed, or
{'BROKEN', message}. Only the first has changed anything.

Only the newest deleted tenants are remembered; the floor is the version of the last one forgotten. A reader that has
read less than that may have missed deletions, and starts over.

It runs when Redis is full, too: a key must be revocable then, and a record is small.

Atomic, so that two writers never lose each other's change, and each change has a version of its own.
]]
local records, changed, deleted, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local tenant, before, after = ARGV[1], ARGV[2], ARGV[3]
local max_tenants, max_deleted = tonumber(ARGV[4]), tonumber(ARGV[5])

-- @include lib/read_fields.lua
-- @include lib/reply.lua
-- @include lib/whole.lua

local current = redis.pcall('HGET', records, tenant)
local tenants = redis.pcall('HLEN', records)
local last_change = redis.pcall('ZSCORE', changed, tenant)
local remembered = redis.pcall('ZCARD', deleted)
local found, message = read_fields(meta, {'version', 'epoch'}, 1)
local flaw = failed(current) or failed(tenants) or failed(last_change) or failed(remembered) or message
if flaw then
  return {'BROKEN', flaw}
end
local version, epoch = unpack(found)
if not epoch and tenants > 0 then
  return {'BROKEN', 'there are records, and their epoch is gone'}
end
if (current or '') ~= before then
  return {'CONFLICT'}
end
if not current and after ~= '' and tenants >= max_tenants then
  return {'FULL'}
end
if not epoch then
  local time = redis.call('TIME')
  epoch = time[1] .. '.' .. time[2]
end
version = version + 1

-- Write: nothing below can fail.
redis.call('HSET', meta, 'epoch', epoch, 'version', whole(version))
redis.call('ZADD', changed, whole(version), tenant)
if after ~= '' then
  redis.call('HSET', records, tenant, after)
  redis.call('ZREM', deleted, tenant)
else
  redis.call('HDEL', records, tenant)
  local added = redis.call('ZADD', deleted, whole(version), tenant)
  if remembered + added > max_deleted then
    local oldest = redis.call('ZPOPMIN', deleted)
    redis.call('ZREM', changed, oldest[1])
    redis.call('HSET', meta, 'floor', oldest[2])
  end
end
return {'CHANGED'}
