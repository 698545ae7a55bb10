//! What the loop does with frames and closures apart from the commonest cases: results, tail calls, upvalues, varargs.

use super::Machine;
use super::call::REGISTERS;
use super::execute::upvalue;
use crate::heap::native::Failure;
use crate::heap::prototype::Instruction;
use crate::heap::thread::Frame;
use crate::heap::value::{PrototypeId, TableId, UpvalueId, Value};
use crate::heap::{Function, Upvalue};

impl Machine {
    /// Values move from the end of a function's registers to where it was called.
    pub(super) fn move_results(&mut self, first: usize, count: usize, at: usize, wanted: i32) {
        let kept = usize::try_from(wanted).unwrap_or(count);
        self.budget.spend(kept / 16);
        for index in 0..kept {
            let value = if index < count { self.at(first + index) } else { Value::Nil };
            self.put(at + index, value);
        }
        if wanted < 0 {
            self.running.top = (at + count) as u32;
        }
    }

    /// A tail call: the called function takes the frame's place.
    pub(super) fn replace_frame(&mut self, at: usize, count: usize, prototype: PrototypeId) -> Result<(), Failure> {
        let Some(old) = self.running.frames.last().copied() else { return Ok(()) };
        if !self.running.open.is_empty() {
            self.close_upvalues(old.base as usize);
        }
        let result = old.result as usize;
        for index in 0..=count {
            let value = self.at(at + index);
            self.put(result + index, value);
        }
        let Value::Function(function) = self.at(result) else { return Ok(()) };
        self.pop_frame();
        let frame = Frame { function, base: old.result + 1, pc: 0, tail_calls: old.tail_calls + 1, ..old };
        self.enter_lua(frame, prototype, count)
    }

    pub(super) fn set_list(
        &mut self,
        table: TableId,
        stored: usize,
        first: usize,
        count: usize,
    ) -> Result<(), Failure> {
        self.heap.reserve_array(table, stored + count)?;
        for index in 0..count {
            let value = self.at(first + index);
            self.heap.set_integer(table, stored + index + 1, value)?;
        }
        self.budget.spend(count / 16);
        Ok(())
    }

    pub(super) fn make_closure(&mut self, instruction: Instruction) -> Result<(), Failure> {
        let Some(frame) = self.running.frames.last().copied() else { return Ok(()) };
        let Some(code) = self.prototypes.get(frame.prototype.0) else { return Ok(()) };
        let Some(prototype) = code.nested.get(instruction.bx() as usize).copied() else { return Ok(()) };
        let upvalues = self.prototypes.get(prototype.0).map_or(0, |prototype| usize::from(prototype.upvalues));
        let mut captured = Vec::with_capacity(upvalues);
        for offset in 0..upvalues {
            let at = self.running.frames.last().map_or(0, |frame| frame.pc as usize) + offset;
            let Some(capture) = self.prototypes.get(frame.prototype.0).and_then(|code| code.code.get(at)).copied()
            else {
                break;
            };
            captured.push(if capture.a != 0 {
                self.find_upvalue(frame.base + u32::from(capture.b))?
            } else {
                match upvalue(&self.heap, frame.function, capture.b) {
                    Some((id, _)) => id,
                    None => break,
                }
            });
        }
        if let Some(frame) = self.running.frames.last_mut() {
            frame.pc += upvalues as u32;
        }
        let environment = self.environment(frame.function);
        let closure = Function::Lua { prototype, environment, upvalues: captured.into() };
        let value = self.heap.add_function(closure)?;
        self.put(frame.base as usize + usize::from(instruction.a), value);
        Ok(())
    }

    /// The upvalue of a place on the stack: one for all closures that share it.
    pub(super) fn find_upvalue(&mut self, at: u32) -> Result<UpvalueId, Failure> {
        match self.running.open.binary_search_by_key(&at, |(known, _)| *known) {
            Ok(found) => Ok(self.running.open.get(found).map_or(UpvalueId(0), |(_, upvalue)| *upvalue)),
            Err(place) => {
                let upvalue = self.heap.add_upvalue(Upvalue::Open { thread: self.current, at })?;
                self.running.open.insert(place, (at, upvalue));
                Ok(upvalue)
            }
        }
    }

    pub(super) fn place_varargs(&mut self, first: usize, count: usize, at: usize, wanted: i32) -> Result<(), Failure> {
        let kept = usize::try_from(wanted).unwrap_or(count);
        self.budget.spend(kept / 16);
        self.ensure(at + kept + REGISTERS)?;
        for index in 0..kept {
            let value = if index < count { self.at(first + index) } else { Value::Nil };
            self.put(at + index, value);
        }
        if wanted < 0 {
            self.running.top = (at + count) as u32;
        }
        Ok(())
    }
}
