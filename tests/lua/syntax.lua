--- wrong chunks: lines
x =
x = = 1
local 1
local function
function f( end
if x then
if x then else elseif y then end
while true do
for i = 1 do end
for i = 1, 2, 3, 4 do end
for i, j = 1, 2 do end
for in pairs(x) do end
for i in do end
repeat until
repeat
return return
break
do break end
while true do local function f() break end end
return 1 return 2
x = }
x = {1, 2
x = {1 2}
x = {[1 = 2}
x = (1
x = "abc
x = 'abc
x = [[abc
x = [==[abc]=]
--[[ never closed
--[==[ never closed ]]
x = 'a\300b'
x = '\999'
x = 3x
x = 0x
x = 0xg
x = 3e
x = 3e+
x = 1..2
x = 1.2.3
x = 0x1p4 print(x)
x = 08 print(x)
x = @
x = $y
x = a ? b
x ~ y
x != y
x = not
x = #
x = -
x = a..
x, = 1
x, y
x
x.y
x:y
x:y = 1
x()() = 1
x() = 1
(x) = 1
(x).y = 1
f{} = 1
"abc" = 1
"abc":rep(2)
("abc"):rep(2) = 1
local x.y = 1
local x, = 1
local function a.b() end
function a.b:c.d() end
function a:b:c() end
function 1() end
function (x) end
x = function(a, a) end print(x ~= nil)
x = function(..., a) end
x = function(a, ...) return ... end print(x(1, 2))
function f() return ... end
x = ... print(x)
goto = 1 print(goto)
end
until x
else
x = 1 end
if x end
if x then return end else
while x
for i = 1, 10 print(i) end
x = {...} print(#x)
x = {a = 1, [2] = 3, 4; 5} print(x[1], x[2])
x = {,}
x = {;}
x = {1,,2}
x = {1;} print(#x)
and = 1
local nil = 1
x = nil.y
x = (nil).y
x = 1.y
x = {}.y
x = ({}).y print(x)
x = function() end.y
f 1
f.1()
f..x()
a.b.c = 1
= 1
x = 1 = 2
f(1, )
f(, 1)
f(1 2)
x = a b
x = 'a' 'b'
x = y 'b'
;
;;
x = 1; print(x);
x = 1;;
return;
return 1;
return 1,
return ;;
do return end print(1)
do return 1 end print(1)
local a <const> = 1
x = a // b
x = a & b
x = a << 1
::label::
\
x = "\x41" print(x)
x = "\z  a" print(x)
x = "\u{41}" print(x)
x = "a\
b" print(x)
x = "\065\10\0z" print(#x)
x = '\a\b\f\n\r\t\v\\\"\'' print(#x)
#!shebang
-- only a comment
--[==[ a long one ]==] print("after")
--[[x]]print(1)--[[y]]
print[[a]] print[==[b]]c]==]
x = [[
first newline is dropped]] print(x)
x = [=[ ]] ]=] print(x)
x = [=x
x = [==
print(#[[

]])
x = - - 1 print(x)
x = not not nil print(x)
x = 2^-3 print(x)
x = -2^2 print(x)
x = 2^3^2 print(x)
x = not 1 == 2 print(x)
x = 1 .. 2 == "12" print(x)
x = "a".."b".."c" == "abc" print(x)
x = 1 < 2 == true print(x)
x = -x
x = #"abc" + 1 print(x)
x = -"2" + 0 print(x)
x = a.and
x = {and = 1}
x = f.end
local t = {f = print} t.f"x" t.f{} 
local x <close> = 1
print(0xA, 0Xa, 0xff, 1e2, 1E-2, .5, 5., 3.0)
print(0xffffffffffffffffff)
print(1e308 * 10, -1e308 * 10)
print(100000000000000, 1e14, 1e15, 123456789012345678)
print(3 .. 4)
print(3..4)
print(0.1, 1/3, 100/3, 1e100, 2^53, 2^63, 2^64, -0.0, 1e-7)
if (f)
f
(g)()
f(
a.b:c
while 1 do end end
for a, b, in pairs{} do end
for a.b = 1, 2 do end
for a = 1, 2 do local end
local a = function end
return function() end end
x = {function() end, function(...) end} print(#x)
x = {[nil] = 1}
x = {[0/0] = 1}
x = {nil, nil, 3} print(#x)
local function f(a, b, ) end
local function f(a b) end
local function f(a, 1) end
x = a[1
x = a[]
x = a[1]] 
a[1], b.c, d = 1, 2
a, b() = 1, 2
a, (b) = 1, 2
local a, b = 1, 2, 3 print(a, b)
local a, b = 1 print(a, b)
x = }{
)
]
}
x = "unfinished \
x = "unfinished \z
x = 'a\
x = "\1234" print(#x)
x = "\256"
x = "\25x" print(#x)
x = ¬
print("é")
x = é
--- too many local variables
local names = {}
for i = 1, 201 do names[i] = "a" .. i end
print(loadstring("local " .. table.concat(names, ", "), "=x"))
names[201] = nil
print(loadstring("local " .. table.concat(names, ", "), "=x") ~= nil)
--- too many upvalues
local text = {}
for i = 1, 61 do text[i] = "local a" .. i .. " = " .. i end
local sum = {}
for i = 1, 61 do sum[i] = "a" .. i end
print(loadstring(table.concat(text, "\n") .. "\nreturn function() return " .. table.concat(sum, "+") .. " end", "=x"))
sum[61] = nil
print(loadstring(table.concat(text, "\n") .. "\nreturn function() return " .. table.concat(sum, "+") .. " end", "=x")()())
--- too many constants are fine up to the limit
local text = {"local t = {"}
for i = 1, 3000 do text[#text + 1] = "'k" .. i .. "'," end
text[#text + 1] = "} return #t, t[3000]"
print(assert(loadstring(table.concat(text)))())
--- nesting
local function nested(open, close, count) return loadstring("return " .. open:rep(count) .. "1" .. close:rep(count), "=x") end
print(nested("(", ")", 100) ~= nil)
print(nested("(", ")", 190) ~= nil)
print(nested("(", ")", 250))
print(nested("{", "}", 250))
print(nested("-", "", 250))
print(nested("not ", "", 250))
print(nested("f(", ")", 250))
print(nested("1 ..", "", 250))
print(nested("1 ^", "", 250))
print(nested("function() return ", " end", 250))
print(loadstring(("do "):rep(250) .. ("end "):rep(250), "=x"))
print(loadstring(("while x do "):rep(250) .. ("end "):rep(250), "=x"))
print(loadstring(("if x then "):rep(150) .. ("end "):rep(150), "=x") ~= nil)
print(loadstring("x = " .. ("a."):rep(250) .. "b", "=x") ~= nil)
--- expression too complex
local t = {}
for i = 1, 260 do t[i] = "f(" .. i .. ",g" end
print(pcall(loadstring, "return " .. table.concat(t, "(") .. (")"):rep(520), "=x"))
local text = {}
for i = 1, 255 do text[i] = "a" .. i end
print(loadstring("local function f(" .. table.concat(text, ",") .. ") end", "=x"))
print(loadstring("f(" .. ("1,"):rep(260) .. "1)", "=x"))
print(loadstring("return {" .. ("1,"):rep(1000) .. "1}", "=x") ~= nil)
print(loadstring("a = " .. ("a + "):rep(1000) .. "1", "=x") ~= nil)
print(loadstring("return " .. ("a .. "):rep(260) .. "a", "=x"))
-- How many depends on how deep calls of C are already.
print((select(2, loadstring(("a, "):rep(250) .. "a = 1", "=x")):gsub("%d+ variables", "N variables")))
--- chunk names
for _, name in ipairs{"=name", "@file.lua", "text", "two\nlines", ("x"):rep(100), "@" .. ("y"):rep(100), "=" .. ("z"):rep(100), "", "@", "=", "\n", "a\0b"} do
  print(loadstring("x = = 1", name))
  print(pcall(assert(loadstring("error('thrown')", name))))
  print(pcall(assert(loadstring("local a = nil + 1", name))))
end
--- loadstring names a chunk by its text
print(loadstring("x = = 1"))
print(loadstring("\n\nx = = 1"))
print(loadstring("x = 1\nx = = 1"))
print(loadstring(("x"):rep(70) .. " = = 1"))
print(pcall(assert(loadstring("-- a comment\nerror('x')"))))
--- load from pieces
local parts = {"return ", "1 ", "+ 2"}
local at = 0
print(load(function() at = at + 1 return parts[at] end, "=pieces")())
print(load(function() return nil end))
print(pcall(load, function() return {} end))
print(load(function() error("in reader") end))
print(pcall(load, "text"))
local done = false
print(load(function() if done then return "" end done = true return "return 'empty string ends it'" end)())
--- error near tokens
for _, text in ipairs{"x = 'a' y", "x = 1.5 2.5", "x = [[a]] b", "for", "x = \"a\\qb\"", "local function f() return 1 2 end", "x = 'a\\\n", "x = 'long text that goes on and on and on and on and on and on and on and on and on and on and on and on", "x = [[long\ntext", "x = 1 --[[", "\1", "x = \200", "x = 'tab\there'  y z", "x = ''' y"} do
  print(loadstring(text, "=x"))
end
--- line numbers
local source = "local a = 1\nlocal b = {\n  x = a.y.z,\n}\nreturn b"
print(pcall(loadstring(source, "=lines")))
local call = "local f\nlocal x = f(\n1,\n2\n)\n"
print(pcall(loadstring(call, "=lines")))
print(loadstring("local x = 1\n\n\nx x", "=lines"))
print(loadstring("if x then\n\nelse\n\n", "=lines"))
print(loadstring("function f(\n\n", "=lines"))
print(loadstring("f(\n\n", "=lines"))
print(loadstring("local t = {\n\n", "=lines"))
print(loadstring("f\n(x)", "=lines"))
print(loadstring("local f = x\n(y)", "=lines"))
--- comments and line ends
print(loadstring("-- a\r\nx = = 1", "=x"))
print(loadstring("x = 'a\rb'", "=x"))
print(#loadstring("return [[\r\na\r\nb\n\rc\rd]]")())
print(loadstring("return 1 -- no newline at the end")())
print(loadstring("return --[[ in between ]] 2 --[=[ ]] ]=]")())
print(loadstring("--[ not long\nreturn 3")())
print(loadstring("--[= not long\nreturn 4")())
print(loadstring("#first line is skipped\nreturn 5"))
