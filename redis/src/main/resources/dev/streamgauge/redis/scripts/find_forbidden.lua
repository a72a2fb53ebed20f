#!lua flags=no-writes
--[[
Finds the calls that the user of this connection may not make, without making them.

ARGV[1…] of each call: number of its words, then the words

Returns the numbers of these calls, from 1.
]]
local forbidden = {}
local place, number = 1, 0
while place <= #ARGV do
  local words = tonumber(ARGV[place])
  number = number + 1
  if not redis.acl_check_cmd(unpack(ARGV, place + 1, place + words)) then
    forbidden[#forbidden + 1] = number
  end
  place = place + words + 1
end
return forbidden
