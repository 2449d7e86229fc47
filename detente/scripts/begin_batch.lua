-- Begins a batch, or takes up the one with the same idempotency key where nobody else is sending it.
-- Returns its id, and "begun", "received" or "busy".
-- ARGV: id, key of the idempotency key, now (s), seconds that a sender may pause, seconds to live, fields and values…
local id, promise, now, pause, ttl = unpack(ARGV, 1, 5)
local known = redis.call('GET', promise)
if known and redis.call('EXISTS', prefix .. 'batch:' .. known) == 1 then
  id = known
  local facts = redis.call('HMGET', prefix .. 'batch:' .. id, 'state', 'receiving_until')
  if facts[1] ~= 'receiving' and facts[1] ~= 'interrupted' then return {id, 'received'} end
  if tonumber(facts[2]) > tonumber(now) then return {id, 'busy'} end
else
  redis.call('HSET', prefix .. 'batch:' .. id, 'ttl', ttl, unpack(ARGV, 6))
  redis.call('SET', promise, id, 'EX', ttl)
  redis.call('ZREMRANGEBYSCORE', prefix .. 'batches', '-inf', now_ms() - 1000 * ttl)
  redis.call('ZADD', prefix .. 'batches', now_ms(), id)
end
redis.call('HSET', prefix .. 'batch:' .. id, 'state', 'receiving', 'receiving_until', now + pause)
redis.call('EXPIRE', prefix .. 'batch:' .. id, ttl)
return {id, 'begun'}
