#!lua flags=no-writes
--[[
Reads the tenants that have changed since a version, oldest change first, as far as they fit in an answer.

KEYS[1] records: tenant -> record
KEYS[2] changed: tenant -> version of its last change, deleted tenants too
KEYS[3] meta: epoch, version of the last change, floor
ARGV[1] epoch that the reader knows, '-' for none
ARGV[2] base: version up to which the reader knew all tenants when it began to read
ARGV[3] version that the reader has read up to
ARGV[4] most tenants of an answer
ARGV[5] bytes of records from which on an answer ends

Returns
  {'CHANGES', version read up to, 1 if there is more or 0, tenant, record or nil, tenant, …}
                             a deleted tenant has no record
  {'START', epoch, version}  the reader has to start over: forget all tenants, and read on from version 0 with this
                             version as its base
  {'BROKEN', message}

A reader starts over if this is another directory (Redis was emptied) or an older one (a replica that lags was
promoted). It also starts over if tenants that were deleted after its base are forgotten here (see change_tenant.lua),
since it would never learn of their deletion.

Atomic, so that a version and the records up to it belong together.
]]
local records, changed, meta = KEYS[1], KEYS[2], KEYS[3]
local known_epoch, base, since = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local max_tenants, max_bytes = tonumber(ARGV[4]), tonumber(ARGV[5])

-- @include lib/read_fields.lua
-- @include lib/reply.lua
-- @include lib/whole.lua

local found, message = read_fields(meta, {'version', 'floor', 'epoch'}, 2)
if not found then
  return {'BROKEN', message}
end
local version, floor, epoch = found[1], found[2], found[3] or ''
if epoch == '' then
  local tenants = redis.pcall('HLEN', records)
  if failed(tenants) then
    return {'BROKEN', tenants.err}
  end
  if tenants > 0 then
    return {'BROKEN', 'there are records, and their epoch is gone'}
  end
end
if epoch ~= known_epoch or since > version or floor > base then
  return {'START', epoch, whole(version)}
end
if since == version then
  return {'CHANGES', whole(version), 0}
end

local rows = redis.pcall('ZRANGE', changed, '(' .. whole(since), '+inf', 'BYSCORE', 'LIMIT', 0, max_tenants,
  'WITHSCORES')
if rows.err then
  return {'BROKEN', rows.err}
end
local answer, bytes, more = {'CHANGES', whole(version), 0}, 0, #rows == 2 * max_tenants
for i = 1, #rows, 2 do
  if bytes >= max_bytes then
    more = true
    break
  end
  local record = redis.pcall('HGET', records, rows[i])
  if failed(record) then
    return {'BROKEN', record.err}
  end
  answer[#answer + 1] = rows[i]
  answer[#answer + 1] = record
  answer[2] = whole(tonumber(rows[i + 1]))
  bytes = bytes + (record and #record or 0)
end
if more then
  answer[3] = 1
else
  answer[2] = whole(version)
end
return answer
