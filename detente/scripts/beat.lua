-- Says that a worker's loop goes round.
-- ARGV: worker, the time, seconds after which it counts as gone
local worker, at, gone_s = unpack(ARGV)
begin_to_write()
redis.call('SET', prefix .. 'worker:' .. worker, at, 'EX', gone_s)
