-- What is done where the status of an account changes; a part of other scripts.

-- Sets the status unless it was changed after the caller read `seen`, the time of the last change.
-- So a call that was on its way for long undoes nothing that was decided meanwhile. Returns whether
-- the account has the status now. The indexes are those that the account is in or out of by its
-- status, the two of the new status first.
local function set_status(account, indexes, user_id, status, reason, seen, now)
  local current, changed_at, created_at = unpack(
    redis.call('HMGET', account, 'status', 'statusChangedAt', 'createdAt'))
  if (changed_at or '') ~= seen then
    return current == status
  end
  -- No two changes have the same time: changes are compared by it.
  local change = math.max(now, (tonumber(changed_at) or 0) + 1)
  redis.call('HSET', account, 'status', status, 'statusReason', reason,
    'statusChangedAt', integer(change), 'updatedAt', integer(now))
  for i, index in ipairs(indexes) do
    if i <= 2 then
      redis.call('ZADD', index, created_at, user_id)
    else
      redis.call('ZREM', index, user_id)
    end
  end
  return true
end
