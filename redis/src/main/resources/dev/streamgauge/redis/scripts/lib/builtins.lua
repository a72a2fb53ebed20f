-- Functions of Lua and of Redis, for code that runs once a series: a global is slower.
local pack, unpack_struct = struct.pack, struct.unpack
local floor, min, sub = math.floor, math.min, string.sub
