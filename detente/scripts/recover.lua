-- Gives a dead worker's message back to the front of its line. A job that was running counts the death; at the last one that
-- it is allowed its message stays where it is, to be buried. Returns 1 (given back), 2 (to be buried) or 0 (gone already).
-- ARGV: lease, delivery tag, job's id or '', deaths allowed, seconds to remember them, longest history
local lease, tag, id, allowed, memory, longest = unpack(ARGV)
local record, losses = prefix .. 'job:' .. id, prefix .. 'losses:' .. id
begin_to_write()
if id ~= '' and redis.call('HGET', record, 'state') == 'running' then
  redis.call('SADD', losses, lease)
  redis.call('EXPIRE', losses, memory)
end
if redis.call('SCARD', losses) >= tonumber(allowed) then return 2 end
local queue, tenant, entry = take_from(prefix .. 'unacked:' .. lease, tag)
if not entry then return 0 end
put(queue, tenant, entry, true)
count('recovered|' .. queue)
if redis.call('HGET', record, 'state') == 'running' then
  redis.call('HSET', record, 'state', 'queued')
  local batch = redis.call('HGET', record, 'batch')
  if batch then count_member(batch, id, 'running', 'queued') end
  redis.call('XADD', record .. ':events', 'MAXLEN', '~', longest, '*', 'event', 'recovered', 'detail', '{}')
end
return 1
