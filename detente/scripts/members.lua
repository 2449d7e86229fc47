-- Batches: jobs that came together. What all scripts share.

local ENDS = {done = true, dead = true, cancelled = true}

-- Whether a batch is known and neither cancelled nor at its end.
local function takes_members(batch)
  local facts = redis.call('HMGET', prefix .. 'batch:' .. batch, 'created_at', 'cancelled_at', 'finished_at')
  return facts[1] and not facts[2] and not facts[3]
end

local function keep_batch(key)
  local ttl = redis.call('HGET', key, 'ttl')
  for _, part in ipairs({'', ':jobs', ':ended', ':failed', ':errors'}) do redis.call('EXPIRE', key .. part, ttl) end
end

-- Adds a job that was put in line to its batch.
local function add_member(batch, row, id)
  local key = prefix .. 'batch:' .. batch
  redis.call('HSET', prefix .. 'job:' .. id, 'batch', batch)
  redis.call('ZADD', key .. ':jobs', row, id)
  redis.call('HINCRBY', key, 'accepted', 1)
  redis.call('HINCRBY', key, 'queued', 1)
end

-- Ends a batch whose jobs have all ended, and puts the job that tells of it in line, once.
local function finish_batch(batch, at)
  local key = prefix .. 'batch:' .. batch
  local names = {'closed_at', 'cancelled_at', 'finished_at', 'accepted', 'done', 'dead', 'cancelled', 'tenant', 'finisher',
                 'message', 'ttl'}
  local held = redis.call('HMGET', key, unpack(names))
  local facts = {}
  for i, name in ipairs(names) do facts[name] = held[i] end
  if facts.finished_at or not (facts.closed_at or facts.cancelled_at) then return end
  if (facts.done or 0) + (facts.dead or 0) + (facts.cancelled or 0) < tonumber(facts.accepted or 0) then return end
  redis.call('HSET', key, 'state', facts.cancelled_at and 'cancelled' or 'done', 'finished_at', at)
  keep_batch(key)
  local record, kind, queue = prefix .. 'job:' .. facts.finisher, 'detente.batch.finish', 'bulk'
  redis.call('HSET', record, 'kind', kind, 'queue', queue, 'tenant', facts.tenant, 'state', 'queued', 'submitted_at', at,
             'label', '{"batch":"' .. batch .. '"}')
  redis.call('EXPIRE', record, facts.ttl)
  redis.call('ZADD', prefix .. 'jobs', now_ms(), facts.finisher)
  count('jobs|submitted|' .. kind .. '|' .. queue)
  -- In front: it is the last of the batch's own jobs, not the first of another batch.
  put(queue, facts.tenant, facts.message, true)
end

-- Counts a job of a batch in its new state, and the batch's end where it was the last.
local function count_member(batch, id, before, after, at)
  local key = prefix .. 'batch:' .. batch
  if before == after or redis.call('EXISTS', key) == 0 then return end
  redis.call('HINCRBY', key, before, -1)
  redis.call('HINCRBY', key, after, 1)
  if not ENDS[after] then return end
  redis.call('RPUSH', key .. ':ended', id)
  local row = redis.call('ZSCORE', key .. ':jobs', id)
  if after == 'dead' and row then redis.call('ZADD', key .. ':failed', row, id) end
  keep_batch(key)
  finish_batch(batch, at)
end
