//! Errors: their messages, with positions and the names that the code itself shows, and the way to who catches them.

use super::event::{Fault, FaultKind, Position};
use super::{MAX_C_CALLS, Machine, Next};
use crate::heap::native::{Failure, position_text};
use crate::heap::prototype::{CONSTANT, Instruction, NAME_BYTES, Opcode, Prototype, chunk_id};
use crate::heap::thread::{Frame, Kind, LATER_FRAME_LIMIT, Then};
use crate::heap::value::Value;

/// What kind of variable holds a value, and its name.
type Name = (&'static str, Vec<u8>);

impl Machine {
    // ---- positions

    /// "name:1: " for the caller at a level, when it is a Lua function.
    pub(super) fn position_text(&self, at: i64) -> Vec<u8> {
        position_text(&self.heap, &self.prototypes, &self.running.frames, at)
    }

    /// The line that a Lua function is at.
    fn frame_position(&self, frame: &Frame) -> Option<Position> {
        if frame.kind != Kind::Lua {
            return None;
        }
        let prototype = self.prototypes.get(frame.prototype.0)?;
        let source = self.heap.bytes(prototype.source?).to_vec();
        let line = prototype.lines.get(frame.pc.saturating_sub(1) as usize).copied().unwrap_or(0);
        Some(Position { short_source: chunk_id(&source, NAME_BYTES), source, line })
    }

    /// Where an error happens: in the Lua function on top, or in the one that called the native on top.
    fn fault_position(&self) -> Option<Position> {
        let frames = &self.running.frames;
        frames.iter().rev().take(2).find(|frame| frame.kind == Kind::Lua).and_then(|frame| self.frame_position(frame))
    }

    // ---- from failure to value

    /// The failure's value, or the kind of fault that no pcall catches.
    fn error_value(&mut self, failure: Failure) -> Result<Value, FaultKind> {
        let text = match failure {
            Failure::Error(value) => return Ok(value),
            Failure::Memory => return Err(FaultKind::Memory),
            Failure::Killed => return Err(FaultKind::Killed),
            Failure::Raise { level, text } => [&self.position_text(i64::from(level))[..], &text].concat(),
            Failure::Runtime(text) => [&self.position_text(0)[..], &text].concat(),
            Failure::Argument { index, text } => {
                let message = self.argument_message(index, &text);
                [&self.position_text(1)[..], &message].concat()
            }
        };
        match self.heap.string_from(text) {
            Ok(string) => Ok(Value::String(string)),
            Err(_) => Err(FaultKind::Memory),
        }
    }

    fn argument_message(&self, index: usize, text: &[u8]) -> Vec<u8> {
        let name = self.called_name();
        let mut number = index + 1;
        if let Some(("method", name)) = &name {
            // The object itself is not counted.
            if index == 0 {
                return [b"calling '", &name[..], b"' on bad self (", text, b")"].concat();
            }
            number = index;
        }
        let name = name.map_or_else(|| b"?".to_vec(), |(_, name)| name);
        [format!("bad argument #{number} to '").as_bytes(), &name, b"' (", text, b")"].concat()
    }

    /// How the code below calls what runs.
    fn called_name(&self) -> Option<Name> {
        let frames = &self.running.frames;
        let caller = frames.get(frames.len().checked_sub(2)?)?;
        if caller.kind != Kind::Lua {
            return None;
        }
        let at = caller.pc.checked_sub(1)? as usize;
        let code = self.prototypes.get(caller.prototype.0)?;
        let instruction = code.code.get(at)?;
        match instruction.opcode {
            Opcode::Call | Opcode::TailCall | Opcode::TForLoop => {
                self.register_name(code, at, usize::from(instruction.a))
            }
            _ => None,
        }
    }

    /// An error of handling errors, which no handler sees.
    pub(super) fn error_in_error(&mut self) -> Failure {
        self.is_error_in_error = true;
        match self.heap.string(b"error in error handling") {
            Ok(text) => Failure::Error(Value::String(text)),
            Err(failure) => failure,
        }
    }

    // ---- who catches it

    pub(super) fn throw(&mut self, failure: Failure) -> Result<Next, Fault> {
        let is_error_in_error = std::mem::take(&mut self.is_error_in_error);
        let position = self.fault_position();
        let value = match self.error_value(failure) {
            Ok(value) => value,
            Err(kind) => {
                let text = if kind == FaultKind::Memory { "not enough memory" } else { "killed" };
                let string = self.heap.string_beyond_limit(text.as_bytes());
                return Err(Fault { kind, value: Value::String(string), position });
            }
        };
        let handled = self.running.frames.iter().enumerate().rev().find_map(|(at, frame)| match frame.then {
            Then::Protected { handled } => Some((at, handled)),
            _ => None,
        });
        match handled {
            Some((at, true)) if !is_error_in_error => {
                let handler = at
                    .checked_sub(1)
                    .and_then(|native| self.running.frames.get(native))
                    .map_or(Value::Nil, |native| self.at(native.top as usize - 1));
                Ok(self.call_handler(handler, value))
            }
            Some(_) => Ok(self.unwind_to_protected(value).unwrap_or_else(Next::Throw)),
            None => match self.fail_thread(value) {
                Some(next) => Ok(next.unwrap_or_else(Next::Throw)),
                None => Err(Fault { kind: FaultKind::Error, value, position }),
            },
        }
    }

    /// The handler of an xpcall runs where the error happened.
    fn call_handler(&mut self, handler: Value, error: Value) -> Next {
        let is_too_deep = self.running.c_calls + 1 >= MAX_C_CALLS + MAX_C_CALLS / 8;
        if is_too_deep || !matches!(handler, Value::Function(_)) {
            return Next::Throw(self.error_in_error());
        }
        // What lies above a frame's top is values of an open call, which is over.
        match self.call_above(handler, &[error], 1, Then::Handler) {
            Ok(next) => next,
            Err(failure) => Next::Throw(failure),
        }
    }

    /// Ends everything down to the innermost pcall, which returns false and the error.
    pub(super) fn unwind_to_protected(&mut self, error: Value) -> Result<Next, Failure> {
        while let Some(frame) = self.pop_frame() {
            if matches!(frame.then, Then::Protected { .. }) {
                self.close_upvalues(frame.result);
                break;
            }
        }
        if self.running.frame_limit > LATER_FRAME_LIMIT {
            self.running.frame_limit = LATER_FRAME_LIMIT;
        }
        self.scratch.clear();
        self.scratch.extend([Value::Boolean(false), error]);
        Ok(Next::Settle)
    }

    // ---- messages with names

    fn top_code(&self) -> Option<(&Frame, &Prototype)> {
        let frame = self.running.frames.last().filter(|frame| frame.kind == Kind::Lua)?;
        Some((frame, self.prototypes.get(frame.prototype.0)?))
    }

    /// "attempt to index local 'x' (a nil value)". The register is where the value lies, if it lies in one.
    pub(super) fn type_error(&self, operation: &str, value: Value, register: Option<usize>) -> Failure {
        let name = register.and_then(|register| {
            let (frame, code) = self.top_code()?;
            self.register_name(code, frame.pc.checked_sub(1)? as usize, register)
        });
        let mut text = format!("attempt to {operation} ").into_bytes();
        match name {
            Some((kind, name)) => {
                text.extend_from_slice(format!("{kind} '").as_bytes());
                text.extend(name.iter().take_while(|byte| **byte != 0));
                text.extend_from_slice(format!("' (a {} value)", value.type_name()).as_bytes());
            }
            None => text.extend_from_slice(format!("a {} value", value.type_name()).as_bytes()),
        }
        Failure::Runtime(text.into())
    }

    /// The error of calling what lies at a place of the stack.
    pub(super) fn call_error(&self, at: usize) -> Failure {
        let register = self
            .top_code()
            .filter(|(frame, _)| at < frame.top as usize)
            .and_then(|(frame, _)| at.checked_sub(frame.base as usize));
        self.type_error("call", self.at(at), register)
    }

    /// The variable that a register holds at an instruction, as far as the code says.
    fn register_name(&self, code: &Prototype, at: usize, register: usize) -> Option<Name> {
        let mut register = register;
        // A move from a lower register: that one's name.
        loop {
            if let Some(name) = code.local_name(register + 1, at) {
                return Some(("local", self.heap.bytes(name).to_vec()));
            }
            let instruction = loading_instruction(code, at, register)?;
            match instruction.opcode {
                Opcode::Move if instruction.b < u16::from(instruction.a) => register = usize::from(instruction.b),
                Opcode::GetGlobal => {
                    let name = code.constants.get(instruction.bx() as usize).copied()?;
                    return Some(("global", self.heap.string_bytes(name)?.to_vec()));
                }
                Opcode::GetTable => return Some(("field", self.constant_name(code, instruction.c))),
                Opcode::OpSelf => return Some(("method", self.constant_name(code, instruction.c))),
                Opcode::GetUpvalue => {
                    let name = code.upvalue_names.get(usize::from(instruction.b));
                    return Some((
                        "upvalue",
                        name.map_or_else(|| b"?".to_vec(), |name| self.heap.bytes(*name).to_vec()),
                    ));
                }
                _ => return None,
            }
        }
    }

    fn constant_name(&self, code: &Prototype, operand: u16) -> Vec<u8> {
        let constant = (operand & CONSTANT != 0)
            .then(|| code.constants.get(usize::from(operand & !CONSTANT)).copied())
            .flatten()
            .and_then(|constant| self.heap.string_bytes(constant));
        constant.unwrap_or(b"?").to_vec()
    }
}

/// The last instruction before another that sets a register, going by the order of the code; forward jumps that stay
/// before it are taken.
fn loading_instruction(code: &Prototype, before: usize, register: usize) -> Option<Instruction> {
    let mut last = None;
    let mut at = 0;
    while at < before {
        let instruction = *code.code.get(at)?;
        let a = usize::from(instruction.a);
        let sets = match instruction.opcode {
            Opcode::LoadNil => a <= register && register <= usize::from(instruction.b),
            Opcode::OpSelf => register == a || register == a + 1,
            Opcode::TForLoop => register >= a + 2,
            Opcode::Call | Opcode::TailCall => register >= a,
            Opcode::SetGlobal
            | Opcode::SetUpvalue
            | Opcode::SetTable
            | Opcode::Jump
            | Opcode::Eq
            | Opcode::Lt
            | Opcode::Le
            | Opcode::Return
            | Opcode::SetList
            | Opcode::Close
            | Opcode::Extra => false,
            _ => a == register,
        };
        if sets {
            last = Some(instruction);
        }
        match instruction.opcode {
            Opcode::Jump | Opcode::ForLoop | Opcode::ForPrep => {
                let target = at as i64 + 1 + i64::from(instruction.jump());
                if target > at as i64 && target <= before as i64 {
                    at = target as usize;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    last
}
