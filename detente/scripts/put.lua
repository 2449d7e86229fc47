-- Puts a message that a worker or beat publishes in line, or lets it wait for its time.
-- ARGV: queue, tenant, id, message, due (ms) or ''
local queue, tenant, id, entry, due = unpack(ARGV)
begin_to_write()
if due ~= '' and tonumber(due) > now_ms() then
  delay(queue, tenant, id, entry, due)
else
  put(queue, tenant, entry, false)
end
