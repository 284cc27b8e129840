-- Notes of what has changed of a person, told elsewhere after the script; a part of other scripts.

-- Where lists of accounts must show it. `change` orders the changes of a status; 0: none yet.
local function note_place(untold, user_type, status, created_at, change)
  redis.call('RPUSH', untold, cjson.encode({ 'place', user_type, status, created_at, change }))
end

-- What every instance must hear, as names and values.
local function note_entry(untold, ...)
  redis.call('RPUSH', untold, cjson.encode({ 'entry', ... }))
end
