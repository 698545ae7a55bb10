--- closures in loops
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
local gs = {}
local j = 0
while j < 3 do j = j + 1 local k = j gs[j] = function() k = k + 10 return k, j end end
print(gs[1]()) print(gs[1]()) print(gs[3]())
local hs = {}
for _, v in ipairs{"a", "b"} do hs[#hs + 1] = function() return v end end
print(hs[1](), hs[2]())
repeat local x = 5 local f = function() return x end until f() == 5
--- closures share variables
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end, function(v) n = v end end
local up, get, set = counter()
up() up() print(get()) set(10) print(up(), get())
local up2, get2 = counter()
print(up2(), get(), get2())
--- upvalues of upvalues
local function a(x) return function(y) return function(z) x = x + 1 return x + y + z end end end
local f = a(1)(2)
print(f(3), f(3), a(10)(20)(30))
--- break closes upvalues
local fs = {}
for i = 1, 10 do local x = i * 2 fs[#fs + 1] = function() return x end if i == 3 then break end end
print(#fs, fs[1](), fs[3]())
--- multiple assignment order
local t = {}
local i = 1
i, t[i] = i + 1, 20
print(i, t[1], t[2])
local a, b, c = (function() return 1, 2, 3 end)()
print(a, b, c)
a, b, c = 0, (function() return 1, 2, 3 end)()
print(a, b, c)
a, b, c = (function() return 1, 2, 3 end)(), 10
print(a, b, c)
local x, y = 1, 2
x, y = y, x
print(x, y)
local function f(n) print("f", n) return {} end
local g = setmetatable({}, {__newindex = function(_, k, v) print("set", k, v) end})
g.a, g.b, g.c = 1, 2
f(1).x, f(2).x = f(3), f(4)
--- assignment evaluates before it assigns
local a = {1, 2, 3}
local i = 1
i, a[i], a[i + 1] = 2, "x", "y"
print(i, a[1], a[2], a[3])
--- varargs
local function f(...) return select("#", ...), ... end
print(f()) print(f(nil)) print(f(nil, nil)) print((f(1, 2)))
local function g(...) local a, b = ... return b, a end
print(g(1)) print(g(1, 2, 3))
local function h(...) return {...}, {n = select("#", ...), ...} end
local p, q = h(1, nil, 3) print(#q, q.n, q[3])
local function all(...) return ... end
print(all(1, 2), all(3, 4)) print((all(1, 2)))
--- varargs: select and unpack
print(select(2, "a", "b", "c")) print(select(-1, "a", "b", "c")) print(select(-2, "a", "b", "c"))
print(pcall(select, 0, 1)) print(pcall(select, -5, 1)) print(select("#")) print(select("2", 1, 5)) print(pcall(select, "x"))
print(unpack({1, 2, 3})) print(unpack({1, 2, 3}, 2)) print(unpack({1, 2, 3}, 2, 5)) print(unpack({}, 1, 3)) print(unpack({1, 2}, 3)) print(unpack({1, 2, 3}, -1, 1))
print(pcall(unpack, {}, 1, 1e7)) print(pcall(unpack)) print(pcall(unpack, {}, "x")) print(select("#", unpack({}, 1, 200)))
--- the old arg table
local function f(...) return arg end
print(f(1, 2))
local function g(...) return arg and arg.n, ... end
print(g(1, 2, 3))
--- numeric for
for i = 1, 3 do io = i end print(io)
for i = 3, 1 do print("never") end
for i = 3, 1, -1 do print(i) end
for i = 1, 2, 0.5 do print(i) end
for i = 0.1, 0.35, 0.1 do print(i) end
for i = 1, 0 do print("never") end
for i = "1", "3" do print(i, type(i)) end
for i = 1, 3 do local i = i * 2 print(i) end
for i = 1, 3 do i = i * 10 print(i) end
print(pcall(function() for i = "x", 2 do end end))
print(pcall(function() for i = 1, {} do end end))
print(pcall(function() for i = 1, 2, "y" do end end))
print(pcall(function() for i = nil, 2 do end end))
for i = 1, math.huge do if i > 3 then break end print(i) end
for i = 1, 3, math.huge do print(i) end
local n = 0 for i = 1, 0/0 do n = n + 1 end print(n)
--- generic for
for k, v in next, {10, 20} do print(k, v) end
for k in pairs({x = 1}) do print(k) end
print(pcall(function() for x in 5 do end end))
print(pcall(function() for x in nil do end end))
print(pcall(function() local t = {} for x in t.y do end end))
for a, b, c, d in (function() local n = 0 return function(s, i) n = n + 1 if n < 3 then return n, s, i end end, "state", "start" end)() do print(a, b, c, d) end
local mt = setmetatable({}, {__call = function(self, s, c) c = (c or 0) + 1 if c < 3 then return c end end})
for i in mt do print(i) end
--- while and repeat
local i = 0 while true do i = i + 1 if i > 5 then break end end print(i)
repeat local done = i > 8 i = i + 1 until done print(i)
while nil do end while false do end
--- and or not
print(nil and 1, false and 1, 1 and 2, nil or 1, false or nil, 1 or 2, not nil, not 0, not "")
print(1 and nil or 3, nil and nil or false, false == nil, nil == nil)
local function f(x) print("called", x) return x end
print(f(false) and f(1), f(1) or f(2))
local x = f(nil) or f(false) or f("last") print(x)
local a = 1 < 2 and "yes" or "no" print(a)
print((nil and 1) == nil, not (1 == 2) and not nil)
--- comparisons
print(1 < 2, 1 <= 1, 2 > 1, 1 >= 2, "a" < "b", "a" < "B", "" < "a", "a\0b" < "a\0c", "Z" < "a", "10" < "9", "a" <= "a")
print(1 == "1", "1" == "1", nil == false, {} == {}, print == print, 0 == -0, 0/0 == 0/0, 0/0 ~= 0/0, 1/0 > 1e308)
--- arithmetic
print(7 % 3, -7 % 3, 7 % -3, -7 % -3, 5.5 % 2, -5.5 % 2, 1 % math.huge, -1 % math.huge, 5 % 0, 0 % 5)
print(7 / 2, -7 / 2, 1 / 0, -1 / 0, 0 / 0 ~= 0 / 0, 2 ^ 0.5, 2 ^ -1, (-8) ^ (1 / 3), 0 ^ 0, 10 ^ 2)
print(1e15 + 1, 2 ^ 53 + 1, 1e300 * 1e10, -1e300 * 1e10, 5 - -5, - -5, 0.1 + 0.2, 1 - 0.9)
print("10" + 5, "0x10" * 2, " 3 " ^ 2, "1e1" / 2, 10 .. 20, -"3", "5" % "3")
--- concatenation
print(1 .. "", 1.5 .. "x", -0 .. "", 1e100 .. "", "a" .. 1 .. 2, 2 ^ 63 .. "")
print(pcall(function() return "a" .. nil end)) print(pcall(function() return {} .. "a" end)) print(pcall(function() local t = {} return "x" .. t.y .. "z" end))
print(pcall(function() local a, b = "x" return a .. b end)) print(pcall(function() return true .. 1 end))
--- length
print(#"abc", #"", #"a\0b", #{}, #{1, 2, 3}, #{nil}, #{nil, 2}, #{1, nil, 3}, #{1, 2, nil, 4}, #{n = 1})
print(pcall(function() return #5 end)) print(pcall(function() local x return #x end)) print(pcall(function() return #print end))
--- length of tables with holes
local t = {1, 2, 3, 4, 5, 6, 7, 8} t[4] = nil print(#t) t[8] = nil print(#t) t[7] = nil print(#t)
local t = {} t[1] = 1 t[2] = 2 t[4] = 4 print(#t) t[3] = 3 print(#t) t[8] = 8 print(#t)
local t = {nil, nil, 3} print(#t) t[1] = 1 print(#t) t = {1, nil, 3, nil} print(#t) t = {nil, 2, nil, 4, nil, 6} print(#t)
local t = {} for i = 1, 20 do t[i] = i end for i = 5, 15 do t[i] = nil end print(#t) t[20] = nil print(#t)
local t = {} for i = 16, 1, -1 do t[i] = i end print(#t) t[17] = 1 t[19] = 1 print(#t)
local t = {n = 1, [1] = 1, [2] = 2, [4] = 4} print(#t)
local t = {1, 2, 3, [5] = 5} print(#t) local t = {[1] = 1, [2] = 2, [3] = 3} print(#t)
--- deleting while visiting
local t = {} for i = 1, 100 do t[i] = i t["k" .. i] = i end
local n = 0 for k, v in pairs(t) do t[k] = nil n = n + 1 end print(n, next(t))
--- changing while visiting
local t = {a = 1, b = 2, c = 3} for k in pairs(t) do t[k] = t[k] * 2 end print(t.a, t.b, t.c)
--- order of pairs
local function keys(t) local out = {} for k in pairs(t) do out[#out + 1] = tostring(k) end return table.concat(out, " ") end
print(keys{a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7})
print(keys{1, 2, 3, x = 1, y = 2, [10] = 3, [2.5] = 4, [-1] = 5, [true] = 6})
local t = {} for w in ("the quick brown fox jumps over the lazy dog and runs away from all of them"):gmatch("%a+") do t[w] = true end print(keys(t))
local t = {} for i = 1, 40 do t["key:" .. i] = i end print(keys(t)) for i = 1, 40, 3 do t["key:" .. i] = nil end print(keys(t)) t.new = 1 print(keys(t))
local t = {} for i = 10, 1, -1 do t[i] = i end print(keys(t)) t = {} for i = 1, 50, 7 do t[i] = i end print(keys(t)) t = {} for i = 1, 10 do t[i / 4] = i end print(keys(t))
local t = {} for i = 1, 10 do t[2 ^ i] = i end print(keys(t)) t = {} for i = -5, 5 do t[i] = i end print(keys(t)) t = {} for i = 1, 12 do t[i * 1e10] = i end print(keys(t))
local t = {} for i = 1, 30 do t[("x"):rep(i)] = i end print(keys(t)) t = {} for i = 1, 12 do t[("x"):rep(40) .. i .. ("y"):rep(40)] = i end print(keys(t))
local t = {id = 1, name = "n", email = "e", active = true, tags = {}, created = 0, updated = 0, score = 1.5} print(keys(t)) t.email = nil t.zip = 1 t.city = 2 print(keys(t))
print(keys{[false] = 1, [true] = 2, [0] = 3, [-0.5] = 4, [1e300] = 5, [""] = 6, ["\0"] = 7, [1] = 8})
--- next
print(next({})) print(next({10})) print(next({10}, 1)) print(next({x = 1}, "x")) print(pcall(next, {}, "nope")) print(pcall(next, {}, 1)) print(pcall(next)) print(rawequal(next, next))
print(pcall(next, {1, 2, 3}, 4)) print(next({1, 2, 3}, 3)) print(pcall(next, {1, 2, 3}, 2.5)) print(type(next), type(next({})))
--- table keys
local t = {} t[1] = "a" t["1"] = "b" t[1.0] = "c" t[2 ^ 53] = "d" print(t[1], t["1"], t[2 ^ 53], t[1 + 0])
print(pcall(function() t[nil] = 1 end)) print(pcall(function() t[0/0] = 1 end)) print(t[nil], t[0/0]) print(pcall(rawset, t, nil, 1)) print(pcall(rawset, t, 0/0, 1))
t[-0] = "zero" print(t[0], t[-0]) t[true] = 1 t[print] = 2 t[t] = 3 print(t[true], t[print], t[t])
--- deep recursion
local function f(n) return 1 + f(n + 1) end
local ok, message = pcall(f, 1) print(ok, message)
local function g() return g() + 0 end print(pcall(g))
local function tail(n) if n == 0 then return "done" end return tail(n - 1) end print(tail(100000))
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end print(depth(15000)) print(pcall(depth, 15000))
local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end print(pcall(function() return t[1] end))
local s = setmetatable({}, {__tostring = function(self) return tostring(self) end}) print(pcall(tostring, s))
print(pcall(string.gsub, "x", "x", (function() local function rec() return (("x"):gsub("x", rec)) end return rec end)()))
local c = setmetatable({}, {}) getmetatable(c).__concat = function(a, b) return a .. b end print(pcall(function() return c .. 1 end))
local function err() error(err) end print(pcall(err) == false)
--- pcall in pcall in pcall
local function f() return pcall(f) end print(select("#", f()) > 150, (select(select("#", f()), f())))
local function g(n) local ok, e = pcall(g, n + 1) return e end print(g(1))
print(pcall(5), pcall(nil), pcall({}), pcall(pcall, 5)) print(xpcall(5, function(m) return "handled: " .. m end)) print(xpcall(nil, print))
print(pcall(setmetatable({}, {__call = {}}))) print(pcall(pcall, pcall, pcall, error, "deep"))
--- error values
print(pcall(error)) print(pcall(error, nil)) print(pcall(error, "x", 0)) print(pcall(error, {1})) print(select(2, pcall(error, 5)) + 1) print(pcall(error, "text", 2)) print(pcall(error, true))
local function f() error("level 1") end local function g() error("level 2", 2) end local function h() g() end print(pcall(f)) print(pcall(h)) print(pcall(function() error("level 3", 3) end))
print(pcall(error, setmetatable({}, {__tostring = function() return "custom" end})))
print(pcall(function() error() end)) print(pcall(function() error("in function") end)) print(pcall(function() error("no position", 0) end)) print(pcall(function() error(42) end)) print(pcall(function() error("a", 100) end))
--- error values through levels
local ok, e = pcall(function() local ok, e = pcall(error, {code = 1}) e.code = e.code + 1 error(e) end) print(ok, type(e), e.code)
print(xpcall(function() error("x") end, function(m) return "handled: " .. m end))
print(xpcall(function() return 1, 2, 3 end, print)) print(xpcall(error, function(m) return m end)) print(pcall(xpcall)) print(pcall(xpcall, print))
print(xpcall(function() local x = nil; x() end, function(m) return m:upper() end)) print(xpcall(function() error("first") end, function(m) error("second") end))
print(xpcall(function(...) return select("#", ...) end, print, 1, 2))
--- assert
print(assert(1, 2, 3)) print(pcall(assert, nil)) print(pcall(assert, false, "message")) print(pcall(assert, nil, {})) print(pcall(assert)) print(pcall(assert, nil, nil)) print(select("#", assert(1, nil, nil)))
--- symbolic names: lines of errors
local t = {} local n
print(pcall(function() n() end)) print(pcall(function() t.x() end)) print(pcall(function() t.x.y() end)) print(pcall(function() t:m() end)) print(pcall(function() undefined() end)) print(pcall(function() undefined.x = 1 end))
print(pcall(function() n.x = 1 end)) print(pcall(function() return n.x end)) print(pcall(function() return n[1] end)) print(pcall(function() return t.a.b.c end)) print(pcall(function() local a = {} a.b.c = 1 end)) print(pcall(function() return undefined.x end))
print(pcall(function() return n + 1 end)) print(pcall(function() return 1 + n end)) print(pcall(function() return t.x + 1 end)) print(pcall(function() return t + 1 end)) print(pcall(function() return undefined + 1 end)) print(pcall(function() return -n end)) print(pcall(function() return -{} end)) print(pcall(function() return "abc" + 1 end)) print(pcall(function() return 1 + "abc" end)) print(pcall(function() return t.x * t.y end)) print(pcall(function() return 2 ^ {} end)) print(pcall(function() return nil % 2 end))
print(pcall(function() return 1 < "2" end)) print(pcall(function() return {} < {} end)) print(pcall(function() return nil > 1 end)) print(pcall(function() return print <= print end)) print(pcall(function() return true < false end)) print(pcall(function() return "a" >= 1 end)) print(pcall(function() return {} <= 1 end))
print(pcall(function() ("x")() end)) print(pcall(function() (1)() end)) print(pcall(function() (function() end)()() end)) print(pcall(function() ({})() end)) print(pcall(function() t[1]() end)) print(pcall(function() t["a b"]() end)) print(pcall(function() local a = "x" a.b.c() end)) print(pcall(function() return ("x").y.z end)) print(pcall(function() return (1).x end)) print(pcall(function() return #n end)) print(pcall(function() return n .. "x" end)) print(pcall(function() return t.name .. "x" end))
print(pcall(function() string.nothing() end)) print(pcall(function() string.rep() end)) print(pcall(function() ("x"):rep() end)) print(pcall(function() ("x"):bad() end)) print(pcall(function() ("x").rep() end)) print(pcall(function() local s = string s.rep({}) end)) print(pcall(function() local f = string.rep f() end))
--- symbolic names of upvalues and globals
local up local tab = {}
local function inner() return up.x end print(pcall(inner))
local function call() up() end print(pcall(call))
local function field() return tab.x.y end print(pcall(field))
function globalfunction() missing() end print(pcall(globalfunction))
globaltable = {} print(pcall(function() globaltable.x.y = 1 end)) print(pcall(function() globaltable:method() end)) print(pcall(function() globaltable[up]() end)) print(pcall(function() globaltable[up] = 1 end))
local key = "k" print(pcall(function() return tab[key].x end)) print(pcall(function() return tab[key]() end)) print(pcall(function() return tab[1].x end)) print(pcall(function() local k = "z" return tab[k].x end))
print(pcall(function(a) return a.b end)) print(pcall(function(a, b) return a + b end, 1)) print(pcall(function(...) local x = ... return x.y end))
--- getmetatable and setmetatable
print(getmetatable({})) print(getmetatable("x").__index == string) print(getmetatable(1)) print(pcall(setmetatable, 1, {})) print(pcall(setmetatable, {}, 1)) print(pcall(setmetatable, {})) print(setmetatable({}, nil) ~= nil)
local p = setmetatable({}, {__metatable = "locked"}) print(getmetatable(p)) print(pcall(setmetatable, p, {})) print(getmetatable(setmetatable({}, {__metatable = false})))
--- __index
local log = {}
local t = setmetatable({own = 1}, {__index = function(t, k) return k .. "!" end}) print(t.own, t.x, t[1], rawget(t, "x"))
local base = {a = 1} local mid = setmetatable({b = 2}, {__index = base}) local top = setmetatable({c = 3}, {__index = mid}) print(top.a, top.b, top.c, top.d)
local loop = {} setmetatable(loop, {__index = loop}) print(pcall(function() return loop.x end))
local s = setmetatable({}, {__index = "str"}) print(s.len) print(pcall(function() return s.nope.x end))
local n = setmetatable({}, {__index = 5}) print(pcall(function() return n.x end))
--- __newindex
local store = {} local t = setmetatable({}, {__newindex = store}) t.x = 1 print(rawget(t, "x"), store.x)
local t = setmetatable({a = 1}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.a = 5 t.b = 5 print(t.a, t.b)
local loop = {} setmetatable(loop, {__newindex = loop}) print(pcall(function() loop.x = 1 end))
local n = setmetatable({}, {__newindex = 5}) print(pcall(function() n.x = 1 end))
local t = setmetatable({}, {__newindex = function() end}) t.x = 1 print(t.x) rawset(t, "x", 2) print(t.x) t.x = 3 print(t.x)
--- __call
local t = setmetatable({}, {__call = function(self, ...) return select("#", ...), ... end}) print(t(1, nil, 3)) print(pcall(t, 1)) print(t{}) 
local u = setmetatable({}, {__call = t}) print(pcall(u, 1)) local v = setmetatable({}, {__call = 5}) print(pcall(v)) print(pcall(function() v() end))
print(pcall(setmetatable({}, {__call = function(self, x) return x end}), "arg"))
--- arithmetic metamethods
local mt = {} for _, op in ipairs{"add", "sub", "mul", "div", "mod", "pow", "concat"} do mt["__" .. op] = function(a, b) return op .. ":" .. type(a) .. "," .. type(b) end end
mt.__unm = function(a, b) return "unm:" .. type(a) .. "," .. type(b) end mt.__len = function() return "len" end
local o = setmetatable({}, mt) print(o + 1, 1 - o, o * o, "x" / o, o % nil, true ^ o, o .. "s", "s" .. o, 1 .. o, -o, #o) print(pcall(function() return o + o + 1 end))
local a = setmetatable({}, {__add = function() return "a" end}) local b = setmetatable({}, {__add = function() return "b" end}) print(a + b, b + a, 1 + b)
print("a" .. "b" .. o, o .. "a" .. "b") print(pcall(function() return a .. b end)) print(pcall(function() return a * b end))
--- __eq __lt __le
local mt = {__eq = function(a, b) return a.v == b.v end, __lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v end}
local function new(v) return setmetatable({v = v}, mt) end local a, b, c = new(1), new(2), new(1)
print(a == b, a == c, a ~= c, a < b, a > b, a <= c, a >= b, rawequal(a, c)) print(a == 1, a ~= nil) print(pcall(function() return a < 1 end))
local only = {__lt = function(a, b) return a.v < b.v end} local x, y = setmetatable({v = 1}, only), setmetatable({v = 2}, only) print(x <= y, x >= y, x < y)
local m1, m2 = {__eq = function() return true end}, {__eq = function() return true end} print(setmetatable({}, m1) == setmetatable({}, m2)) print(setmetatable({}, m1) == setmetatable({}, m1)) local e = m1.__eq m2.__eq = e print(setmetatable({}, m1) == setmetatable({}, m2))
local mixed = {__lt = function() return 1 end, __le = function() return nil end, __eq = function() return 5 end} local p, q = setmetatable({}, mixed), setmetatable({}, mixed) print(p < q, p <= q, p == q, p ~= q)
print(pcall(function() return setmetatable({}, only) < setmetatable({}, {__lt = function() end}) end))
--- __tostring and __metatable and __len
print(tostring(setmetatable({}, {__tostring = function() return "str" end}))) print(pcall(tostring, setmetatable({}, {__tostring = function() return 5 end}))) print(pcall(tostring, setmetatable({}, {__tostring = function() return {} end}))) print(pcall(tostring, setmetatable({}, {__tostring = 1}))) print(pcall(tostring)) print(tostring(nil), tostring(true), tostring(12), tostring("s"))
print(#setmetatable({1, 2}, {__len = function() return 10 end})) print(pcall(print, setmetatable({}, {__tostring = function() error("in tostring") end})))
--- metamethods that are missing
print(pcall(function() return setmetatable({}, {}) + 1 end)) print(pcall(function() return setmetatable({}, {__index = {}}).x.y end)) print(pcall(function() return setmetatable({}, {}) < setmetatable({}, {}) end)) print(pcall(function() return setmetatable({}, {})() end))
--- __index on functions with rawget
local t = setmetatable({}, {__index = function(_, k) if k == "stop" then error("stopped") end return k end}) print(t.a, t[2], pcall(function() return t.stop end)) print(rawget(t, "a"), pcall(rawget, 1, 2)) print(pcall(rawget)) print(pcall(rawset, {}, 1)) print(rawequal("a", "a"), pcall(rawequal, 1)) print(rawset({}, 1, 2)[1])
--- newproxy
local p = newproxy(true) getmetatable(p).__index = function(_, k) return k end print(p.x, type(p)) print(getmetatable(newproxy())) print(getmetatable(newproxy(p)) == getmetatable(p)) print(pcall(newproxy, 1)) getmetatable(p).__call = function() return "called" end getmetatable(p).__len = function() return 7 end print(p(), #p)
--- setfenv and getfenv
local function f() return x end setfenv(f, {x = 5}) print(f()) print(getfenv(f).x) x = 1 print(getfenv(1) == getfenv(), x)
local function g() setfenv(2, {print = print, caller = "changed"}) end
local function h() g() return caller end print(h()) print(pcall(setfenv, 1)) print(pcall(setfenv, print, {})) print(pcall(setfenv, 100, {})) print(pcall(getfenv, 100)) print(pcall(getfenv, -1)) print(pcall(setfenv, "x", {})) print(type(getfenv(print))) print(pcall(setfenv, -1, {})) print(pcall(getfenv, "x"))
local env = setmetatable({}, {__index = _G}) local c = loadstring("y = 10 return y") setfenv(c, env) print(c(), env.y, y) print(setfenv(f, env) == f)
--- environment with metatable
local reads = {} local env = setmetatable({}, {__index = function(_, k) reads[#reads + 1] = k return k end, __newindex = function(t, k, v) rawset(t, k, v) reads[#reads + 1] = "=" .. k end})
local f = loadstring("a = b c = a return c, d") setfenv(f, env) print(f()) print(table.concat(reads, " "))
--- setfenv 0 and nested functions
local f = loadstring("return function() return v end") setfenv(f, {v = "outer"}) local g = f() print(g()) setfenv(g, {v = "inner"}) print(g()) setfenv(f, {v = "later"}) print(g(), f()())
--- method calls
local o = {n = 1} function o:add(k) self.n = self.n + k return self end function o.static(x) return x end print(o:add(2):add(3).n, o.static(7)) function o.a() end print(pcall(function() o:nope() end)) local t = {o = o} function t.o.deep(x) return x end print(t.o.deep(3)) function t.o:m() return self == o end print(t.o:m()) print(("%d"):format(5), ("x"):rep(3), #("abc"):upper())
--- shadowing
local x = 1 do local x = 2 print(x) end print(x) local x = x + 1 print(x) for x = 5, 5 do print(x) end print(x) local function x() return "f" end print(x()) local f = function() return f end print(f()) local function g() return g end print(g() == g)
--- local function recursion
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end print(fact(10), fact(20), fact(25), fact(170), fact(171)) local fib fib = function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(15))
--- table constructors
local function three() return 1, 2, 3 end local t = {three(), three()} print(#t) t = {three(), nil} print(#t) t = {(three())} print(#t) t = {three(), x = 1} print(#t) t = {[1] = "a", "b"} print(t[1]) t = {"b", [1] = "a"} print(t[1]) t = {1, 2, 3, nil} print(#t) t = {x = 1, x = 2} print(t.x) t = {[1 + 1] = "two"; "one"} print(t[1], t[2])
local t = {} for i = 1, 120 do t[i] = i end local u = loadstring("return {" .. table.concat(t, ",") .. "}")() print(#u, u[51], u[120]) local v = loadstring("return {" .. table.concat(t, ",") .. ", ...}")("x", "y") print(#v, v[121], v[122])
--- tostring of numbers
for _, n in ipairs{0, -0, 1, -1, 0.1, 1e14, 1e15, 1e16, 123456789012, 1234567890123456, 0.1 + 0.2, 1 / 3, 100, 1e100, 1e-5, 1e-4, 12345.678, 2 ^ 31, 2 ^ 53, -2 ^ 63, 5e-324, 1.7976931348623157e308, 99999999999999, 999999999999999, 0.30000000000000004, 3.14159265358979} do print(n, -n, n .. "", tostring(n)) end
--- long strings of programs
local parts = {} for i = 1, 500 do parts[i] = "local function f" .. i .. "() return " .. i .. " end" if i % 100 == 0 then parts[i] = "do " .. parts[i] .. " end" end end print(pcall(loadstring, table.concat(parts, "\n"), "=many"))
--- long jumps
local parts = {"local n = 0 while n < 3 do n = n + 1 if n == 2 then "} for i = 1, 3000 do parts[#parts + 1] = "x = n " end parts[#parts + 1] = " end end return n, x" print(loadstring(table.concat(parts))())
--- many constants in one function
local parts = {"local t = {} "} for i = 1, 400 do parts[#parts + 1] = "t[" .. i .. "] = 'c" .. i .. "' t['k" .. i .. "'] = " .. i + 0.5 .. " " end parts[#parts + 1] = "return t" local t = loadstring(table.concat(parts))() print(#t, t[400], t.k1, t.k400)
--- many locals and calls
local parts = {} for i = 1, 150 do parts[i] = "local a" .. i .. " = " .. i end parts[#parts + 1] = "local function sum(...) local s = 0 for i = 1, select('#', ...) do s = s + (select(i, ...)) end return s end return sum(a1, a50, a100, a150)" print(loadstring(table.concat(parts, " "))())
--- integer keys and array growth
local t = {} for i = 1, 1000 do t[i] = i end for i = 1000, 501, -1 do t[i] = nil end print(#t) for i = 501, 600 do t[#t + 1] = i end print(#t, t[600]) local s = 0 for i, v in ipairs(t) do s = s + v end print(s)
--- ipairs stops at nil
for i, v in ipairs{1, 2, nil, 4} do print(i, v) end for i in ipairs{} do print(i) end print(pcall(ipairs)) print(pcall(ipairs, 5)) print(pcall(pairs)) print(pcall(pairs, nil)) local p = setmetatable({}, {__index = function(_, i) if i <= 3 then return i end end}) for i, v in ipairs(p) do print("never", i) end
--- queens
local N = 6 local found = 0 local function ok(a, n, c) for i = 1, n - 1 do if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end
local function add(a, n) if n > N then found = found + 1 if found == 1 then print(table.concat(a, " ")) end else for c = 1, N do if ok(a, n, c) then a[n] = c add(a, n + 1) end end end end add({}, 1) print(found)
--- sieve
local n, out, composite = 60, {}, {} for i = 2, n do if not composite[i] then out[#out + 1] = i for j = i * i, n, i do composite[j] = true end end end print(table.concat(out, " "))
--- classes
local Animal = {} Animal.__index = Animal function Animal.new(name) return setmetatable({name = name}, Animal) end function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog function Dog.new(name) local d = Animal.new(name) return setmetatable(d, Dog) end function Dog:speak() return Animal.speak(self) .. ": woof" end print(Animal.new("Cat"):speak(), Dog.new("Rex"):speak(), getmetatable(Dog.new("x")) == Dog)
--- memoize and compose
local function memoize(f) local cache = {} return function(x) local v = cache[x] if v == nil then v = f(x) cache[x] = v end return v end end local calls = 0 local sq = memoize(function(x) calls = calls + 1 return x * x end) print(sq(3), sq(3), sq(4), calls) local function compose(f, g) return function(...) return f(g(...)) end end print(compose(math.sqrt, math.abs)(-16))
--- numbers at the edges
print(2 ^ 1023 * 2, 2 ^ -1074, 2 ^ -1075, -2 ^ 1024, 1e308 + 1e308, 9007199254740993, 0x7fffffffffffffff, 4.9e-324 / 2) print(math.huge - 1 == math.huge, -math.huge < -1e308, 1 / -0 == -math.huge, 0 == -0)
print(5 % math.huge, -5 % math.huge, 5 % -math.huge, 2 ^ 1024 % 2, 5.3 % 0.7, -5.3 % 0.7, 1e20 % 3, 1e15 % 7)
