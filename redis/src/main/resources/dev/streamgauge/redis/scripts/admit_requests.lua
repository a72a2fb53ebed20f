#!lua
--[[
Admits a group of requests of one partition. Everything that an answer depends on is decided here, so an accepted
request is never rejected later.

KEYS[1]  the partition's stream
KEYS[2]  the partition's totals
KEYS[3]  the partition's sweeps
KEYS[4]  the partition's sizes
KEYS[5…] keys that the requests name by their number
ARGV[1]  how long an idempotency key is kept, in ms
ARGV[2]  maximum entries in the partition; above it, a tenant with more than a hundredth of this number is rejected
ARGV[3]  memory pressure: 'NONE'; 'GROWTH' if large tenants may not grow and limited tenants may not begin to exist;
         'LARGE' if large tenants may not push either; 'ALL' if no tenant may push
ARGV[4]  bytes above which a tenant is large
ARGV[5]  'REPLICATED' if the caller will wait for a replica, else 'ALONE'
ARGV[6]  how many tenants may begin to exist, or 'ANY'
ARGV[7…] number of tenants, then of each its numbers in one string, as TENANT packs them:
  number of KEYS: the tenant's totals, the tenant's families
  limits: live series (0: none), live series of one family (0: none), samples a second (0: none), burst in samples,
    requests a second (0: none), burst in requests, backlog in entries, backlog in bytes,
    bytes of the registry (0: none), bytes of idempotency records (0: none)
then the number of requests, and of each:
  its numbers in one string, as REQUEST packs them:
    its tenant, from 1; number of KEYS of the idempotency key (0: there is no key); samples;
    values, which must fit into the burst; units to charge, 0 if an earlier call has charged the request;
    number of families that ingest has not seen registered, none twice; number of such series, none twice; entries
  the tenant's epoch as ingest knows it, '-' if it knows nothing of the tenant, or a word that is no epoch
  if it has an idempotency key: hash of the body (32 bytes), and the answer to keep
  if it only registers: the tenant's id
  of each family: name, row
  of each series: number of the family's KEYS, canonical labels
  the entries' payloads

Numbers are packed since there are some fifteen of a request, and an argument costs more than what is done with it.

If tenants are limited, one that begins to exist is added to the sweeps, which are what is counted; see end_sweep.lua.

A request with families or series but without samples only registers them. The tenant is added to the sweeps then, since
the sweep removes what gets no value.

Returns one answer a request, in order:
  {'OK', epoch}                  stored, or registered
  {'REPLAY', version, answer}    the idempotency key was used with this body
  {'REUSED'}                     the idempotency key was used with another body
  {'NOTHING'}                    the request had no sample, and its idempotency key is new
  {'FENCED', ms}                 the tenant is fenced: series are being removed, or it was just deleted; ask again in so
                                 many ms
  {'EPOCH'}                      what ingest remembers of the tenant is outdated: ask again with all families and series
                                 of the request
  {'FAMILIES', i, 'row', row, i, 'name', other, …}
                                 family i (from 1) exists with that row, or its series clash with family `other`
  {'FAMILIES', i, 'bytes', '', …}
                                 likewise, and the registry has no room for family i
  {'SERIES', i, limit, …}        series i (from 1) are over a limit: that of the 'tenant' or that of their 'family', or
                                 that of the registry's 'bytes'
  {'RATE', unit, ms, debt_ms}    over the rate of 'samples' or of 'requests' (over both: the one that lasts longer);
                                 there is room for this request in so many ms, and for any request in debt_ms
  {'BACKLOG', unit}              the tenant's backlog is full, in 'entries' or in 'bytes'
  {'RECORDS', ms}                the tenant's idempotency records are at their limit; some expire in so many ms
  {'PARTITION'}                  the partition's backlog is full, and the tenant has its part in that
  {'MEMORY', who}                Redis is under memory pressure: the 'store' takes no pushes, or none of this 'tenant',
                                 or nothing by which it would grow ('growth'), or no new tenants ('begin')
  {'TENANTS'}                    the tenant does not exist, and no more may begin to
  {'BROKEN', message}            a key holds unexpected data
Only OK stores anything, but FAMILIES, SERIES and MEMORY 'growth' charge the tenant as OK does: look-ups are paid for
before they are done. A tenant that has no totals yet is not charged then, so that made-up tenants leave nothing behind.
A repeated request gets its answer before memory, rate and backlog are checked.

A fence ends when its time is over, so a reset that died does not lock the tenant out. The next push that is stored
removes the fence, and the expiry that the totals of a removed tenant have (see remove_series.lua).

An epoch is the time at which it began, in microseconds since 1970; 0 means that the tenant has no epoch yet. If epochs
were counted from 0, an emptied store would come to the epoch that an ingest process remembers, and the process would
treat lost families and series as registered.

A tenant's bytes are counted as in lib/estimated_bytes.lua. A limit counts a new series as if it were in a hash table.
Idempotency records expire unseen, so their bytes are counted in two windows of their life: this window and the one
before hold all that are left.

Atomic, because limit, type, idempotency key and entry must change together. Every request is checked before the first
write; what an earlier request of the group will write is laid over what is stored. It must not run when Redis is full,
hence no flags.
]]
local stream, partition_totals, sweeps, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local idempotency_ttl_ms, max_partition_backlog = ARGV[1], tonumber(ARGV[2])
local pressure, large_bytes, is_replicated = ARGV[3], tonumber(ARGV[4]), ARGV[5] == 'REPLICATED'
local tenant_room = tonumber(ARGV[6]) -- nil for any number

-- @include lib/chunk.lua
-- @include lib/clock.lua
-- @include lib/entry.lua
-- @include lib/estimated_bytes.lua
-- @include lib/gcra.lua
-- @include lib/noted_size.lua
-- @include lib/read_fields.lua
-- @include lib/registration.lua
-- @include lib/reply.lua
-- @include lib/take.lua
-- @include lib/whole.lua

local TENANT = '>I4I4dddddddddd'
local REQUEST = '>I4I4I4I4I4I4I4I4'

-- Version of the idempotency records that are written, and those that are read; see core, package idempotency.
local IDEMPOTENCY_VERSION = '2'
local IDEMPOTENCY_VERSIONS = {['1'] = true, ['2'] = true}
local HASH_LENGTH = 32
-- A clock that stepped back must not keep a tenant fenced for longer than this.
local MAX_CLOCK_STEP_MS = 60000
-- A tenant with less than this part of a full partition is not to blame.
local INNOCENT_PART = 0.01
-- The number of a window, and the bytes of idempotency records of that window and of the one before; packed, since it
-- is read faster than text.
local RECORDS = 'idempotency'
local RECORDS_FORMAT, RECORDS_LENGTH = '>ddd', 24
-- What is read of a tenant's totals: so many numbers, and these bytes. All fields are optional.
local NUMBERS = 11
local FIELDS = {'epoch', 'series', 'accepted', 'pending', 'backlog', 'tat', 'request_tat', 'held', 'backlog_bytes',
  'registry_bytes', 'noted', RECORDS}
-- Shared by all requests without new families or series; read only.
local NOTHING = {}

local unpack_struct = struct.unpack

local records_window_ms = tonumber(idempotency_ttl_ms)
local records_window = math.floor(now_ms / records_window_ms)

-- Bytes of the idempotency records of this window and of the one before, as a tenant's totals count them; nil if the
-- field holds unexpected data.
local function read_records(packed)
  if #packed ~= RECORDS_LENGTH then
    return nil
  end
  local window, bytes, before = unpack_struct(RECORDS_FORMAT, packed)
  if bytes ~= bytes or before ~= before then
    return nil
  end
  if window >= records_window then -- of a later window if the clock stepped back
    return bytes, before
  end
  return 0, window == records_window - 1 and bytes or 0
end

-- What the group will have written, laid over what is stored.
local tenants, new_families, new_series, new_idempotency = {}, {}, {}, {}
-- Hashes of series that get new ones: how many they have with those that the group adds, and whether each is a hash
-- table; by number of KEYS.
local hashes = {}
local stream_length

local function tenant_of(key)
  if not tenants[key] then
    local values, message = read_fields(KEYS[key], FIELDS, NUMBERS)
    if not values then
      tenants[key] = {broken = message}
      return tenants[key]
    end
    local epoch, backlog = values[1], values[5]
    local epoch_text = whole(epoch > 0 and epoch or now_us)
    -- All fields that most calls need, because a table that grows is copied again and again.
    local state = {
      epoch = epoch,
      epoch_text = epoch_text,
      series = values[2],
      accepted = values[3],
      pending = values[4],
      backlog = backlog,
      backlog_bytes = backlog > 0 and values[9] or 0, -- whatever an older release has left there
      registry_bytes = values[10],
      noted = values[11],
      tat = values[6],
      request_tat = values[7],
      held = values[8],
      ok = {'OK', epoch_text},
      charged = false,
      changed = false,
      pushed = false,
      since = false,
    }
    if values[NUMBERS + 1] then
      state.records, state.records_before = read_records(values[NUMBERS + 1])
      state.broken = not state.records and 'field idempotency is malformed' or nil
    end
    tenants[key] = state
  end
  return tenants[key]
end

local senders = {}

local function read_sender()
  local totals, families_key, max_series, max_family_series, sample_rate, sample_burst, request_rate, request_burst,
    max_backlog, max_backlog_bytes, max_registry_bytes, max_record_bytes = unpack_struct(TENANT, take())
  return {
    totals = totals,
    families_key = families_key,
    max_series = max_series,
    max_family_series = max_family_series,
    sample_rate = sample_rate,
    sample_burst = sample_burst,
    request_rate = request_rate,
    request_burst = request_burst,
    max_backlog = max_backlog,
    max_backlog_bytes = max_backlog_bytes,
    max_registry_bytes = max_registry_bytes,
    max_record_bytes = max_record_bytes,
  }
end

local function read_request()
  local sender, idempotency, samples, values, charge, families, series, entries = unpack_struct(REQUEST, take())
  -- All its fields at once, because a table that grows is copied again and again.
  local request = {
    sender = senders[sender],
    idempotency = idempotency,
    samples = samples,
    values = values,
    charge = charge,
    epoch = take(),
    hash = idempotency ~= 0 and take(),
    answer = idempotency ~= 0 and take(),
    tenant_id = samples == 0 and families + series > 0 and take(),
    families = families > 0 and {} or NOTHING,
    series = series > 0 and {} or NOTHING,
    entries = {},
    entry_bytes = 0,
    registry_bytes = 0,
    new_families = NOTHING,
    new_series = NOTHING,
  }
  for i = 1, families do
    request.families[i] = {name = take(), row = take()}
  end
  for i = 1, series do
    request.series[i] = {key = take_number(), labels = take()}
  end
  for i = 1, entries do
    local payload = take()
    request.entries[i] = payload
    request.entry_bytes = request.entry_bytes + #payload + ENTRY_BYTES
  end
  return request
end

local function id_of(request)
  return string.match(KEYS[request.sender.totals], ':t:([^:]+):totals$')
end

-- Bytes of the idempotency records that the tenant has.
local function records_of(tenant)
  return (tenant.records or 0) + (tenant.records_before or 0)
end

local function size_of(tenant)
  return tenant.registry_bytes + tenant.backlog_bytes + records_of(tenant)
end

-- Bytes of the request's idempotency record.
local function record_bytes_of(request)
  return #KEYS[request.idempotency] + 1 + HASH_LENGTH + #request.answer + RECORD_BYTES
end

local function check_idempotency(request)
  if request.idempotency == 0 then
    return nil
  end
  local record = new_idempotency[request.idempotency]
  if not record then
    record = redis.pcall('GET', KEYS[request.idempotency])
    if failed(record) then
      return {'BROKEN', record.err}
    end
  end
  if not record then
    return nil
  end
  local version = string.sub(record, 1, 1)
  if not IDEMPOTENCY_VERSIONS[version] then
    return {'BROKEN', 'idempotency record of an unknown version'}
  end
  if string.sub(record, 2, 1 + HASH_LENGTH) ~= request.hash then
    return {'REUSED'}
  end
  return {'REPLAY', version, string.sub(record, 2 + HASH_LENGTH)}
end

-- Charges the request, or says why it is over a rate.
local function charge(request, tenant)
  if request.charge == 0 then
    return nil
  end
  local sender = request.sender
  local values_ms, debt_ms, tat =
    check_cells(tenant.tat, sender.sample_rate, sender.sample_burst, request.values, request.charge)
  local requests_ms, _, request_tat =
    check_cells(tenant.request_tat, sender.request_rate, sender.request_burst, 1, 1)
  if values_ms > 0 or requests_ms > 0 then
    local unit = values_ms >= requests_ms and 'samples' or 'requests'
    return {'RATE', unit, math.max(values_ms, requests_ms), debt_ms}
  end
  tenant.tat, tenant.request_tat, tenant.charged = tat, request_tat, true
  return nil
end

-- What memory pressure forbids the request whatever it looks up, or nil.
local function check_memory(request, tenant)
  if pressure == 'NONE' then
    return nil
  end
  if pressure == 'ALL' then
    return {'MEMORY', 'store'}
  end
  if tenant.epoch == 0 and tenant_room then
    return {'MEMORY', 'begin'}
  end
  if size_of(tenant) > large_bytes then
    if pressure == 'LARGE' then
      return {'MEMORY', 'tenant'}
    end
    if request.idempotency ~= 0 then
      return {'MEMORY', 'growth'}
    end
  end
  return nil
end

local function check_growth(request, tenant)
  local grows = #request.new_families + #request.new_series > 0
  if grows and pressure ~= 'NONE' and size_of(tenant) > large_bytes then
    return {'MEMORY', 'growth'}
  end
  return nil
end

-- What only a request with new families or series needs. Most groups have none, and to define these functions takes
-- some 2 us of each call, so that is left to the first such request.
local look_ups
local function define_look_ups()
-- @include lib/family_clashes.lua

  -- The stored rows of the request's families and of those that they may clash with, by name; nil and a message if the
  -- key holds unexpected data. They are read together, since a call costs more than what is done with a field.
  local function read_rows(request)
    local names, rows = {}, {}
    for _, family in ipairs(request.families) do
      names[#names + 1] = family.name
      add_related(names, family.name, family.row)
    end
    for first = 1, #names, CHUNK do
      local last = math.min(first + CHUNK - 1, #names)
      local values = redis.pcall('HMGET', KEYS[request.sender.families_key], unpack(names, first, last))
      if failed(values) then
        return nil, values.err
      end
      for n = first, last do
        local row = values[n - first + 1]
        if row then -- most names have none, and a table that grows is copied again and again
          rows[names[n]] = row
        end
      end
    end
    return rows
  end

  local function check_families(request, tenant)
    if #request.families == 0 then
      return nil
    end
    local rows, message = read_rows(request)
    if not rows then
      return {'BROKEN', message}
    end
    local overlay = new_families[request.sender.families_key] or NOTHING
    local answer = {'FAMILIES'}
    local own, own_rows, own_bytes = {}, {}, 0
    local room = request.sender.max_registry_bytes - tenant.registry_bytes
    -- The row that a family has, or will have after the requests before this one, and after the families before it in
    -- this one: these must not clash with each other either.
    local function find(name)
      return own_rows[name] or overlay[name] or rows[name]
    end
    for i, family in ipairs(request.families) do
      local row = overlay[family.name] or rows[family.name]
      if row then
        if row ~= family.row then
          answer[#answer + 1] = i
          answer[#answer + 1] = 'row'
          answer[#answer + 1] = row
        end
      else
        local other = clash_of(family.name, family.row, find)
        local bytes = own_bytes + #family.name + #family.row + FAMILY_BYTES
        if other then
          answer[#answer + 1] = i
          answer[#answer + 1] = 'name'
          answer[#answer + 1] = other
        elseif request.sender.max_registry_bytes > 0 and bytes > room then
          answer[#answer + 1] = i
          answer[#answer + 1] = 'bytes'
          answer[#answer + 1] = ''
        else
          own_bytes = bytes
          own[#own + 1] = family
          own_rows[family.name] = family.row
        end
      end
    end
    if #answer > 1 then
      return answer
    end
    request.new_families, request.registry_bytes = own, own_bytes
    return nil
  end

  -- The hash of a family's series. Returns nil and a message if the key holds unexpected data.
  local function hash_of(key)
    if not hashes[key] then
      local size = redis.pcall('HLEN', KEYS[key])
      if failed(size) then
        return nil, size.err
      end
      local encoding = size > 0 and redis.call('OBJECT', 'ENCODING', KEYS[key])
      hashes[key] = {size = size, is_table = encoding == 'hashtable'}
    end
    return hashes[key]
  end

  local function check_series(request, tenant)
    if #request.series == 0 then
      return nil
    end
    local answer = {'SERIES'}
    local sender, own, own_of, own_bytes = request.sender, {}, {}, 0
    local room = sender.max_registry_bytes - tenant.registry_bytes - request.registry_bytes
    for i, series in ipairs(request.series) do
      local overlay = new_series[series.key]
      if not (overlay and overlay[series.labels]) then
        local exists = redis.pcall('HEXISTS', KEYS[series.key], series.labels)
        if failed(exists) then
          return {'BROKEN', exists.err}
        end
        if exists == 0 then
          local hash, message = hash_of(series.key)
          if not hash then
            return {'BROKEN', message}
          end
          local over
          local added = own_of[series.key] or 0
          local bytes = own_bytes + #series.labels + #REGISTERED + TABLE_BYTES
          if sender.max_series > 0 and tenant.series + #own >= sender.max_series then
            over = 'tenant'
          elseif sender.max_family_series > 0 and hash.size + added >= sender.max_family_series then
            over = 'family'
          elseif sender.max_registry_bytes > 0 and bytes > room then
            over = 'bytes'
          end
          if over then
            answer[#answer + 1] = i
            answer[#answer + 1] = over
          else
            own[#own + 1] = series
            own_of[series.key] = added + 1
            own_bytes = bytes
          end
        end
      end
    end
    if #answer > 1 then
      return answer
    end
    request.new_series = own
    return nil
  end

  -- Adds the bytes of a new series, and what its hash grows by if Redis turns a listpack into a hash table.
  local function add_series(tenant, series)
    local hash = hashes[series.key]
    local bytes = #series.labels + #REGISTERED
    hash.size = hash.size + 1
    if not hash.is_table and (#series.labels > LISTPACK_LENGTH or hash.size == LISTPACK_ENTRIES + 1) then
      hash.is_table = true
      bytes = bytes + (hash.size - 1) * (TABLE_BYTES - LISTPACK_BYTES)
    end
    tenant.registry_bytes = tenant.registry_bytes + bytes + (hash.is_table and TABLE_BYTES or LISTPACK_BYTES)
  end

  return {check_families = check_families, check_series = check_series, add_series = add_series}
end

-- Decides about the request's new families and series.
local function check_look_ups(request, tenant)
  if request.families == NOTHING and request.series == NOTHING then
    return nil
  end
  look_ups = look_ups or define_look_ups()
  return look_ups.check_families(request, tenant) or look_ups.check_series(request, tenant)
    or check_growth(request, tenant)
end

local function check(request)
  local tenant = tenant_of(request.sender.totals)
  if tenant.broken then
    return {'BROKEN', tenant.broken}
  end
  local replay = check_idempotency(request)
  if replay then
    return replay
  end
  if request.samples == 0 and not request.tenant_id then
    return {'NOTHING'}
  end
  local is_noted = request.tenant_id or tenant_room and tenant.epoch == 0
  local sweep_count = is_noted and redis.pcall('ZCARD', sweeps)
  if failed(sweep_count) then
    return {'BROKEN', sweep_count.err}
  end
  if tenant.held > now_ms and tenant.held <= now_ms + MAX_CLOCK_STEP_MS then
    return {'FENCED', tenant.held - now_ms}
  end
  local shortage = check_memory(request, tenant)
  if shortage then
    return shortage
  end
  if request.epoch ~= '-' and (tenant.epoch == 0 or request.epoch ~= tenant.epoch_text) then
    return {'EPOCH'}
  end
  if tenant.epoch == 0 and tenant_room and tenant_room <= 0 then
    return {'TENANTS'}
  end
  local backlog = tenant.backlog + #request.entries
  if backlog > request.sender.max_backlog then
    return {'BACKLOG', 'entries'}
  end
  if tenant.backlog_bytes + request.entry_bytes > request.sender.max_backlog_bytes then
    return {'BACKLOG', 'bytes'}
  end
  if stream_length + #request.entries > max_partition_backlog and backlog > max_partition_backlog * INNOCENT_PART then
    return {'PARTITION'}
  end
  if request.idempotency ~= 0 and request.sender.max_record_bytes > 0 then
    if records_of(tenant) + record_bytes_of(request) > request.sender.max_record_bytes then
      return {'RECORDS', (records_window + 1) * records_window_ms - now_ms}
    end
  end
  local tat, request_tat, charged = tenant.tat, tenant.request_tat, tenant.charged
  local rejection = charge(request, tenant) or check_look_ups(request, tenant)
  if rejection and (rejection[1] == 'BROKEN' or tenant.epoch == 0) then
    tenant.tat, tenant.request_tat, tenant.charged = tat, request_tat, charged
  end
  return rejection or tenant.ok
end

local can_note_sizes -- nil before it was tried
local function may_note_sizes()
  if can_note_sizes == nil then
    can_note_sizes = not failed(redis.pcall('ZCARD', sizes))
  end
  return can_note_sizes
end

-- Lays an accepted request over what is stored, for the requests after it.
local function accept(request)
  local tenant = tenant_of(request.sender.totals)
  if tenant.epoch == 0 then
    tenant.epoch, tenant.has_begun = now_us, true
    if tenant_room then
      tenant_room = tenant_room - 1
      tenant.begun = id_of(request)
    end
  end
  if tenant.backlog == 0 and #request.entries > 0 then
    tenant.since = now_ms
  end
  stream_length = stream_length + #request.entries
  tenant.accepted = tenant.accepted + request.samples
  tenant.pending = tenant.pending + request.samples
  tenant.backlog = tenant.backlog + #request.entries
  tenant.backlog_bytes = tenant.backlog_bytes + request.entry_bytes
  tenant.series = tenant.series + #request.new_series
  tenant.registry_bytes = tenant.registry_bytes + request.registry_bytes
  tenant.has_grown = tenant.has_grown or #request.new_families + #request.new_series > 0
  tenant.changed = true
  if request.tenant_id then
    tenant.registered, tenant.id = now_ms, request.tenant_id
  else
    tenant.pushed = now_ms
  end
  for _, family in ipairs(request.new_families) do
    local overlay = new_families[request.sender.families_key] or {}
    new_families[request.sender.families_key] = overlay
    overlay[family.name] = family.row
  end
  for _, series in ipairs(request.new_series) do
    local overlay = new_series[series.key] or {}
    new_series[series.key] = overlay
    overlay[series.labels] = true
    look_ups.add_series(tenant, series)
  end
  if request.idempotency ~= 0 then
    tenant.records = (tenant.records or 0) + record_bytes_of(request)
    tenant.packed_records =
      struct.pack(RECORDS_FORMAT, records_window, tenant.records, tenant.records_before or 0)
    new_idempotency[request.idempotency] = IDEMPOTENCY_VERSION .. request.hash .. request.answer
  end
  if differs_from_noted(size_of(tenant), tenant.noted) and may_note_sizes() then
    tenant.sized = id_of(request)
  end
end

-- Check.
skip(6) -- the arguments that have names
local totals, totals_message = read_fields(partition_totals, {'accepted', 'pending'}, 2)
stream_length = redis.pcall('XLEN', stream)
if failed(stream_length) then
  totals, totals_message = nil, stream_length.err
end
for i = 1, take_number() do
  senders[i] = read_sender()
end
local answers, accepted, replayed = {}, {}, {}
for i = 1, take_number() do
  local request = read_request()
  answers[i] = totals and check(request) or {'BROKEN', totals_message}
  if answers[i][1] == 'OK' then
    accept(request)
    accepted[#accepted + 1] = request
    totals[1] = totals[1] + request.samples
    totals[2] = totals[2] + request.samples
  elseif answers[i][1] == 'REPLAY' and is_replicated then
    local key = KEYS[request.idempotency]
    replayed[#replayed + 1] = {key = key, ttl_ms = redis.call('PTTL', key)}
  end
end

-- Write: nothing below can fail.
for _, record in ipairs(replayed) do
  -- Valkey's WAIT looks at the connection's last write: there must be one, or it would not wait for the first answer's.
  if record.ttl_ms > 0 then
    redis.call('PEXPIRE', record.key, record.ttl_ms)
  end
end
for _, request in ipairs(accepted) do
  for _, payload in ipairs(request.entries) do
    redis.call('XADD', stream, '*', PAYLOAD_FIELD, payload)
  end
end
for families_key, overlay in pairs(new_families) do
  local fields, count = {}, 0
  for name, row in pairs(overlay) do
    fields[count + 1], fields[count + 2] = name, row
    count = count + 2
    if count == CHUNK then
      redis.call('HSET', KEYS[families_key], unpack(fields, 1, count))
      count = 0
    end
  end
  if count > 0 then
    redis.call('HSET', KEYS[families_key], unpack(fields, 1, count))
  end
end
for series_key, overlay in pairs(new_series) do
  for labels in pairs(overlay) do
    redis.call('HSETNX', KEYS[series_key], labels, REGISTERED) -- ingest may not overwrite values
  end
end
for key, record in pairs(new_idempotency) do
  redis.call('SET', KEYS[key], record, 'PX', idempotency_ttl_ms)
end
for key, tenant in pairs(tenants) do
  -- One call for all fields that have changed, since a call costs more than what is done with a field. There is room
  -- for what most requests need, since a table that grows is copied.
  local fields, count = {}, 0
  if tenant.changed then
    fields = {'accepted', whole(tenant.accepted), 'pending', whole(tenant.pending), 'backlog', whole(tenant.backlog),
      'backlog_bytes', whole(tenant.backlog_bytes), false, false, false, false, false, false}
    count = 8
  end
  if tenant.charged then
    fields[count + 1], fields[count + 2] = 'tat', string.format('%.17g', tenant.tat)
    count = count + 2
  end
  if tenant.pushed then
    fields[count + 1], fields[count + 2] = 'pushed', whole(tenant.pushed)
    count = count + 2
  end
  if tenant.packed_records then
    fields[count + 1], fields[count + 2] = RECORDS, tenant.packed_records
    count = count + 2
  end
  if tenant.charged and tenant.request_tat > 0 then
    fields[count + 1], fields[count + 2] = 'request_tat', string.format('%.17g', tenant.request_tat)
    count = count + 2
  end
  if tenant.since then
    fields[count + 1], fields[count + 2] = 'since', whole(tenant.since)
    count = count + 2
  end
  if tenant.has_begun then
    fields[count + 1], fields[count + 2] = 'epoch', tenant.epoch_text
    count = count + 2
  end
  if tenant.has_grown then
    fields[count + 1], fields[count + 2] = 'series', whole(tenant.series)
    fields[count + 3], fields[count + 4] = 'registry_bytes', whole(tenant.registry_bytes)
    count = count + 4
  end
  if tenant.sized then
    redis.call('ZADD', sizes, whole(size_of(tenant)), tenant.sized)
    fields[count + 1], fields[count + 2] = 'noted', whole(size_of(tenant))
    count = count + 2
  end
  if tenant.registered then
    fields[count + 1], fields[count + 2] = 'registered', whole(tenant.registered)
    count = count + 2
    redis.call('ZADD', sweeps, 'LT', math.ceil(now_ms / 1000) + REGISTRATION_LIFE_S, tenant.id)
  end
  if tenant.begun then
    redis.call('ZADD', sweeps, 'NX', math.ceil(now_ms / 1000) + REGISTRATION_LIFE_S, tenant.begun)
  end
  if tenant.changed and tenant.held ~= 0 then
    fields[count + 1], fields[count + 2] = 'held', '0'
    count = count + 2
    redis.call('PERSIST', KEYS[key]) -- or the counters would go with what was left of a removed tenant
  end
  if count > 0 then
    redis.call('HSET', KEYS[key], unpack(fields, 1, count))
  end
end
if #accepted > 0 then
  redis.call('HSET', partition_totals, 'accepted', whole(totals[1]), 'pending', whole(totals[2]))
end
return answers
