-- Says that no more rows come into a batch for now ("interrupted"), for good ("received"), or that it is "cancelled"; it ends
-- where all its jobs have ended. Returns its state now, or false.
-- ARGV: id, what is said, the time, digest of the body or ''
local id, said, at, digest = unpack(ARGV)
local key = prefix .. 'batch:' .. id
local state = redis.call('HGET', key, 'state')
if not state or state == 'done' or state == 'cancelled' then return state end
if said == 'cancelled' then
  redis.call('HSETNX', key, 'cancelled_at', at)
elseif state ~= 'received' then
  redis.call('HSET', key, 'state', said, 'receiving_until', 0, 'digest', digest)
  if said == 'received' then redis.call('HSET', key, 'closed_at', at) end
end
keep_batch(key)
finish_batch(id, at)
return redis.call('HGET', key, 'state')
