-- Takes a slot for a message that a worker has, or takes the message from it until a slot is free. Returns 1 or 0.
-- ARGV: lease, delivery tag, key, limit
local lease, tag, key, limit = unpack(ARGV)
local slots = prefix .. 'slots:' .. key
begin_to_write()
if redis.call('SCARD', slots) >= tonumber(limit) then free_slots(key) end
if redis.call('SCARD', slots) < tonumber(limit) then
  redis.call('SADD', slots, lease .. ' ' .. tag)
  redis.call('EXPIRE', slots, 86400)
  return 1
end
local queue, tenant, entry = take_from(prefix .. 'unacked:' .. lease, tag)
if entry then
  redis.call('LPUSH', prefix .. 'parked:' .. key, queue .. '\0' .. tenant .. '\0' .. entry)
  redis.call('HINCRBY', prefix .. 'parked', key, 1)
  redis.call('HINCRBY', prefix .. 'held', queue, 1)
  count_bytes('parked', #entry)
end
return 0
