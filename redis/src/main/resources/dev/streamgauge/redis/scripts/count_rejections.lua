#!lua
--[[
Adds samples that one ingest process rejected to the counts of their tenants, in one partition, and charges the tenants
for bodies that were rejected before Redis was asked.

KEYS[1]  the number of the last flush of that process in this partition
KEYS[2…] keys that ARGV names by their number
ARGV[1]  number of this flush, greater than those before it
ARGV[2]  how long that number is kept, in ms
ARGV[3]  how long the counts of a tenant without any accepted sample are kept, in ms; 0: they are not counted
ARGV[4]  number of tenants; then the fields of each, in this order:
  number of KEYS: the tenant's totals, the tenant's rejected samples
  units to charge, the tenant's rate in units a second (0: none), its burst in units
  number of reasons, then of each: reason, samples

Returns
  {'COUNTED', {i, message, …}, {i, ms, …}}
                       done, except for the first tenants i (from 1), whose keys hold unexpected data; the second are in
                       debt: they have used up their rate and burst for so many ms
  {'REPEATED'}         this flush was counted before; nothing is changed
  {'BROKEN', message}  KEYS[1] holds unexpected data; nothing is changed

A tenant without any accepted sample is not charged, so that made-up tenants leave no totals behind.

Atomic, because the counts and the flush's number must change together: a flush whose answer was lost is sent again, and
counts once. It must not run when Redis is full, hence no flags: the process keeps what it could not flush.
]]
local last_flush = KEYS[1]
local flush, flush_ttl_ms, stranger_ttl_ms, tenant_count = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])

-- @include lib/clock.lua
-- @include lib/gcra.lua
-- @include lib/max_count.lua
-- @include lib/number_of.lua
-- @include lib/read_fields.lua
-- @include lib/reply.lua
-- @include lib/take.lua
-- @include lib/whole.lua

-- When the tenant's units are paid off, and ms for which it is in debt.
local function charged(tat, bill)
  local latest
  tat, latest = settle(tat, bill.rate, bill.burst)
  tat = math.min(tat + bill.units / bill.rate * 1000, latest)
  return tat, math.ceil(tat - now_ms - bill.burst / bill.rate * 1000)
end

-- What to write for a tenant, or nil and a message if one of its keys holds unexpected data.
local function plan(totals, rejected, bill, reasons, samples)
  local known, message = read_fields(totals, {'tat', 'accepted'}, 1)
  if not known then
    return nil, totals .. ': ' .. message
  end
  local tat, is_known = known[1], known[2] and true
  -- With one more field, since a tenant may have something to be charged for, but no rejected sample.
  local counts = redis.pcall('HMGET', rejected, 'any', unpack(reasons))
  if failed(counts) then
    return nil, rejected .. ': ' .. counts.err
  end
  local fields = {}
  for i, reason in ipairs((is_known or tonumber(stranger_ttl_ms) > 0) and reasons or {}) do
    local count = number_of(counts[i + 1])
    if not count then
      return nil, rejected .. ': field ' .. reason .. ' is no number'
    end
    fields[#fields + 1] = reason
    fields[#fields + 1] = whole(math.min(count + samples[i], MAX_COUNT))
  end
  local planned = {key = rejected, totals = totals, fields = fields, is_known = is_known, debt_ms = 0}
  if is_known and bill.rate > 0 and bill.units > 0 then
    planned.tat, planned.debt_ms = charged(tat, bill)
  end
  return planned
end

-- Check.
skip(4) -- the arguments that have names
local before = redis.pcall('GET', last_flush)
if failed(before) then
  return {'BROKEN', last_flush .. ': ' .. before.err}
end
if before and (tonumber(before) or 0) >= flush then
  return {'REPEATED'}
end
local broken, in_debt, plans = {}, {}, {}
for i = 1, tenant_count do
  local totals, rejected = KEYS[take_number()], KEYS[take_number()]
  local bill = {}
  bill.units, bill.rate, bill.burst = take_number(), take_number(), take_number()
  local reasons, samples = {}, {}
  for j = 1, take_number() do
    reasons[j], samples[j] = take(), take_number()
  end
  local planned, message = plan(totals, rejected, bill, reasons, samples)
  if not planned then
    broken[#broken + 1] = i
    broken[#broken + 1] = message
  else
    plans[#plans + 1] = planned
    if planned.debt_ms > 0 then
      in_debt[#in_debt + 1] = i
      in_debt[#in_debt + 1] = planned.debt_ms
    end
  end
end

-- Write: nothing below can fail.
for _, planned in ipairs(plans) do
  if planned.tat then
    redis.call('HSET', planned.totals, 'tat', string.format('%.17g', planned.tat))
  end
  if #planned.fields > 0 then
    redis.call('HSET', planned.key, unpack(planned.fields))
  end
  if planned.is_known then
    redis.call('PERSIST', planned.key)
  elseif #planned.fields > 0 then
    redis.call('PEXPIRE', planned.key, stranger_ttl_ms)
  end
end
redis.call('SET', last_flush, whole(flush), 'PX', flush_ttl_ms)
return {'COUNTED', broken, in_debt}
