-- Puts a message back at the front of its line, unless somebody acknowledged or returned it before. Returns 1 or 0.
-- ARGV: lease, delivery tag
local queue, tenant, entry = take_from(prefix .. 'unacked:' .. ARGV[1], ARGV[2])
if not entry then return 0 end
put(queue, tenant, entry, true)
return 1
