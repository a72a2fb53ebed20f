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
