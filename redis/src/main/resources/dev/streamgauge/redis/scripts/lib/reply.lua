-- The message of a failed redis.pcall; nil or false if the reply is none.
local function failed(reply)
  return type(reply) == 'table' and reply.err
end
