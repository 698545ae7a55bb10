//! What the compiler makes: Lua 5.1's instructions, with constants and what error messages need.

use super::arena::Arena;
use super::value::{PrototypeId, StringId, Value};

/// Lua 5.1's operations. R is a register, K a constant, RK either (256 and above is a constant).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Opcode {
    /// R(A) := R(B)
    Move,
    /// R(A) := K(Bx)
    LoadK,
    /// R(A) := (Bool)B; if C skip the next
    LoadBool,
    /// R(A..B) := nil
    LoadNil,
    /// R(A) := upvalue B
    GetUpvalue,
    /// R(A) := globals[K(Bx)]
    GetGlobal,
    /// R(A) := R(B)[RK(C)]
    GetTable,
    /// globals[K(Bx)] := R(A)
    SetGlobal,
    /// upvalue B := R(A)
    SetUpvalue,
    /// R(A)[RK(B)] := RK(C)
    SetTable,
    /// R(A) := {}, sizes B and C as floating bytes
    NewTable,
    /// R(A+1) := R(B); R(A) := R(B)[RK(C)]
    OpSelf,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Unm,
    Not,
    Len,
    /// R(A) := R(B) .. ... .. R(C)
    Concat,
    /// pc += sBx
    Jump,
    /// if (RK(B) == RK(C)) ~= A then skip the next
    Eq,
    Lt,
    Le,
    /// if R(A) is not as C says, skip the next
    Test,
    /// if R(B) is as C says, R(A) := R(B), else skip the next
    TestSet,
    /// R(A), ... := R(A)(R(A+1), ..., R(A+B-1)); B = 0: up to the top; C - 1 results, C = 0: all
    Call,
    TailCall,
    /// return R(A), ..., R(A+B-2); B = 0: up to the top
    Return,
    ForLoop,
    ForPrep,
    /// R(A+3), ... := R(A)(R(A+1), R(A+2)); skip the next when the first is nil
    TForLoop,
    /// R(A)[(C-1)*50+i] := R(A+i), 1 <= i <= B; C = 0: the number is in the next instruction
    SetList,
    /// close the upvalues at and above R(A)
    Close,
    Closure,
    VarArg,
    /// Behind SetList: its number. Behind Closure, for each upvalue: the register B (A = 1) or the upvalue B.
    Extra,
}

/// One instruction: A, B and C, or A and Bx, which lies in B and C.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Instruction {
    pub(crate) opcode: Opcode,
    pub(crate) a: u8,
    pub(crate) b: u16,
    pub(crate) c: u16,
}

/// The bit that tells a constant from a register in RK operands.
pub(crate) const CONSTANT: u16 = 256;
/// The largest Bx.
pub(crate) const MAX_BX: u32 = (1 << 18) - 1;
/// The largest jump either way.
pub(crate) const MAX_JUMP: i32 = 131_071;
/// How many values a SetList takes at most.
pub(crate) const FIELDS_PER_FLUSH: usize = 50;

impl Instruction {
    pub(crate) fn abc(opcode: Opcode, a: u32, b: u32, c: u32) -> Instruction {
        Instruction { opcode, a: a as u8, b: b as u16, c: c as u16 }
    }

    pub(crate) fn abx(opcode: Opcode, a: u32, bx: u32) -> Instruction {
        Instruction { opcode, a: a as u8, b: (bx >> 16) as u16, c: bx as u16 }
    }

    #[inline(always)]
    pub(crate) fn bx(self) -> u32 {
        u32::from(self.b) << 16 | u32::from(self.c)
    }

    /// The jump of sBx.
    #[inline(always)]
    pub(crate) fn jump(self) -> i32 {
        self.bx() as i32
    }

    pub(crate) fn set_jump(&mut self, jump: i32) {
        self.b = (jump as u32 >> 16) as u16;
        self.c = jump as u16;
    }
}

/// A local variable and the instructions over which it lives.
pub(crate) struct LocalVariable {
    pub(crate) name: StringId,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// How a function takes more arguments than it names.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct VarArgs {
    /// It has `...` in its parameters.
    pub(crate) is_vararg: bool,
    /// It has the hidden parameter `arg` of Lua 5.0.
    pub(crate) has_arg: bool,
    /// That is to be filled, because the body does not use `...`.
    pub(crate) needs_arg: bool,
}

#[derive(Default)]
pub(crate) struct Prototype {
    pub(crate) code: Vec<Instruction>,
    pub(crate) constants: Vec<Value>,
    pub(crate) nested: Vec<PrototypeId>,
    /// The line of each instruction.
    pub(crate) lines: Vec<u32>,
    pub(crate) local_variables: Vec<LocalVariable>,
    pub(crate) upvalue_names: Vec<StringId>,
    /// The chunk's name as it was given, with its "=" or "@".
    pub(crate) source: Option<StringId>,
    pub(crate) upvalues: u8,
    pub(crate) parameters: u8,
    pub(crate) max_stack: u8,
    pub(crate) varargs: VarArgs,
}

impl Prototype {
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Prototype>()
            + self.code.capacity() * size_of::<Instruction>()
            + self.constants.capacity() * size_of::<Value>()
            + self.nested.capacity() * size_of::<PrototypeId>()
            + self.lines.capacity() * size_of::<u32>()
            + self.local_variables.capacity() * size_of::<LocalVariable>()
            + self.upvalue_names.capacity() * size_of::<StringId>()
    }

    /// The name of the local variable number `local` (from 1) at an instruction.
    pub(crate) fn local_name(&self, local: usize, at: usize) -> Option<StringId> {
        let active =
            self.local_variables.iter().filter(|variable| variable.start as usize <= at && at < variable.end as usize);
        active.take(local).nth(local.checked_sub(1)?).map(|variable| variable.name)
    }
}

/// All prototypes. They stand apart from the heap, so that running code can be read while the heap changes.
pub(crate) type Prototypes = Arena<Prototype>;

/// How long a chunk's name can be in errors of a running program, with a byte for C's end.
pub(crate) const NAME_BYTES: usize = 60;
/// And in errors of the compiler.
pub(crate) const COMPILER_NAME_BYTES: usize = 80;

/// A chunk's name as messages show it: "=text" as it is, "@file" with its end, any other as `[string "first line"]`.
pub(crate) fn chunk_id(name: &[u8], most: usize) -> Vec<u8> {
    match name.split_first() {
        Some((b'=', rest)) => rest.get(..rest.len().min(most - 1)).unwrap_or_default().to_vec(),
        Some((b'@', rest)) => {
            let room = most - " '...' ".len() - 1;
            if rest.len() <= room {
                return rest.to_vec();
            }
            [b"...", rest.get(rest.len() - room..).unwrap_or_default()].concat()
        }
        _ => {
            let room = most - " [string \"...\"] ".len() - 1;
            let line = name.split(|byte| matches!(byte, b'\n' | b'\r' | 0)).next().unwrap_or_default();
            let shown = line.get(..line.len().min(room)).unwrap_or_default();
            let rest = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            let is_cut = shown.len() < rest;
            let end: &[u8] = if is_cut { b"...\"]" } else { b"\"]" };
            [b"[string \"", shown, end].concat()
        }
    }
}
