#!lua
--[[
Adds samples that one ingest process rejected to the counts of their tenants, in one partition.

KEYS[1]  the number of the last flush of that process in this partition
KEYS[2…] keys that ARGV names by their number
ARGV[1]  number of this flush, greater than those before it
ARGV[2]  how long that number is kept, in ms
ARGV[3]  how long the counts of a tenant without any accepted sample are kept, in ms
ARGV[4]  number of tenants; then the fields of each, in this order:
  number of KEYS: the tenant's totals, the tenant's rejected samples
  number of reasons, then of each: reason, samples

Returns
  {'COUNTED', i, message, …}  done, except for the tenants i (from 1), whose keys hold unexpected data
  {'REPEATED'}                this flush was counted before; nothing is changed
  {'BROKEN', message}         KEYS[1] holds unexpected data; nothing is changed

Atomic, because the counts and the flush's number must change together: a flush whose answer was lost is sent again, and
counts once. It must not run when Redis is full, hence no flags: the process keeps what it could not flush.
]]
local last_flush = KEYS[1]
local flush, flush_ttl_ms, stranger_ttl_ms, tenant_count = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])

local MAX_COUNT = 9007199254740992 -- 2^53

local cursor = 4
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end
local function take_number()
  return tonumber(take())
end

local function failed(reply)
  return type(reply) == 'table' and reply.err
end

local function whole(number)
  return string.format('%.0f', number)
end

-- What to write for a tenant, or nil and a message if one of its keys holds unexpected data.
local function plan(totals, rejected, reasons, samples)
  local is_known = redis.pcall('HEXISTS', totals, 'accepted')
  if failed(is_known) then
    return nil, totals .. ': ' .. is_known.err
  end
  local counts = redis.pcall('HMGET', rejected, unpack(reasons))
  if failed(counts) then
    return nil, rejected .. ': ' .. counts.err
  end
  local fields = {}
  for i, reason in ipairs(reasons) do
    local count = tonumber(counts[i] or '0')
    if not count or count ~= count then
      return nil, rejected .. ': field ' .. reason .. ' is no number'
    end
    fields[#fields + 1] = reason
    fields[#fields + 1] = whole(math.min(count + samples[i], MAX_COUNT))
  end
  return {key = rejected, fields = fields, is_known = is_known == 1}
end

-- Check.
local before = redis.pcall('GET', last_flush)
if failed(before) then
  return {'BROKEN', last_flush .. ': ' .. before.err}
end
if before and (tonumber(before) or 0) >= flush then
  return {'REPEATED'}
end
local answer, plans = {'COUNTED'}, {}
for i = 1, tenant_count do
  local totals, rejected = KEYS[take_number()], KEYS[take_number()]
  local reasons, samples = {}, {}
  for j = 1, take_number() do
    reasons[j], samples[j] = take(), take_number()
  end
  local planned, message = plan(totals, rejected, reasons, samples)
  if planned then
    plans[#plans + 1] = planned
  else
    answer[#answer + 1] = i
    answer[#answer + 1] = message
  end
end

-- Write: nothing below can fail.
for _, planned in ipairs(plans) do
  redis.call('HSET', planned.key, unpack(planned.fields))
  if planned.is_known then
    redis.call('PERSIST', planned.key)
  else
    redis.call('PEXPIRE', planned.key, stranger_ttl_ms)
  end
end
redis.call('SET', last_flush, whole(flush), 'PX', flush_ttl_ms)
return answer
