-- @include lib/aggregations/counter.lua
-- @include lib/aggregations/gauge.lua
-- @include lib/aggregations/histogram.lua
-- @include lib/aggregations/summary.lua

-- All kinds, by the letter that the fold's arguments have for them. Of each:
--   code                first byte of a stored value
--   earlier_code        the first byte that values of earlier releases have; nil if none differs
--   fold                function that adds a delta to a stored value, and gives the new one; nil if it cannot: the
--                       stored one is of another kind or layout, or was not folded since oldest_update_s. A stored
--                       value of zeros is one to which nothing was added yet
--   is_fixed            whether all values and deltas of one layout have one length
--   min_length          least length of a delta, in bytes
--   value_length        length of a value without its header, in bytes; nil if it is that of the delta, or not fixed
--   page                how many series are read at once
--   units               of a series
--   delta_byte_units    of a byte of its delta
--   stored_byte_units   of a byte of its stored value
local KINDS = {c = counter, g = gauge, h = histogram, s = summary}
