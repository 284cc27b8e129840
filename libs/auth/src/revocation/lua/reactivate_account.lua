-- Lets a suspended or banned account log in again.
-- KEYS[1] - hash of the account
-- KEYS[2] - index of all active accounts
-- KEYS[3] - index of the active accounts of this user type
-- KEYS[4..7] - those two indexes of the other statuses
-- ARGV[1] - id of the user
-- ARGV[2] - when the status was last changed, as the caller read it; empty: never
-- Returns 'done'; 'absent' when there is no such account; 'changed' when the status has changed since.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'absent' }
end
if not set_status(KEYS[1], { unpack(KEYS, 2, 7) }, ARGV[1], 'active', '', ARGV[2], clock_ms()) then
  return { 'changed' }
end
return { 'done' }
