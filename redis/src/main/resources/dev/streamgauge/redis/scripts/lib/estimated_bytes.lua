--[[
Estimates of what Redis needs besides the texts, in bytes: an entry is its payload and ENTRY_BYTES; an idempotency
record its key, its value and RECORD_BYTES; a family its name, its row and FAMILY_BYTES; a series its labels, its value,
and TABLE_BYTES in a hash table or LISTPACK_BYTES in a listpack.

A hash is a listpack while it has at most LISTPACK_ENTRIES fields, and no text in it is longer than LISTPACK_LENGTH:
Redis' hash-max-listpack-entries, as the documentation recommends it, and hash-max-listpack-value. With other values the
estimate is wrong until a sweep counts again.
]]
local ENTRY_BYTES, RECORD_BYTES, FAMILY_BYTES, TABLE_BYTES, LISTPACK_BYTES = 100, 150, 200, 64, 8
local LISTPACK_ENTRIES, LISTPACK_LENGTH = 64, 64
