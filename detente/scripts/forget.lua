-- Forgets a lease that has ended and under which nobody has anything. Returns 1, or 0 where it is held or has messages again.
-- ARGV: lease
local lease = ARGV[1]
if redis.call('EXISTS', prefix .. 'lease:' .. lease, prefix .. 'unacked:' .. lease) > 0 then return 0 end
return redis.call('SREM', prefix .. 'leases', lease)
