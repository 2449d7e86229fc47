-- Renews a lease.
-- ARGV: lease, its seconds
local lease, lease_s = unpack(ARGV)
begin_to_write()
redis.call('SADD', prefix .. 'leases', lease)
redis.call('SET', prefix .. 'lease:' .. lease, '1', 'EX', lease_s)
