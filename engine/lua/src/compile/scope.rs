//! Functions, blocks and variables while they are open: which names mean what.

use super::expression::{Expression, Kind};
use super::function::{Block, Capture, FunctionState, NO_JUMP};
use super::parser::Parser;
use crate::heap::native::Failure;
use crate::heap::prototype::{Instruction, LocalVariable, Opcode};
use crate::heap::value::{PrototypeId, StringId};

const MAX_LOCALS: usize = 200;
const MAX_UPVALUES: usize = 60;

/// What a variable name resolves to.
pub(super) enum Resolved {
    Global,
    Local(u32),
    Upvalue(u32),
}

impl Parser<'_> {
    pub(super) fn open_function(&mut self, line: u32) {
        self.functions.push(FunctionState::new(line));
    }

    pub(super) fn close_function(&mut self) -> Result<(PrototypeId, Vec<Capture>), Failure> {
        self.remove_locals(0);
        function!(self, emit_return, 0, 0)?;
        let Some(mut function) = self.functions.pop() else { return Err(Failure::Killed) };
        let captures = std::mem::take(&mut function.captures);
        let prototype = function.finish(self.lexer.name);
        self.lexer.heap.charge(prototype.bytes())?;
        Ok((PrototypeId(self.prototypes.add(prototype)), captures))
    }

    pub(super) fn enter_block(&mut self, is_breakable: bool) {
        if let Some(function) = self.functions.last_mut() {
            let outer_locals = function.active_count;
            function.blocks.push(Block { breaks: NO_JUMP, outer_locals, has_upvalue: false, is_breakable });
        }
    }

    pub(super) fn leave_block(&mut self) -> Result<(), Failure> {
        let Some(block) = self.functions.last_mut().and_then(|function| function.blocks.pop()) else {
            return Ok(());
        };
        self.remove_locals(block.outer_locals);
        if block.has_upvalue {
            function!(self, emit_abc, Opcode::Close, block.outer_locals as u32, 0, 0)?;
        }
        if let Some(function) = self.functions.last_mut() {
            function.free_register = function.active_count as u32;
        }
        function!(self, patch_to_here, block.breaks)
    }

    pub(super) fn declare_local(&mut self, name: StringId) -> Result<(), Failure> {
        let declared = self.functions.last().map_or(0, |function| function.declared.len());
        self.limit(declared + 1, MAX_LOCALS, "local variables")?;
        if let Some(function) = self.functions.last_mut() {
            function.declared.push(function.local_variables.len());
            function.local_variables.push(LocalVariable { name, start: 0, end: 0 });
        }
        Ok(())
    }

    pub(super) fn declare_hidden(&mut self, name: &str) -> Result<(), Failure> {
        let name = self.lexer.heap.string(name.as_bytes())?;
        self.declare_local(name)
    }

    /// Lets code see what was declared.
    pub(super) fn activate_locals(&mut self, count: usize) {
        let Some(function) = self.functions.last_mut() else { return };
        let start = function.position() as u32;
        for at in function.active_count..function.active_count + count {
            if let Some(variable) =
                function.declared.get(at).and_then(|declared| function.local_variables.get_mut(*declared))
            {
                variable.start = start;
            }
        }
        function.active_count += count;
    }

    pub(super) fn remove_locals(&mut self, keep: usize) {
        let Some(function) = self.functions.last_mut() else { return };
        let end = function.position() as u32;
        while function.active_count > keep {
            function.active_count -= 1;
            if let Some(variable) = function
                .declared
                .get(function.active_count)
                .and_then(|declared| function.local_variables.get_mut(*declared))
            {
                variable.end = end;
            }
        }
        function.declared.truncate(keep);
    }

    pub(super) fn resolve(&mut self, depth: usize, name: StringId, is_own: bool) -> Result<Resolved, Failure> {
        let Some(function) = self.functions.get_mut(depth) else { return Ok(Resolved::Global) };
        let found = function.declared.iter().take(function.active_count).rposition(|declared| {
            function.local_variables.get(*declared).is_some_and(|variable| variable.name == name)
        });
        if let Some(register) = found {
            if !is_own
                && let Some(block) = function.blocks.iter_mut().rev().find(|block| block.outer_locals <= register)
            {
                block.has_upvalue = true;
            }
            return Ok(Resolved::Local(register as u32));
        }
        let Some(outer) = depth.checked_sub(1) else { return Ok(Resolved::Global) };
        let capture = match self.resolve(outer, name, false)? {
            Resolved::Global => return Ok(Resolved::Global),
            Resolved::Local(index) => Capture { is_local: true, index },
            Resolved::Upvalue(index) => Capture { is_local: false, index },
        };
        self.capture(depth, name, capture).map(Resolved::Upvalue)
    }

    pub(super) fn capture(&mut self, depth: usize, name: StringId, capture: Capture) -> Result<u32, Failure> {
        let Some(function) = self.functions.get_mut(depth) else { return Ok(0) };
        if let Some(known) = function.captures.iter().position(|known| *known == capture) {
            return Ok(known as u32);
        }
        if function.captures.len() >= MAX_UPVALUES {
            let line = function.line_defined;
            let text = if line == 0 {
                format!("main function has more than {MAX_UPVALUES} upvalues")
            } else {
                format!("function at line {line} has more than {MAX_UPVALUES} upvalues")
            };
            return Err(self.lexer.error(&text, None));
        }
        function.captures.push(capture);
        function.upvalue_names.push(name);
        Ok(function.captures.len() as u32 - 1)
    }

    pub(super) fn variable(&mut self) -> Result<Expression, Failure> {
        let name = self.name()?;
        let innermost = self.functions.len().saturating_sub(1);
        let kind = match self.resolve(innermost, name, true)? {
            Resolved::Local(register) => Kind::Local(register),
            Resolved::Upvalue(index) => Kind::Upvalue(index),
            Resolved::Global => Kind::Global(function!(self, string_constant, name)?),
        };
        Ok(Expression::new(kind))
    }

    pub(super) fn free_register(&self) -> u32 {
        self.functions.last().map_or(0, |function| function.free_register)
    }

    pub(super) fn set_free_register(&mut self, register: u32) {
        if let Some(function) = self.functions.last_mut() {
            function.free_register = register;
        }
    }

    pub(super) fn active_count(&self) -> usize {
        self.functions.last().map_or(0, |function| function.active_count)
    }

    pub(super) fn label(&mut self) -> i32 {
        self.functions.last_mut().map_or(0, FunctionState::label)
    }

    pub(super) fn change(&mut self, position: i32, change: impl FnOnce(&mut Instruction)) {
        if let Some(function) = self.functions.last_mut() {
            function.change(position, change);
        }
    }
}
