-- Lines: where messages wait. The default tenant's line is Celery's own list; each other tenant has a line beside it, and
-- they take turns. What all scripts share.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- To be called first by scripts that empty Redis: when it is full it refuses a script its first write, but lets one that
-- has begun to write go on. Were workers stopped too, it would stay full.
local function begin_to_write()
  redis.call('DEL', prefix .. 'nothing')
end

local function line_of(queue, tenant)
  if tenant == 'default' then return prefix .. queue end
  return prefix .. queue .. ':of:' .. tenant
end

local function count_bytes(field, number)
  -- Lua writes the length of nothing, taken away, as -0, which Redis 7 takes for no number.
  if number ~= 0 then redis.call('HINCRBY', prefix .. 'bytes', field, number) end
end

-- Wakes as many workers as there are messages for them.
local function wake(number)
  local tokens = {}
  for i = 1, math.min(number, 100) do tokens[i] = '1' end
  redis.call('LPUSH', prefix .. 'wake', unpack(tokens))
  redis.call('LTRIM', prefix .. 'wake', 0, 99)
end

-- Puts a message at the end of its tenant's line, or at the front of it; neither counts it nor wakes anybody.
local function push(queue, tenant, entry, in_front)
  local command = in_front and 'RPUSH' or 'LPUSH'
  local length = redis.call(command, line_of(queue, tenant), entry)
  if tenant ~= 'default' then
    redis.call('LPUSH', prefix .. queue .. ':1', '1')
    if length == 1 then
      local turns = prefix .. queue .. ':tenants'
      -- The default tenant takes its turn too, as soon as there is another one.
      if redis.call('LLEN', turns) == 0 then redis.call('RPUSH', turns, 'default') end
      redis.call('RPUSH', turns, tenant)
    end
  end
end

local function put(queue, tenant, entry, in_front)
  push(queue, tenant, entry, in_front)
  count_bytes(queue, #entry)
  wake(1)
end

-- Takes the message whose turn it is off its line. Returns its tenant and itself, or nothing.
local function take_next(queue)
  local turns = prefix .. queue .. ':tenants'
  local tenant, entry
  repeat
    tenant = redis.call('LPOP', turns) or 'default'
    entry = redis.call('RPOP', line_of(queue, tenant))
    local others = redis.call('LLEN', turns)
    if tenant == 'default' then
      if others > 0 then redis.call('RPUSH', turns, tenant) end
    else
      if entry then redis.call('RPOP', prefix .. queue .. ':1') end
      if redis.call('EXISTS', line_of(queue, tenant)) == 1 then redis.call('RPUSH', turns, tenant) end
    end
  until entry or (tenant == 'default' and others == 0)
  if not entry then
    redis.call('HDEL', prefix .. 'bytes', queue)
    return nil
  end
  count_bytes(queue, -#entry)
  return tenant, entry
end

-- Takes a message out of those that wait for their time. Returns its tenant and itself, or nothing.
local function undelay(queue, id)
  redis.call('ZREM', prefix .. queue .. ':delayed', id)
  local held = redis.call('HGET', prefix .. queue .. ':delayed:messages', id)
  if not held then return nil end
  redis.call('HDEL', prefix .. queue .. ':delayed:messages', id)
  local cut = string.find(held, '\0', 1, true)
  local entry = string.sub(held, cut + 1)
  count_bytes('delayed', -#entry)
  return string.sub(held, 1, cut - 1), entry
end

-- Lets a message wait until its time, in place of one of the same job that waits already.
local function delay(queue, tenant, id, entry, due_ms)
  undelay(queue, id)
  redis.call('ZADD', prefix .. queue .. ':delayed', due_ms, id)
  redis.call('HSET', prefix .. queue .. ':delayed:messages', id, tenant .. '\0' .. entry)
  count_bytes('delayed', #entry)
end

-- Takes what a worker has away from it. Returns queue, tenant and message, or nothing.
local function take_from(unacked, tag)
  local held = redis.call('HGET', unacked, tag)
  if not held then return nil end
  redis.call('HDEL', unacked, tag)
  local cut = string.find(held, '\0', 1, true)
  return string.match(tag, '^[^:]+'), string.sub(held, 1, cut - 1), string.sub(held, cut + 1)
end

-- Puts the message that has waited longest for a slot back into its line.
local function unpark(key)
  local held = redis.call('RPOP', prefix .. 'parked:' .. key)
  if not held then
    redis.call('HDEL', prefix .. 'parked', key)
    return 0
  end
  if redis.call('HINCRBY', prefix .. 'parked', key, -1) <= 0 then redis.call('HDEL', prefix .. 'parked', key) end
  local first = string.find(held, '\0', 1, true)
  local second = string.find(held, '\0', first + 1, true)
  local queue, entry = string.sub(held, 1, first - 1), string.sub(held, second + 1)
  redis.call('HINCRBY', prefix .. 'held', queue, -1)
  count_bytes('parked', -#entry)
  put(queue, string.sub(held, first + 1, second - 1), entry, true)
  return 1
end

-- Ends the slots of workers that are gone. Returns how many.
local function free_slots(key)
  local freed = 0
  for _, holder in ipairs(redis.call('SMEMBERS', prefix .. 'slots:' .. key)) do
    if redis.call('EXISTS', prefix .. 'lease:' .. string.match(holder, '^%S+')) == 0 then
      freed = freed + redis.call('SREM', prefix .. 'slots:' .. key, holder)
    end
  end
  return freed
end

local function depth_of(queue)
  return redis.call('LLEN', prefix .. queue) + redis.call('LLEN', prefix .. queue .. ':1')
end

-- Names are made of kinds and queues, of which there are a few dozen: thousands are somebody's mistake or malice.
local function count(name, number)
  local metrics = prefix .. 'metrics'
  if redis.call('HLEN', metrics) >= 5000 and redis.call('HEXISTS', metrics, name) == 0 then name, number = 'uncounted', 1 end
  redis.call('HINCRBYFLOAT', metrics, name, number or 1)
end
