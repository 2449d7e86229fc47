-- Puts messages in line whose slots ended with their workers. Returns how many.
local number = 0
for _, key in ipairs(redis.call('HKEYS', prefix .. 'parked')) do
  local freed = free_slots(key)
  if freed == 0 and redis.call('EXISTS', prefix .. 'slots:' .. key) == 0 then freed = 1 end
  for _ = 1, freed do number = number + unpark(key) end
end
return number
