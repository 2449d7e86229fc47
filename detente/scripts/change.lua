-- Changes a job's record and adds a step to its history. A job that has ended keeps its end: a second delivery, or a cancel
-- that comes too late, changes nothing. Returns the state now.
-- ARGV: id, seconds to live, event, detail, 1 to count an attempt, longest history, kind, queue, how many fields and
-- values, those, counters and their increments…
local id, ttl, event, detail, attempt, longest, kind, queue, fields = unpack(ARGV, 1, 9)
local record = prefix .. 'job:' .. id
begin_to_write()
local state, batch = unpack(redis.call('HMGET', record, 'state', 'batch'))
if state == 'done' or state == 'dead' or state == 'cancelled' then return state end
-- A job of a batch that was cancelled does not start any more.
local is_called_off = event == 'started' and batch and redis.call('HGET', prefix .. 'batch:' .. batch, 'cancelled_at')
if is_called_off then event, detail, attempt = 'cancelled', '{}', '0' end
if attempt == '1' then redis.call('HINCRBY', record, 'attempts', 1) end
redis.call('HSET', record, unpack(ARGV, 10, 9 + fields))
if is_called_off then redis.call('HSET', record, 'state', 'cancelled', 'finished_at', redis.call('HGET', record, 'started_at')) end
local is_foreign = redis.call('HSETNX', record, 'kind', kind) == 1
redis.call('HSETNX', record, 'queue', queue)
redis.call('EXPIRE', record, ttl)
redis.call('XADD', record .. ':events', 'MAXLEN', '~', longest, '*', 'event', event, 'detail', detail)
redis.call('EXPIRE', record .. ':events', ttl)
for i = 10 + fields, #ARGV, 2 do count(ARGV[i], ARGV[i + 1]) end
local facts = redis.call('HMGET', record, 'state', 'kind', 'queue')
-- What neither was submitted nor has started may call itself anything, and gets no counter of its own.
local counted = is_foreign and event == 'dead' and 'unknown' or facts[2]
if event ~= 'progress' then count('jobs|' .. event .. '|' .. counted .. '|' .. facts[3]) end
-- A job that was cancelled before its time need not wait for it.
if facts[1] == 'cancelled' then undelay(facts[3], id) end
if batch then count_member(batch, id, state, facts[1], redis.call('HGET', record, 'finished_at')) end
return facts[1]
