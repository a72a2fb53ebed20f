-- When the call began, by the clock of Redis: in s, in microseconds, and in ms since 1970.
local now_s, now_us, now_ms
do
  local time = redis.call('TIME')
  now_s = tonumber(time[1])
  now_us = now_s * 1000000 + tonumber(time[2])
  now_ms = math.floor(now_us / 1000)
end
