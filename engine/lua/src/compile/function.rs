//! One function while it is compiled: its code, its constants, which registers are taken, and where jumps go that
//! have no target yet.
//!
//! Lists of jumps to patch run through the jumps themselves: each holds the distance to the next one of its list.

use super::expression::{Expression, Kind};
use super::lexer::Lexer;
use crate::heap::native::Failure;
use crate::heap::prototype::{
    CONSTANT, FIELDS_PER_FLUSH, Instruction, LocalVariable, MAX_BX, MAX_JUMP, Opcode, Prototype, VarArgs,
};
use crate::heap::value::{PrototypeId, StringId, Value};
use std::collections::BTreeMap;

/// The end of a list of jumps, and no instruction.
pub(super) const NO_JUMP: i32 = -1;
/// No register.
pub(super) const NO_REGISTER: u32 = 255;
/// A function has fewer registers than this.
const MAX_REGISTERS: u32 = 250;

/// A block: its locals go when it ends; `break` leaves the nearest that can be left.
pub(super) struct Block {
    pub(super) breaks: i32,
    /// How many locals were active outside.
    pub(super) outer_locals: usize,
    /// Some local of it is an upvalue of a function inside.
    pub(super) has_upvalue: bool,
    pub(super) is_breakable: bool,
}

/// Where an upvalue comes from when the closure is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Capture {
    pub(super) is_local: bool,
    pub(super) index: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ConstantKey {
    Nil,
    Boolean(bool),
    Number(u64),
    String(u32),
}

#[derive(Default)]
pub(super) struct FunctionState {
    pub(super) code: Vec<Instruction>,
    lines: Vec<u32>,
    constants: Vec<Value>,
    constant_index: BTreeMap<ConstantKey, u32>,
    pub(super) nested: Vec<PrototypeId>,
    pub(super) local_variables: Vec<LocalVariable>,
    /// Positions in `local_variables` of those declared, of which the first `active_count` can be seen.
    pub(super) declared: Vec<usize>,
    pub(super) active_count: usize,
    pub(super) upvalue_names: Vec<StringId>,
    pub(super) captures: Vec<Capture>,
    pub(super) blocks: Vec<Block>,
    /// The last instruction that something jumps behind: what stands before it must not be merged with what follows.
    last_target: i32,
    /// Jumps to the next instruction.
    pending: i32,
    pub(super) free_register: u32,
    max_stack: u32,
    pub(super) parameters: u8,
    pub(super) varargs: VarArgs,
    pub(super) line_defined: u32,
}

impl FunctionState {
    pub(super) fn new(line_defined: u32) -> FunctionState {
        FunctionState { last_target: -1, pending: NO_JUMP, max_stack: 2, line_defined, ..FunctionState::default() }
    }

    pub(super) fn finish(mut self, source: StringId) -> Prototype {
        self.code.shrink_to_fit();
        self.lines.shrink_to_fit();
        self.constants.shrink_to_fit();
        self.local_variables.shrink_to_fit();
        Prototype {
            code: self.code,
            constants: self.constants,
            nested: self.nested,
            lines: self.lines,
            local_variables: self.local_variables,
            upvalues: self.upvalue_names.len() as u8,
            upvalue_names: self.upvalue_names,
            source: Some(source),
            parameters: self.parameters,
            max_stack: self.max_stack as u8,
            varargs: self.varargs,
        }
    }

    // ---- instructions

    pub(super) fn position(&self) -> i32 {
        self.code.len() as i32
    }

    pub(super) fn at(&self, position: i32) -> Instruction {
        let none = Instruction { opcode: Opcode::Extra, a: 0, b: 0, c: 0 };
        usize::try_from(position).ok().and_then(|position| self.code.get(position)).copied().unwrap_or(none)
    }

    /// Applies a change to an instruction.
    pub(super) fn change(&mut self, position: i32, change: impl FnOnce(&mut Instruction)) {
        if let Some(instruction) = usize::try_from(position).ok().and_then(|position| self.code.get_mut(position)) {
            change(instruction);
        }
    }

    pub(super) fn emit(&mut self, lexer: &mut Lexer<'_>, instruction: Instruction) -> Result<i32, Failure> {
        self.patch_pending(lexer)?;
        if self.code.len().is_multiple_of(4096) {
            lexer.heap.check_bytes(self.code.len().saturating_mul(2 * size_of::<Instruction>() + 8))?;
        }
        self.code.push(instruction);
        self.lines.push(lexer.last_line);
        Ok(self.position() - 1)
    }

    pub(super) fn emit_abc(
        &mut self,
        lexer: &mut Lexer<'_>,
        opcode: Opcode,
        a: u32,
        b: u32,
        c: u32,
    ) -> Result<i32, Failure> {
        self.emit(lexer, Instruction::abc(opcode, a, b, c))
    }

    pub(super) fn emit_abx(&mut self, lexer: &mut Lexer<'_>, opcode: Opcode, a: u32, bx: u32) -> Result<i32, Failure> {
        self.emit(lexer, Instruction::abx(opcode, a, bx))
    }

    /// Gives the last instruction another line.
    pub(super) fn fix_line(&mut self, line: u32) {
        if let Some(last) = self.lines.last_mut() {
            *last = line;
        }
    }

    /// Takes the last instruction back.
    pub(super) fn take_back(&mut self) {
        self.code.pop();
        self.lines.pop();
    }

    pub(super) fn nil(&mut self, lexer: &mut Lexer<'_>, from: u32, count: u32) -> Result<(), Failure> {
        let last = from + count - 1;
        if self.position() > self.last_target
            && let Some(previous) = self.code.last_mut()
            && previous.opcode == Opcode::LoadNil
        {
            let (first, end) = (u32::from(previous.a), u32::from(previous.b));
            if first <= from && from <= end + 1 {
                previous.b = previous.b.max(last as u16);
                return Ok(());
            }
        }
        self.emit_abc(lexer, Opcode::LoadNil, from, last, 0).map(drop)
    }

    pub(super) fn emit_return(&mut self, lexer: &mut Lexer<'_>, first: u32, count: i32) -> Result<(), Failure> {
        self.emit_abc(lexer, Opcode::Return, first, (count + 1) as u32, 0).map(drop)
    }

    // ---- constants

    fn constant(&mut self, lexer: &mut Lexer<'_>, key: ConstantKey, value: Value) -> Result<u32, Failure> {
        if let Some(index) = self.constant_index.get(&key) {
            return Ok(*index);
        }
        let index = self.constants.len() as u32;
        if index > MAX_BX {
            return Err(message(lexer, "constant table overflow"));
        }
        if index.is_multiple_of(1024) {
            lexer.heap.check_bytes(self.constants.len().saturating_mul(64))?;
        }
        self.constants.push(value);
        self.constant_index.insert(key, index);
        Ok(index)
    }

    pub(super) fn string_constant(&mut self, lexer: &mut Lexer<'_>, name: StringId) -> Result<u32, Failure> {
        self.constant(lexer, ConstantKey::String(name.index), Value::String(name))
    }

    pub(super) fn number_constant(&mut self, lexer: &mut Lexer<'_>, number: f64) -> Result<u32, Failure> {
        // Both zeros are the same constant, the first of them, as in 5.1.
        let bits = if number == 0.0 { 0 } else { number.to_bits() };
        self.constant(lexer, ConstantKey::Number(bits), Value::Number(number))
    }

    pub(super) fn boolean_constant(&mut self, lexer: &mut Lexer<'_>, value: bool) -> Result<u32, Failure> {
        self.constant(lexer, ConstantKey::Boolean(value), Value::Boolean(value))
    }

    pub(super) fn nil_constant(&mut self, lexer: &mut Lexer<'_>) -> Result<u32, Failure> {
        self.constant(lexer, ConstantKey::Nil, Value::Nil)
    }

    pub(super) fn constant_count(&self) -> u32 {
        self.constants.len() as u32
    }

    // ---- registers

    pub(super) fn check_stack(&mut self, lexer: &mut Lexer<'_>, count: u32) -> Result<(), Failure> {
        let wanted = self.free_register + count;
        if wanted > self.max_stack {
            if wanted >= MAX_REGISTERS {
                return Err(lexer.syntax_error("function or expression too complex"));
            }
            self.max_stack = wanted;
        }
        Ok(())
    }

    pub(super) fn reserve(&mut self, lexer: &mut Lexer<'_>, count: u32) -> Result<(), Failure> {
        self.check_stack(lexer, count)?;
        self.free_register += count;
        Ok(())
    }

    pub(super) fn release(&mut self, register: u32) {
        if register & u32::from(CONSTANT) == 0 && register >= self.active_count as u32 {
            self.free_register = self.free_register.saturating_sub(1);
        }
    }

    pub(super) fn release_expression(&mut self, expression: &Expression) {
        if let Kind::NonRelocatable(register) = expression.kind {
            self.release(register);
        }
    }

    // ---- jumps

    pub(super) fn jump(&mut self, lexer: &mut Lexer<'_>) -> Result<i32, Failure> {
        // What waits for the next instruction goes with this jump.
        let pending = std::mem::replace(&mut self.pending, NO_JUMP);
        let mut jump = self.emit(lexer, jump_instruction(NO_JUMP))?;
        self.concatenate(lexer, &mut jump, pending)?;
        Ok(jump)
    }

    pub(super) fn conditional_jump(
        &mut self,
        lexer: &mut Lexer<'_>,
        opcode: Opcode,
        a: u32,
        b: u32,
        c: u32,
    ) -> Result<i32, Failure> {
        self.emit_abc(lexer, opcode, a, b, c)?;
        self.jump(lexer)
    }

    /// Marks the next instruction as one that is jumped to.
    pub(super) fn label(&mut self) -> i32 {
        self.last_target = self.position();
        self.position()
    }

    /// Where a jump goes; `NO_JUMP` at the end of a list.
    fn target(&self, position: i32) -> i32 {
        let offset = self.at(position).jump();
        if offset == NO_JUMP { NO_JUMP } else { position + 1 + offset }
    }

    fn fix_jump(&mut self, lexer: &mut Lexer<'_>, position: i32, target: i32) -> Result<(), Failure> {
        let offset = target - (position + 1);
        if offset.abs() > MAX_JUMP {
            return Err(lexer.syntax_error("control structure too long"));
        }
        self.change(position, |instruction| instruction.set_jump(offset));
        Ok(())
    }

    /// Appends one list of jumps to another.
    pub(super) fn concatenate(&mut self, lexer: &mut Lexer<'_>, list: &mut i32, second: i32) -> Result<(), Failure> {
        if second == NO_JUMP {
            return Ok(());
        }
        if *list == NO_JUMP {
            *list = second;
            return Ok(());
        }
        let mut last = *list;
        while self.target(last) != NO_JUMP {
            last = self.target(last);
        }
        self.fix_jump(lexer, last, second)
    }

    /// The instruction that decides whether a jump is taken: the test before it, or the jump.
    pub(super) fn control(&self, jump: i32) -> i32 {
        let tests = [Opcode::Eq, Opcode::Lt, Opcode::Le, Opcode::Test, Opcode::TestSet, Opcode::TForLoop];
        if jump >= 1 && tests.contains(&self.at(jump - 1).opcode) { jump - 1 } else { jump }
    }

    /// Whether some jump of the list leaves no value behind.
    pub(super) fn needs_value(&self, mut list: i32) -> bool {
        while list != NO_JUMP {
            if self.at(self.control(list)).opcode != Opcode::TestSet {
                return true;
            }
            list = self.target(list);
        }
        false
    }

    /// Gives a test that keeps its value the register for it, or makes it one that does not keep it.
    pub(super) fn patch_test(&mut self, jump: i32, register: u32) -> bool {
        let position = self.control(jump);
        let test = self.at(position);
        if test.opcode != Opcode::TestSet {
            return false;
        }
        self.change(position, |instruction| {
            if register != NO_REGISTER && register != u32::from(test.b) {
                instruction.a = register as u8;
            } else {
                *instruction = Instruction { opcode: Opcode::Test, a: test.b as u8, b: 0, c: test.c };
            }
        });
        true
    }

    pub(super) fn remove_values(&mut self, mut list: i32) {
        while list != NO_JUMP {
            self.patch_test(list, NO_REGISTER);
            list = self.target(list);
        }
    }

    /// Sends jumps that leave a value in `register` to one place and the others to another.
    pub(super) fn patch_list_with(
        &mut self,
        lexer: &mut Lexer<'_>,
        mut list: i32,
        with_value: i32,
        register: u32,
        without: i32,
    ) -> Result<(), Failure> {
        while list != NO_JUMP {
            let next = self.target(list);
            let target = if self.patch_test(list, register) { with_value } else { without };
            self.fix_jump(lexer, list, target)?;
            list = next;
        }
        Ok(())
    }

    fn patch_pending(&mut self, lexer: &mut Lexer<'_>) -> Result<(), Failure> {
        let pending = std::mem::replace(&mut self.pending, NO_JUMP);
        let here = self.position();
        self.patch_list_with(lexer, pending, here, NO_REGISTER, here)
    }

    pub(super) fn patch_list(&mut self, lexer: &mut Lexer<'_>, list: i32, target: i32) -> Result<(), Failure> {
        if target == self.position() {
            self.patch_to_here(lexer, list)
        } else {
            self.patch_list_with(lexer, list, target, NO_REGISTER, target)
        }
    }

    pub(super) fn patch_to_here(&mut self, lexer: &mut Lexer<'_>, list: i32) -> Result<(), Failure> {
        self.label();
        let mut pending = self.pending;
        self.concatenate(lexer, &mut pending, list)?;
        self.pending = pending;
        Ok(())
    }

    // ---- table constructors

    /// Stores the values that wait in registers behind the table.
    pub(super) fn set_list(
        &mut self,
        lexer: &mut Lexer<'_>,
        table: u32,
        stored: usize,
        waiting: Option<u32>,
    ) -> Result<(), Failure> {
        let batch = ((stored.max(1) - 1) / FIELDS_PER_FLUSH + 1) as u32;
        // No count means up to the top.
        let count = waiting.unwrap_or(0);
        if batch <= 511 {
            self.emit_abc(lexer, Opcode::SetList, table, count, batch)?;
        } else {
            self.emit_abc(lexer, Opcode::SetList, table, count, 0)?;
            self.emit(lexer, Instruction::abx(Opcode::Extra, 0, batch))?;
        }
        self.free_register = table + 1;
        Ok(())
    }
}

pub(super) fn jump_instruction(offset: i32) -> Instruction {
    let mut instruction = Instruction::abc(Opcode::Jump, 0, 0, 0);
    instruction.set_jump(offset);
    instruction
}

/// An error without a position.
fn message(lexer: &mut Lexer<'_>, text: &str) -> Failure {
    match lexer.heap.string(text.as_bytes()) {
        Ok(string) => Failure::Error(Value::String(string)),
        Err(failure) => failure,
    }
}
