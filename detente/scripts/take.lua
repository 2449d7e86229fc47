-- Takes the first message of the first queue that has one, and notes who has it. Jobs whose time has come are put in line
-- before. Returns queue, delivery tag and message, or false.
-- Every fourth message comes from the last queue that has one, so that none waits for as long as another is full. What
-- people wait for stays first.
-- ARGV: lease, its seconds, queues…
local lease, lease_s = ARGV[1], ARGV[2]
local now = now_ms()
begin_to_write()
local order, others = {}, {}
for i = 3, #ARGV do
  table.insert(ARGV[i] == 'interactive' and order or others, ARGV[i])
end
local is_fourth = tonumber(redis.call('GET', prefix .. 'deliveries') or 0) % 4 == 3
for i = 1, #others do
  table.insert(order, others[is_fourth and #others + 1 - i or i])
end
for i = 3, #ARGV do
  local queue = ARGV[i]
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', prefix .. queue .. ':delayed', '-inf', now, 'LIMIT', 0, 20)) do
    local tenant, entry = undelay(queue, id)
    -- It has waited already: it goes to the front.
    if entry then put(queue, tenant, entry, true) end
  end
end
for _, queue in ipairs(order) do
  if redis.call('SISMEMBER', prefix .. 'paused', queue) == 0 then
    local tenant, entry = take_next(queue)
    if entry then
      local tag = queue .. ':' .. redis.call('INCR', prefix .. 'deliveries')
      redis.call('HSET', prefix .. 'unacked:' .. lease, tag, tenant .. '\0' .. entry)
      redis.call('SADD', prefix .. 'leases', lease)
      redis.call('SET', prefix .. 'lease:' .. lease, '1', 'EX', lease_s, 'NX')
      return {queue, tag, entry}
    end
  end
end
return false
