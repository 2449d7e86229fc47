-- Takes a message from a worker and lets it wait for its time. Returns 1 or 0.
-- ARGV: lease, delivery tag, id, due (ms), the message as it waits
local queue, tenant = take_from(prefix .. 'unacked:' .. ARGV[1], ARGV[2])
if not queue then return 0 end
delay(queue, tenant, ARGV[3], ARGV[5], ARGV[4])
return 1
