--- names of functions in argument errors: lines
string.rep()
string.rep({})
("x"):rep({})
("x"):rep()
local f = string.rep f("x")
local t = {f = string.rep} t.f()
local t = {f = string.rep} t:f()
local t = {f = string.rep} t["f"]({}, 1)
(string.rep)()
return string.rep()
return (string.rep())
x = string.rep()
local x = string.rep()
print(string.rep())
setmetatable(1, 2)
local s = setmetatable s(1, 2)
table.concat({{}})
table.insert()
table.insert({}, 1, 2, 3)
math.floor({})
math.floor(nil)
math.floor(true)
math.floor(print)
math.floor("x")
tonumber()
tostring()
ipairs()
pairs(5)
next({}, 1)
select(0)
unpack()
error("x")
error("x", 1)
error("x", 2)
error("x", 0)
error({})
error(nil)
error()
error(5)
assert(false)
assert(nil, "m")
assert(false, 5)
assert()
getmetatable()
rawset({})
coroutine.resume()
coroutine.wrap(5)
coroutine.create("x")
coroutine.yield()
loadstring(nil)
string.char(256)
string.char(-1, "x")
string.format("%d", "x")
("%d"):format({})
("%d"):format()
string.gsub("x", "y")
("x"):gsub()
("x"):gsub("y")
("x"):gsub("x", true)
("x"):find()
("x"):find({})
("x"):byte({})
("x"):sub()
("x"):foo()
("x").foo()
(1):foo()
nil.x = 1
local a; a.b = 1
local a; a.b.c = 1
local a = {}; a.b.c = 1
local a = {}; a.b.c.d = 1
a.b = 1
a.b()
a:b()
a()
local a; a()
local a; a:b()
local a = {}; a.b()
local a = {}; a:b()
local a = {}; a.b.c()
local a = {}; a.b:c()
local a = {b = {}}; a.b.c()
local a = {b = {}}; a.b:c()
local a = {}; a[1]()
local a = {}; a[a]()
local a = {}; a[1].x()
local a, b = {}; a[b] = 1
local a, b = {}; a[b].c = 1
local a, b = {}; return a[b].c
local a, b = {}, "k"; return a[b].c
local a, b = {}, "k"; return a.x[b]
local a = 5; a.x = 1
local a = 5; return a.x
local a = "s"; a.x = 1
local a = "s"; return a.x.y
local a = true; return a.x
local a = print; return a.x
local a = print; a.x = 1
return 1 + nil
return nil + 1
return 1 + {}
return {} + 1
return 1 + "x"
return "x" + 1
return "x" + "y"
return {} + {}
return nil + nil
return true + 1
return print + 1
local a; return a + 1
local a; return 1 + a
local a; return a + a
local a, b; return a + b
local a, b = 1; return a + b
local a, b = nil, 1; return a + b
local a = {}; return a.x + 1
local a = {}; return 1 + a.x
local a = {}; return a.x + a.y
local a = {}; return a.x.y + 1
return a + 1
return a.b + 1
return 1 - nil
return 1 * nil
return 1 / nil
return 1 % nil
return 1 ^ nil
return -nil
return -{}
return -"x"
local a; return -a
return -a
return #nil
return #5
return #true
local a; return #a
return #a
return #print
return "a" .. nil
return nil .. "a"
return "a" .. {}
return {} .. "a"
return 1 .. nil
return 1 .. {}
return nil .. nil
return "a" .. "b" .. nil
return "a" .. nil .. "b"
return nil .. "a" .. "b"
local a; return a .. "x"
local a; return "x" .. a
local a = {}; return a.x .. "x"
local a = {}; return "x" .. a.x
return a .. "x"
return "x" .. a
return "x" .. a.b
local a, b = "x"; return a .. b .. "y"
return 1 < "x"
return "x" < 1
return {} < {}
return {} < 1
return nil < nil
return nil < 1
return true < false
return print < print
return 1 <= "x"
return {} <= {}
return nil >= 1
return "a" > 1
return {} > "a"
local a, b = {}, {}; return a < b
local a, b = setmetatable({}, {}), {}; return a < b
for i = nil, 1 do end
for i = 1, nil do end
for i = 1, 2, nil do end
for i = {}, 1 do end
for i = 1, "x" do end
for i = 1, 2, {} do end
for i = 1, 2, "x" do end
for a in nil do end
for a in 5 do end
for a in {} do end
for a in "x" do end
for a in pairs(nil) do end
for a in ipairs() do end
for a in next do end
for k, v in {} do end
local t = {[nil] = 1}
local t = {} t[nil] = 1
local t = {} t[0/0] = 1
local t = {[0/0] = 1}
local function f() f.x.y = 1 end f()
local function f() local x = f.x.y end f()
local up; local function f() return up.x end f()
local up; local function f() return up + 1 end f()
local up; local function f() up() end f()
local up; local function f() up.x = 1 end f()
local up = {}; local function f() up.x.y = 1 end f()
local up = {}; local function f() up.x() end f()
local up = {}; local function f() up:x() end f()
local function f(a) return a.x end f()
local function f(a) return a() end f()
local function f(a) a.x = 1 end f(5)
local function f(...) local a = ... return a.x end f()
local function f(...) return (...).x end f()
local function f(...) return ... + 1 end f()
local function f() return nil end return f().x
local function f() return nil end return f() + 1
local function f() return nil end f()()
local function f() return nil end f().x = 1
local function f() return {} end f().x.y = 1
local t = setmetatable({}, {__index = function(t, k) error("idx " .. k) end}) return t.foo
local t = setmetatable({}, {__index = function(t, k) return k + 1 end}) return t.foo
local t = setmetatable({}, {__add = function(a, b) return a.x.y end}) return t + 1
local t = setmetatable({}, {__call = 5}) t()
local t = setmetatable({}, {__index = 5}) return t.x
local t = setmetatable({}, {__newindex = 5}) t.x = 1
local t = setmetatable({}, {__concat = 5}) return t .. "x"
local t = setmetatable({}, {__unm = 5}) return -t
local t = setmetatable({}, {__lt = 5}) return t < t
local t = setmetatable({}, {__tostring = 5}) return tostring(t)
string.gsub("x", "x", function() error("cb") end)
string.gsub("x", "x", function() return {} end)
string.gsub("x", "x", function() local a; a() end)
string.gsub("x", "(", "")
table.sort({1, 2}, function() error("cmp") end)
table.sort({1, "x"})
table.sort({{}, {}})
table.foreach({1}, function() error("each") end)
pcall(error("outer"))
local ok, e = pcall(error, "x") error(e)
local ok, e = pcall(error, "x", 0) error(e, 0)
xpcall(error, error)
local co = coroutine.wrap(function() error("co") end) co()
local co = coroutine.wrap(function() local a; a() end) co()
local co = coroutine.wrap(function() end) co() co()
setfenv(1, {}) print("x")
setfenv(1, {}) local x = y.z
setfenv(1, setmetatable({}, {__index = function(_, k) error("no " .. k, 2) end})) return foo
setfenv(1, setmetatable({}, {__newindex = function(_, k) error("readonly " .. k, 2) end})) foo = 1
setfenv(0)
setfenv("x", {})
getfenv("x")
getfenv(-1)
loadstring("x = = 1")()
assert(loadstring("x = = 1"))
assert(loadstring("local x = nil; x()", "=inner"))()
assert(loadstring("error('e')", "@inner.lua"))()
assert(loadstring("error('e')"))()
local s = "x" s.y.z = 1
local s = "x" s:y()
local n = 5 n:y()
local n = 5 n.x.y = 1
local b = true b.x = 1
if nil + 1 then end
while nil + 1 do end
repeat until nil + 1
return nil, nil + 1
return {nil + 1}
return {[nil + 1] = 1}
return {x = nil + 1}
return print(nil + 1)
return (nil + 1)
return not (nil + 1)
return 1 and nil + 1
return nil or nil + 1
local a <b
a = a.b.c
a.b.c.d = 1
a["b"].c = 1
a[1].c = 1
local long_variable_name_that_goes_on_and_on; long_variable_name_that_goes_on_and_on()
local t = {} t.long_field_name_that_goes_on_and_on()
local t = {} t["field with spaces"]()
local t = {} t["field with spaces"].x = 1
local t = {} t[1][2] = 3
local t = {} t.x[1] = 3
local t = {} t.x[t] = 3
local t = {} local k = "dyn" t[k][k] = 3
local t = {} local k = "dyn" t[k]()
local t = {} local k = "dyn" t[k .. k]()
return ("x"):rep(1):foo()
return ("x"):rep(1).foo.bar
return #{}.x
return math.nothing(1)
return math.pi()
return math.pi.x.y
return _G.undefined.x
return _G.undefined()
_G.undefined.x = 1
return string.format("%d", {}) .. 1
