-- The field of an entry that holds its payload.
local PAYLOAD_FIELD = 'p'
