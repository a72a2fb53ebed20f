-- The greatest count, 2^53: above it, doubles skip whole numbers.
local MAX_COUNT = 9007199254740992
