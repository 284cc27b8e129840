-- Lets a suspended or banned account log in again.
-- KEYS[1] - hash of the account
-- KEYS[2] - list of what is not told yet
-- ARGV[1] - when the status was last changed, as the caller read it; empty: never
-- Returns 'done'; 'absent' when there is no such account; 'changed' when the status has changed since.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'absent' }
end
if not set_status(KEYS[1], KEYS[2], 'active', '', ARGV[1], clock_ms()) then
  return { 'changed' }
end
return { 'done' }
