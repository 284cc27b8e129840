-- Takes facts to deliver: of each subject the oldest one, and only if nobody else is at it.
-- KEYS[1] - stream of facts
-- KEYS[2] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[3] - hash: subject -> attempts made for its oldest fact
-- KEYS[4] - hash: fact id -> replayed fact, packed fields
-- KEYS[5] - sorted set: what waits, see waiting_facts.lua
-- KEYS[6] - the last place that was given there
-- KEYS[7] - hash: the clock of dispatch
-- ARGV[1] - name of the webhook, which is its consumer group
-- ARGV[2] - most facts to take
-- ARGV[3] - ms after which another instance may take them
-- ARGV[4] - most facts to move from the stream to what waits in one call
-- ARGV[5] - most facts that wait; beyond them they wait in the stream
-- Returns ms until the next may be due (-1 when nothing waits), the number of facts that the stream
-- had lost, and of each fact taken: its subject, id, attempt (the first is 1) and fields.
local group = ARGV[1]
local most = tonumber(ARGV[2])
local now = steady_ms(KEYS[7])

local function wait_for(id, subject)
  waiting_put(KEYS[5], KEYS[6], subject, id)
  redis.call('ZADD', KEYS[2], 'NX', integer(now), subject)
end

local function subject_of(fields)
  return to_table(fields)['subject'] or ''
end

-- The group has one consumer, whichever instance delivers: after a crash the set holds what is open.
local function read(count)
  return redis.pcall('XREADGROUP', 'GROUP', group, 'lists', 'COUNT', count, 'STREAMS', KEYS[1], '>')
end

local function admit()
  local count = tonumber(ARGV[4])
  local pending = redis.pcall('XPENDING', KEYS[1], group)
  if pending.err then
    -- Everything that the stream still has: a fact too many is known by its version.
    redis.call('XGROUP', 'CREATE', KEYS[1], group, '0', 'MKSTREAM')
  else
    count = math.min(count, ARGV[5] - pending[1])
  end
  if count < 1 then
    return
  end
  local reply = read(count)
  if reply and reply.err then
    return
  end
  for _, entry in ipairs(reply and reply[1][2] or {}) do
    wait_for(entry[1], subject_of(entry[2]))
  end
end

-- The fields of a subject's oldest fact; facts that the stream has lost are passed over.
local lost = 0
local function oldest(subject)
  while true do
    local id, member = waiting_first(KEYS[5], subject)
    if not id then
      redis.call('ZREM', KEYS[2], subject)
      return
    end
    local replayed = redis.call('HGET', KEYS[4], id)
    local fields = replayed and cmsgpack.unpack(replayed)
    if not fields then
      local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
      fields = entry and entry[2]
    end
    if fields then
      return id, fields
    end
    lost = lost + 1
    redis.call('ZREM', KEYS[5], member)
    redis.call('HDEL', KEYS[3], subject)
    redis.call('XACK', KEYS[1], group, id)
  end
end

local taken = {}
local function take()
  local wanted = most - #taken
  local subjects = redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, wanted)
  for _, subject in ipairs(subjects) do
    local id, fields = oldest(subject)
    if id then
      -- Counted before it is tried: an attempt that ends with a crash was one.
      local attempt = redis.call('HINCRBY', KEYS[3], subject, 1)
      redis.call('ZADD', KEYS[2], integer(now + ARGV[3]), subject)
      taken[#taken + 1] = { subject, id, attempt, fields }
    end
  end
end

take()
if #taken < most then
  admit()
  take()
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local waitMs = first[2] and math.max(0, first[2] - now) or -1
return { waitMs, lost, taken }
