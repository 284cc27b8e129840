-- Takes drivers that went offline out of the index of live positions; their last position stays.
-- A driver that has sent a fix since is left alone.
-- KEYS[1] - hash: driver id -> position record
-- KEYS[2] - sorted set: driver id by cell
-- ARGV - pairs: driver id, epoch ms until which its fixes belong to the time before
-- Returns the number of drivers taken out.
local RECORD = '<dI4dddfffdI4'
local CELL_OFFSET = 56
local NO_CELL = struct.pack('<I4', 4294967295)
-- The clock of the instance that noted a fix may be ahead of the one of Redis. A driver that came
-- back in this very moment is placed again by its next fix; one that is overlooked stays for ever.
local CLOCK_SKEW_MS = 30000
local retired = 0
for i = 1, #ARGV, 2 do
  local record = redis.call('HGET', KEYS[1], ARGV[i])
  if record then
    local _, _, _, _, _, _, _, _, receivedAt = struct.unpack(RECORD, record)
    if receivedAt <= tonumber(ARGV[i + 1]) + CLOCK_SKEW_MS then
      local unplaced = string.sub(record, 1, CELL_OFFSET) .. NO_CELL .. string.sub(record, CELL_OFFSET + 5)
      redis.call('HSET', KEYS[1], ARGV[i], unplaced)
      retired = retired + redis.call('ZREM', KEYS[2], ARGV[i])
    end
  end
end
return retired
