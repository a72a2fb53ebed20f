-- A script runs in Redis: Lua 5.1 less what reaches outside or evaluates text, plus these, all read-only.
std = 'lua51'
read_globals = {
  'KEYS',
  'ARGV',
  redis = {fields = {'call', 'pcall', 'acl_check_cmd'}},
  struct = {fields = {'pack', 'unpack'}},
}
not_globals = {
  '_G', 'collectgarbage', 'debug', 'dofile', 'gcinfo', 'getfenv', 'io', 'load', 'loadfile', 'loadstring', 'module',
  'newproxy', 'os', 'package', 'print', 'require', 'setfenv',
}
max_line_length = 120

-- What a file includes stands in front of it when it runs; see the README of scripts/lib. Luacheck looks at one file at
-- a time: the names that a file includes are globals to it, and those that a file of lib defines would be unused.
local scripts = 'redis/src/main/resources/dev/streamgauge/redis/scripts/'
local fs = require('luacheck.fs')
local _, root = fs.find_file(fs.get_current_dir(), '.luacheckrc') -- the way from the current directory

local function names_in(path)
  local names = {}
  for line in io.lines(root .. scripts .. path) do
    local list = line:match('^local function ([%w_]+)') or line:match('^local ([%w_, ]+)') or ''
    for name in list:gmatch('[%w_]+') do
      names[#names + 1] = name
    end
  end
  return names
end

for path in io.popen('cd ' .. root .. scripts .. ' && find * -name "*.lua"'):lines() do
  local included, defined = {}, {}
  for line in io.lines(root .. scripts .. path) do
    local file = line:match('^%-%- @include (lib/[%w_/]+%.lua)$')
    for _, name in ipairs(file and names_in(file) or {}) do
      included[#included + 1] = name
    end
  end
  for _, name in ipairs(path:match('^lib/') and names_in(path) or {}) do
    defined[#defined + 1] = '[23]../^' .. name .. '$'
  end
  files[scripts .. path] = {read_globals = included, ignore = defined}
end
