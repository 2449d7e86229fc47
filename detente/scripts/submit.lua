-- Writes the records of jobs and puts their messages in line, all in one step. Returns for each what became of it, the id of
-- the job, and how many listen to events.
-- ARGV: seconds to live, channel for Flower, time of submission, then for each job: id, kind, queue, tenant, idempotency key
-- or '', fingerprint, not before (ms) or '', label, not before and deadline as they are shown or '', message, event or '',
-- '' or batch, row there and webhook between NULs
local ttl, channel, submitted_at = ARGV[1], ARGV[2], ARGV[3]
local now = now_ms()
local size, most = 0, tonumber(redis.call('HGET', prefix .. 'limits', 'bytes') or math.huge)
for _, bytes in ipairs(redis.call('HVALS', prefix .. 'bytes')) do size = size + bytes end

-- What is asked of Redis once for each queue.
local queues = {}
local function queue_of(name)
  if not queues[name] then
    local limit = redis.call('HGET', prefix .. 'limits', name)
    local closed = redis.call('SISMEMBER', prefix .. 'closed', name) == 1
    queues[name] = {closed = closed, room = limit and tonumber(limit) - depth_of(name) or math.huge, bytes = 0}
  end
  return queues[name]
end

local verdicts, new, counts, due = {}, {}, {}, 0
for i = 4, #ARGV, 13 do
  local id, kind, name, tenant, key, fingerprint, not_before = unpack(ARGV, i, i + 6)
  local label, not_before_at, deadline_at, entry, event, ties = unpack(ARGV, i + 7, i + 12)
  local batch, row, webhook = string.match(ties, '^(%Z*)%z(%Z*)%z(.*)$')
  local queue, verdict, listeners = queue_of(name), nil, 0
  local promise = prefix .. 'idempotency:' .. tenant .. ':' .. key
  local known = key ~= '' and redis.call('GET', promise) or id
  if redis.call('EXISTS', prefix .. 'job:' .. known) == 1 then
    local before = redis.call('HGET', prefix .. 'job:' .. known, 'fingerprint')
    verdict, id = (not before or before == fingerprint) and 'known' or 'conflict', known
  elseif batch and batch ~= '' and not takes_members(batch) then
    verdict = 'over'
  elseif queue.closed then
    verdict = 'closed'
  elseif queue.room < 1 then
    verdict = 'full'
  elseif size + #entry > most then
    verdict = 'heavy'
  else
    verdict = 'new'
    local record = prefix .. 'job:' .. id
    redis.call('HSET', record, 'fingerprint', fingerprint, 'kind', kind, 'queue', name, 'tenant', tenant, 'label', label,
      'state', 'queued', 'submitted_at', submitted_at)
    if not_before_at ~= '' then redis.call('HSET', record, 'not_before_at', not_before_at) end
    if deadline_at ~= '' then redis.call('HSET', record, 'deadline_at', deadline_at) end
    -- What waits for its time is remembered until then, and as long as others after it.
    local life = not_before ~= '' and math.max(ttl, math.ceil(ttl + (not_before - now) / 1000)) or ttl
    redis.call('EXPIRE', record, life)
    if ties ~= '' then
      if webhook ~= '' then redis.call('HSET', record, 'webhook', webhook) end
      if batch ~= '' then add_member(batch, row, id) end
    end
    if key ~= '' then redis.call('SET', promise, id, 'EX', life) end
    if not_before ~= '' and tonumber(not_before) > now then
      delay(name, tenant, id, entry, not_before)
    else
      push(name, tenant, entry, false)
      queue.room, queue.bytes, due = queue.room - 1, queue.bytes + #entry, due + 1
    end
    size = size + #entry
    new[#new + 1] = now
    new[#new + 1] = id
    local counter = 'jobs|submitted|' .. kind .. '|' .. name
    counts[counter] = (counts[counter] or 0) + 1
    if event ~= '' then listeners = redis.call('PUBLISH', channel, event) end
  end
  verdicts[#verdicts + 1] = {verdict, id, listeners}
end

if #new > 0 then
  redis.call('ZREMRANGEBYSCORE', prefix .. 'jobs', '-inf', now - 1000 * ttl)
  redis.call('ZADD', prefix .. 'jobs', unpack(new))
  for counter, number in pairs(counts) do count(counter, number) end
end
for name, queue in pairs(queues) do
  if queue.bytes > 0 then count_bytes(name, queue.bytes) end
end
if due > 0 then wake(due) end
return verdicts
