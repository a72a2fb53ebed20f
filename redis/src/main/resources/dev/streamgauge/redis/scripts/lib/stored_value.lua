-- The header of a series' value: letter of its kind, f64 created in Unix ms, u32 last fold in Unix s.
local HEADER = '>BdI4'
local HEADER_LENGTH = 13
