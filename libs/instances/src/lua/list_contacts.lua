-- Lists all instances that are registered, with the clock by which their leases were given: in a cluster
-- each server has its own.
-- KEYS[1] - hash: instance id -> end of its lease (epoch ms), host, port, key and layout of its records, with blanks between
-- Returns the time (epoch ms), then the values of the hash.
local contacts = redis.call('HVALS', KEYS[1])
table.insert(contacts, 1, integer(clock_ms()))
return contacts
