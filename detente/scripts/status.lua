-- How queues stand. For each: its length, its longest line's tenants with their lengths and the ids first in line.
-- ARGV: queues…
local found = {}
for _, queue in ipairs(ARGV) do
  local tenants = {'default'}
  for _, tenant in ipairs(redis.call('LRANGE', prefix .. queue .. ':tenants', 0, -1)) do
    if tenant ~= 'default' then tenants[#tenants + 1] = tenant end
  end
  local lines = {}
  for _, tenant in ipairs(tenants) do
    local line = line_of(queue, tenant)
    local entry = redis.call('LINDEX', line, -1)
    local id = entry and string.match(entry, '"id": ?"([%x-]+)"')
    local since = id and redis.call('HGET', prefix .. 'job:' .. id, 'submitted_at')
    lines[#lines + 1] = {tenant, redis.call('LLEN', line), since or ''}
  end
  found[#found + 1] = {
    queue, depth_of(queue), redis.call('HGET', prefix .. 'limits', queue) or '',
    redis.call('ZCARD', prefix .. queue .. ':delayed'), redis.call('HGET', prefix .. 'held', queue) or '0',
    redis.call('SISMEMBER', prefix .. 'paused', queue), redis.call('SISMEMBER', prefix .. 'closed', queue), lines,
  }
end
return found
