-- Suffixes of the series that a family shows besides its own name, by the letter that its row begins with.
local SUFFIXES = {h = {'_bucket', '_sum', '_count'}, s = {'_sum', '_count'}, c = {}, g = {}}

-- Adds to a list the names of the families that a new family may clash with: those that clash_of looks up.
local function add_related(names, name, row)
  for _, suffix in ipairs(SUFFIXES[string.sub(row, 1, 1)] or {}) do
    names[#names + 1] = name .. suffix
  end
  for _, suffix in ipairs(SUFFIXES.h) do
    if #name > #suffix and string.sub(name, -#suffix) == suffix then
      names[#names + 1] = string.sub(name, 1, -#suffix - 1)
    end
  end
end

-- The family whose series a new family would repeat, or nil; `find` gives the row that a family of a name has. It looks
-- names up and never goes through the others: a request of ten thousand new families would keep Redis busy for seconds.
local function clash_of(name, row, find)
  for _, suffix in ipairs(SUFFIXES[string.sub(row, 1, 1)] or {}) do
    if find(name .. suffix) then
      return name .. suffix
    end
  end
  for _, suffix in ipairs(SUFFIXES.h) do
    if #name > #suffix and string.sub(name, -#suffix) == suffix then
      local base = string.sub(name, 1, -#suffix - 1)
      local base_row = find(base)
      for _, base_suffix in ipairs(base_row and SUFFIXES[string.sub(base_row, 1, 1)] or {}) do
        if base_suffix == suffix then
          return base
        end
      end
    end
  end
  return nil
end
