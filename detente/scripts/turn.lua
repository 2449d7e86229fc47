-- Gives who asks the next free moment of a host, and keeps it for them until they are back. Returns 0 when it is here, or the
-- milliseconds until then.
-- ARGV: host, who asks, milliseconds between two requests to the host
local host, own, apart = prefix .. 'host:' .. ARGV[1], prefix .. 'turn:' .. ARGV[1] .. ':' .. ARGV[2], tonumber(ARGV[3])
local now = now_ms()
local held = redis.call('HMGET', host, 'free_at', 'asked_at')
local free_at, asked_at = tonumber(held[1] or 0), tonumber(held[2] or 0)
local mine = tonumber(redis.call('GET', own) or nil)
-- Whoever comes back late may be right before the next one, who has to wait then.
local at = math.max(mine or free_at, asked_at + apart, now)
if at == now then
  redis.call('DEL', own)
  asked_at = now
else
  -- So long after it the moment is still theirs: they may be in line behind others.
  redis.call('SET', own, at, 'PX', at - now + 3600000)
end
if not mine then free_at = at + apart end
redis.call('HSET', host, 'free_at', free_at, 'asked_at', asked_at)
redis.call('PEXPIRE', host, math.max(free_at - now, apart))
return at - now
