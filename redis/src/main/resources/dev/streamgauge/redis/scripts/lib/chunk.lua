-- Arguments that one command gets, far below the 8,000 that unpack can give.
local CHUNK = 1000
