-- Ends a slot, and puts the message that has waited longest for one in line.
-- ARGV: lease, delivery tag, key
local lease, tag, key = unpack(ARGV)
redis.call('SREM', prefix .. 'slots:' .. key, lease .. ' ' .. tag)
return unpark(key)
