-- The value of a series that is registered and has no value yet; and for how long it may wait for one.
local REGISTERED = 'r'
local REGISTRATION_LIFE_S = 60
