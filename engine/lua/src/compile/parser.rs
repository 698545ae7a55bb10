//! Statements and expressions, read and compiled in one pass by recursive descent.
//!
//! Recursion is bounded: what nests counts against the depth limit of Lua 5.1, so no source can exhaust the stack.

use super::expression::{Binary, Expression, Kind, Unary};
use super::function::{Block, Capture, FunctionState, NO_JUMP};
use super::lexer::{Lexer, Token};
use crate::heap::native::Failure;
use crate::heap::prototype::{FIELDS_PER_FLUSH, Instruction, LocalVariable, Opcode, Prototypes, VarArgs};
use crate::heap::value::{PrototypeId, StringId};

/// How deep statements, expressions and functions may nest.
pub(super) const MAX_DEPTH: u32 = 200;
const MAX_LOCALS: usize = 200;
const MAX_UPVALUES: usize = 60;
/// Unary operators bind tighter than all binary ones but the power.
const UNARY_PRIORITY: u8 = 8;

pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    pub(super) prototypes: &'a mut Prototypes,
    /// Innermost last.
    functions: Vec<FunctionState>,
    depth: u32,
}

/// A binary operator with how tightly it binds to the left and to the right.
type Operator = (Binary, u8, u8);

/// What a variable name resolves to.
enum Resolved {
    Global,
    Local(u32),
    Upvalue(u32),
}

/// Runs a code generator's method on the innermost function.
macro_rules! function {
    ($parser:expr, $method:ident $(, $argument:expr)*) => {
        match $parser.functions.last_mut() {
            Some(function) => function.$method(&mut $parser.lexer $(, $argument)*),
            None => Err(Failure::Killed),
        }
    };
}

fn binary_operator(token: Token) -> Option<Operator> {
    Some(match token {
        Token::Byte(b'+') => (Binary::Arithmetic(Opcode::Add), 6, 6),
        Token::Byte(b'-') => (Binary::Arithmetic(Opcode::Sub), 6, 6),
        Token::Byte(b'*') => (Binary::Arithmetic(Opcode::Mul), 7, 7),
        Token::Byte(b'/') => (Binary::Arithmetic(Opcode::Div), 7, 7),
        Token::Byte(b'%') => (Binary::Arithmetic(Opcode::Mod), 7, 7),
        // Powers and concatenations bind to the right.
        Token::Byte(b'^') => (Binary::Arithmetic(Opcode::Pow), 10, 9),
        Token::Concat => (Binary::Concat, 5, 4),
        Token::NotEqual => (Binary::NotEqual, 3, 3),
        Token::Equal => (Binary::Equal, 3, 3),
        Token::Byte(b'<') => (Binary::Less, 3, 3),
        Token::LessEqual => (Binary::LessEqual, 3, 3),
        Token::Byte(b'>') => (Binary::Greater, 3, 3),
        Token::GreaterEqual => (Binary::GreaterEqual, 3, 3),
        Token::And => (Binary::And, 2, 2),
        Token::Or => (Binary::Or, 1, 1),
        _ => return None,
    })
}

fn unary_operator(token: Token) -> Option<Unary> {
    match token {
        Token::Not => Some(Unary::Not),
        Token::Byte(b'-') => Some(Unary::Minus),
        Token::Byte(b'#') => Some(Unary::Length),
        _ => None,
    }
}

fn ends_block(token: Token) -> bool {
    matches!(token, Token::Else | Token::ElseIf | Token::End | Token::Eos | Token::Until)
}

/// A size in the form of NewTable: mantissa of three bits and an exponent, rounded up.
fn floating_byte(mut size: usize) -> u32 {
    let mut exponent = 0;
    while size >= 16 {
        size = size.div_ceil(2);
        exponent += 1;
    }
    if size < 8 { size as u32 } else { (exponent + 1) << 3 | (size as u32 - 8) }
}

impl<'a> Parser<'a> {
    pub(super) fn new(lexer: Lexer<'a>, prototypes: &'a mut Prototypes, depth: u32) -> Parser<'a> {
        Parser { lexer, prototypes, functions: Vec::new(), depth }
    }

    /// The whole chunk: a function that takes any number of arguments.
    pub(super) fn chunk(&mut self) -> Result<PrototypeId, Failure> {
        self.open_function(0);
        if let Some(function) = self.functions.last_mut() {
            function.varargs = VarArgs { is_vararg: true, ..VarArgs::default() };
        }
        self.lexer.next()?;
        self.statements()?;
        self.check(Token::Eos)?;
        self.close_function().map(|(prototype, _)| prototype)
    }

    // ---- tokens

    fn accept(&mut self, token: Token) -> Result<bool, Failure> {
        let is = self.lexer.token == token;
        if is {
            self.lexer.next()?;
        }
        Ok(is)
    }

    fn check(&mut self, token: Token) -> Result<(), Failure> {
        if self.lexer.token == token { Ok(()) } else { Err(self.expected(token)) }
    }

    fn expect(&mut self, token: Token) -> Result<(), Failure> {
        self.check(token)?;
        self.lexer.next()
    }

    fn expected(&mut self, token: Token) -> Failure {
        self.lexer.syntax_error(&format!("'{}' expected", token.text()))
    }

    /// The token that closes what another one opened at a line.
    fn expect_match(&mut self, what: Token, opener: Token, line: u32) -> Result<(), Failure> {
        if self.accept(what)? {
            return Ok(());
        }
        if line == self.lexer.line {
            return Err(self.expected(what));
        }
        let text = format!("'{}' expected (to close '{}' at line {line})", what.text(), opener.text());
        Err(self.lexer.syntax_error(&text))
    }

    fn name(&mut self) -> Result<StringId, Failure> {
        match self.lexer.token {
            Token::Name(name) => {
                self.lexer.next()?;
                Ok(name)
            }
            _ => Err(self.lexer.syntax_error("'<name>' expected")),
        }
    }

    fn enter(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.lexer.error("chunk has too many syntax levels", None));
        }
        Ok(())
    }

    fn limit(&mut self, value: usize, limit: usize, what: &str) -> Result<(), Failure> {
        if value <= limit {
            return Ok(());
        }
        let line = self.functions.last().map_or(0, |function| function.line_defined);
        let text = if line == 0 {
            format!("main function has more than {limit} {what}")
        } else {
            format!("function at line {line} has more than {limit} {what}")
        };
        Err(self.lexer.error(&text, None))
    }

    // ---- functions, blocks and variables

    fn open_function(&mut self, line: u32) {
        self.functions.push(FunctionState::new(line));
    }

    fn close_function(&mut self) -> Result<(PrototypeId, Vec<Capture>), Failure> {
        self.remove_locals(0);
        function!(self, emit_return, 0, 0)?;
        let Some(mut function) = self.functions.pop() else { return Err(Failure::Killed) };
        let captures = std::mem::take(&mut function.captures);
        let prototype = function.finish(self.lexer.name);
        self.lexer.heap.charge(prototype.bytes())?;
        Ok((PrototypeId(self.prototypes.add(prototype)), captures))
    }

    fn enter_block(&mut self, is_breakable: bool) {
        if let Some(function) = self.functions.last_mut() {
            let outer_locals = function.active_count;
            function.blocks.push(Block { breaks: NO_JUMP, outer_locals, has_upvalue: false, is_breakable });
        }
    }

    fn leave_block(&mut self) -> Result<(), Failure> {
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

    fn declare_local(&mut self, name: StringId) -> Result<(), Failure> {
        let declared = self.functions.last().map_or(0, |function| function.declared.len());
        self.limit(declared + 1, MAX_LOCALS, "local variables")?;
        if let Some(function) = self.functions.last_mut() {
            function.declared.push(function.local_variables.len());
            function.local_variables.push(LocalVariable { name, start: 0, end: 0 });
        }
        Ok(())
    }

    fn declare_hidden(&mut self, name: &str) -> Result<(), Failure> {
        let name = self.lexer.heap.string(name.as_bytes())?;
        self.declare_local(name)
    }

    /// Lets code see what was declared.
    fn activate_locals(&mut self, count: usize) {
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

    fn remove_locals(&mut self, keep: usize) {
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

    fn resolve(&mut self, depth: usize, name: StringId, is_own: bool) -> Result<Resolved, Failure> {
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

    fn capture(&mut self, depth: usize, name: StringId, capture: Capture) -> Result<u32, Failure> {
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

    fn variable(&mut self) -> Result<Expression, Failure> {
        let name = self.name()?;
        let innermost = self.functions.len().saturating_sub(1);
        let kind = match self.resolve(innermost, name, true)? {
            Resolved::Local(register) => Kind::Local(register),
            Resolved::Upvalue(index) => Kind::Upvalue(index),
            Resolved::Global => Kind::Global(function!(self, string_constant, name)?),
        };
        Ok(Expression::new(kind))
    }

    fn free_register(&self) -> u32 {
        self.functions.last().map_or(0, |function| function.free_register)
    }

    fn set_free_register(&mut self, register: u32) {
        if let Some(function) = self.functions.last_mut() {
            function.free_register = register;
        }
    }

    fn active_count(&self) -> usize {
        self.functions.last().map_or(0, |function| function.active_count)
    }

    fn label(&mut self) -> i32 {
        self.functions.last_mut().map_or(0, FunctionState::label)
    }

    fn change(&mut self, position: i32, change: impl FnOnce(&mut Instruction)) {
        if let Some(function) = self.functions.last_mut() {
            function.change(position, change);
        }
    }

    // ---- statements

    fn statements(&mut self) -> Result<(), Failure> {
        self.enter()?;
        let mut is_last = false;
        while !is_last && !ends_block(self.lexer.token) {
            is_last = self.statement()?;
            self.accept(Token::Byte(b';'))?;
            let active = self.active_count() as u32;
            self.set_free_register(active);
        }
        self.depth -= 1;
        Ok(())
    }

    fn block(&mut self) -> Result<(), Failure> {
        self.enter_block(false);
        self.statements()?;
        self.leave_block()
    }

    /// True for one that must be the last of its block.
    fn statement(&mut self) -> Result<bool, Failure> {
        let line = self.lexer.line;
        match self.lexer.token {
            Token::If => self.if_statement(line)?,
            Token::While => self.while_statement(line)?,
            Token::Do => {
                self.lexer.next()?;
                self.block()?;
                self.expect_match(Token::End, Token::Do, line)?;
            }
            Token::For => self.for_statement(line)?,
            Token::Repeat => self.repeat_statement(line)?,
            Token::Function => self.function_statement(line)?,
            Token::Local => {
                self.lexer.next()?;
                if self.accept(Token::Function)? { self.local_function()? } else { self.local_statement()? }
            }
            Token::Return => {
                self.return_statement()?;
                return Ok(true);
            }
            Token::Break => {
                self.lexer.next()?;
                self.break_statement()?;
                return Ok(true);
            }
            _ => self.expression_statement()?,
        }
        Ok(false)
    }

    /// The jumps that are taken when the condition fails.
    fn condition(&mut self) -> Result<i32, Failure> {
        let mut condition = self.expression()?;
        if condition.kind == Kind::Nil {
            // All that is false is false the same way here.
            condition.kind = Kind::False;
        }
        function!(self, go_if_true, &mut condition)
    }

    fn test_then_block(&mut self) -> Result<i32, Failure> {
        self.lexer.next()?;
        let skip = self.condition()?;
        self.expect(Token::Then)?;
        self.block()?;
        Ok(skip)
    }

    fn if_statement(&mut self, line: u32) -> Result<(), Failure> {
        let mut end = NO_JUMP;
        let mut skip = self.test_then_block()?;
        while self.lexer.token == Token::ElseIf {
            let jump = function!(self, jump)?;
            function!(self, concatenate, &mut end, jump)?;
            function!(self, patch_to_here, skip)?;
            skip = self.test_then_block()?;
        }
        if self.lexer.token == Token::Else {
            let jump = function!(self, jump)?;
            function!(self, concatenate, &mut end, jump)?;
            function!(self, patch_to_here, skip)?;
            self.lexer.next()?;
            self.block()?;
        } else {
            function!(self, concatenate, &mut end, skip)?;
        }
        function!(self, patch_to_here, end)?;
        self.expect_match(Token::End, Token::If, line)
    }

    fn while_statement(&mut self, line: u32) -> Result<(), Failure> {
        self.lexer.next()?;
        let start = self.label();
        let exit = self.condition()?;
        self.enter_block(true);
        self.expect(Token::Do)?;
        self.block()?;
        let back = function!(self, jump)?;
        function!(self, patch_list, back, start)?;
        self.expect_match(Token::End, Token::While, line)?;
        self.leave_block()?;
        function!(self, patch_to_here, exit)
    }

    fn repeat_statement(&mut self, line: u32) -> Result<(), Failure> {
        let start = self.label();
        self.enter_block(true);
        self.enter_block(false);
        self.lexer.next()?;
        self.statements()?;
        self.expect_match(Token::Until, Token::Repeat, line)?;
        // The condition sees the block's locals.
        let exit = self.condition()?;
        let has_upvalue =
            self.functions.last().and_then(|function| function.blocks.last()).is_some_and(|block| block.has_upvalue);
        if has_upvalue {
            self.break_statement()?;
            function!(self, patch_to_here, exit)?;
            self.leave_block()?;
            let back = function!(self, jump)?;
            function!(self, patch_list, back, start)?;
        } else {
            self.leave_block()?;
            function!(self, patch_list, exit, start)?;
        }
        self.leave_block()
    }

    fn break_statement(&mut self) -> Result<(), Failure> {
        let mut has_upvalue = false;
        let mut found = None;
        if let Some(function) = self.functions.last() {
            for (at, block) in function.blocks.iter().enumerate().rev() {
                if block.is_breakable {
                    found = Some((at, block.outer_locals, block.breaks));
                    break;
                }
                has_upvalue |= block.has_upvalue;
            }
        }
        let Some((at, outer_locals, mut breaks)) = found else {
            return Err(self.lexer.syntax_error("no loop to break"));
        };
        if has_upvalue {
            function!(self, emit_abc, Opcode::Close, outer_locals as u32, 0, 0)?;
        }
        let jump = function!(self, jump)?;
        function!(self, concatenate, &mut breaks, jump)?;
        if let Some(block) = self.functions.last_mut().and_then(|function| function.blocks.get_mut(at)) {
            block.breaks = breaks;
        }
        Ok(())
    }

    fn for_statement(&mut self, line: u32) -> Result<(), Failure> {
        self.enter_block(true);
        self.lexer.next()?;
        let name = self.name()?;
        match self.lexer.token {
            Token::Byte(b'=') => self.numeric_for(name, line)?,
            Token::Byte(b',') | Token::In => self.generic_for(name)?,
            _ => return Err(self.lexer.syntax_error("'=' or 'in' expected")),
        }
        self.expect_match(Token::End, Token::For, line)?;
        self.leave_block()
    }

    fn numeric_for(&mut self, name: StringId, line: u32) -> Result<(), Failure> {
        let base = self.free_register();
        for hidden in ["(for index)", "(for limit)", "(for step)"] {
            self.declare_hidden(hidden)?;
        }
        self.declare_local(name)?;
        self.expect(Token::Byte(b'='))?;
        self.expression_to_next()?;
        self.expect(Token::Byte(b','))?;
        self.expression_to_next()?;
        if self.accept(Token::Byte(b','))? {
            self.expression_to_next()?;
        } else {
            let one = function!(self, number_constant, 1.0)?;
            let register = self.free_register();
            function!(self, emit_abx, Opcode::LoadK, register, one)?;
            function!(self, reserve, 1)?;
        }
        self.for_body(base, line, 1, true)
    }

    fn generic_for(&mut self, name: StringId) -> Result<(), Failure> {
        let base = self.free_register();
        for hidden in ["(for generator)", "(for state)", "(for control)"] {
            self.declare_hidden(hidden)?;
        }
        self.declare_local(name)?;
        let mut variables = 1;
        while self.accept(Token::Byte(b','))? {
            let name = self.name()?;
            self.declare_local(name)?;
            variables += 1;
        }
        self.expect(Token::In)?;
        let line = self.lexer.line;
        let (count, mut last) = self.expression_list()?;
        self.adjust_assign(3, count, &mut last)?;
        // Room for calling the generator.
        function!(self, check_stack, 3)?;
        self.for_body(base, line, variables, false)
    }

    fn for_body(&mut self, base: u32, line: u32, variables: usize, is_numeric: bool) -> Result<(), Failure> {
        self.activate_locals(3);
        self.expect(Token::Do)?;
        let prepare = if is_numeric {
            function!(self, emit_abx, Opcode::ForPrep, base, NO_JUMP as u32)?
        } else {
            function!(self, jump)?
        };
        self.enter_block(false);
        self.activate_locals(variables);
        function!(self, reserve, variables as u32)?;
        self.statements()?;
        self.leave_block()?;
        function!(self, patch_to_here, prepare)?;
        let end = if is_numeric {
            function!(self, emit_abx, Opcode::ForLoop, base, NO_JUMP as u32)?
        } else {
            function!(self, emit_abc, Opcode::TForLoop, base, 0, variables as u32)?
        };
        if let Some(function) = self.functions.last_mut() {
            function.fix_line(line);
        }
        let back = if is_numeric { end } else { function!(self, jump)? };
        function!(self, patch_list, back, prepare + 1)
    }

    fn function_statement(&mut self, line: u32) -> Result<(), Failure> {
        self.lexer.next()?;
        let mut variable = self.variable()?;
        let mut is_method = false;
        while self.lexer.token == Token::Byte(b'.') {
            self.field(&mut variable)?;
        }
        if self.lexer.token == Token::Byte(b':') {
            is_method = true;
            self.field(&mut variable)?;
        }
        let mut body = self.body(is_method, line)?;
        function!(self, store, &variable, &mut body)?;
        if let Some(function) = self.functions.last_mut() {
            // The definition counts as standing on its first line.
            function.fix_line(line);
        }
        Ok(())
    }

    fn local_function(&mut self) -> Result<(), Failure> {
        let name = self.name()?;
        self.declare_local(name)?;
        let variable = Expression::new(Kind::Local(self.free_register()));
        function!(self, reserve, 1)?;
        // The body sees its own name.
        self.activate_locals(1);
        let line = self.lexer.line;
        let mut body = self.body(false, line)?;
        function!(self, store, &variable, &mut body)?;
        if let Some(function) = self.functions.last_mut() {
            let start = function.position() as u32;
            if let Some(declared) = function.declared.last().copied()
                && let Some(variable) = function.local_variables.get_mut(declared)
            {
                variable.start = start;
            }
        }
        Ok(())
    }

    fn local_statement(&mut self) -> Result<(), Failure> {
        let mut variables = 0;
        loop {
            let name = self.name()?;
            self.declare_local(name)?;
            variables += 1;
            if !self.accept(Token::Byte(b','))? {
                break;
            }
        }
        let (count, mut last) =
            if self.accept(Token::Byte(b'='))? { self.expression_list()? } else { (0, Expression::new(Kind::Void)) };
        self.adjust_assign(variables, count, &mut last)?;
        self.activate_locals(variables);
        Ok(())
    }

    fn return_statement(&mut self) -> Result<(), Failure> {
        self.lexer.next()?;
        if ends_block(self.lexer.token) || self.lexer.token == Token::Byte(b';') {
            return function!(self, emit_return, 0, 0);
        }
        let (count, mut last) = self.expression_list()?;
        let active = self.active_count() as u32;
        if last.is_multiple() {
            function!(self, set_returns, &mut last, -1)?;
            if let Kind::Call(position) = last.kind
                && count == 1
            {
                self.change(position, |call| call.opcode = Opcode::TailCall);
            }
            return function!(self, emit_return, active, -1);
        }
        if count == 1 {
            let register = function!(self, put_in_any_register, &mut last)?;
            return function!(self, emit_return, register, 1);
        }
        function!(self, put_in_next_register, &mut last)?;
        function!(self, emit_return, active, count as i32)
    }

    fn expression_statement(&mut self) -> Result<(), Failure> {
        let first = self.primary_expression()?;
        if let Kind::Call(position) = first.kind {
            self.change(position, |call| call.c = 1);
            return Ok(());
        }
        self.assignment(first)
    }

    /// `a, b, c = ...`: the variables are stored to from the last to the first.
    fn assignment(&mut self, first: Expression) -> Result<(), Failure> {
        let mut variables = vec![first];
        loop {
            let is_variable = variables.last().is_some_and(|variable| {
                matches!(variable.kind, Kind::Local(_) | Kind::Upvalue(_) | Kind::Global(_) | Kind::Indexed(..))
            });
            if !is_variable {
                return Err(self.lexer.syntax_error("syntax error"));
            }
            if !self.accept(Token::Byte(b','))? {
                break;
            }
            let next = self.primary_expression()?;
            if let Kind::Local(register) = next.kind {
                self.check_conflict(&mut variables, register)?;
            }
            let limit = (MAX_DEPTH.saturating_sub(self.depth)) as usize;
            self.limit(variables.len(), limit, "variables in assignment")?;
            variables.push(next);
        }
        self.expect(Token::Byte(b'='))?;
        let (count, mut last) = self.expression_list()?;
        if count == variables.len() {
            if let Some(function) = self.functions.last_mut() {
                function.set_one_return(&mut last);
            }
            if let Some(variable) = variables.pop() {
                function!(self, store, &variable, &mut last)?;
            }
        } else {
            self.adjust_assign(variables.len(), count, &mut last)?;
            if count > variables.len() {
                let surplus = (count - variables.len()) as u32;
                let register = self.free_register();
                self.set_free_register(register.saturating_sub(surplus));
            }
        }
        while let Some(variable) = variables.pop() {
            let mut value = Expression::new(Kind::NonRelocatable(self.free_register().saturating_sub(1)));
            function!(self, store, &variable, &mut value)?;
        }
        Ok(())
    }

    /// A local that is assigned to while an earlier variable of the list is indexed through it: that uses a copy.
    fn check_conflict(&mut self, variables: &mut [Expression], register: u32) -> Result<(), Failure> {
        let copy = self.free_register();
        let mut conflict = false;
        for variable in variables {
            if let Kind::Indexed(table, key) = &mut variable.kind {
                for operand in [table, key] {
                    if *operand == register {
                        conflict = true;
                        *operand = copy;
                    }
                }
            }
        }
        if conflict {
            function!(self, emit_abc, Opcode::Move, copy, register, 0)?;
            function!(self, reserve, 1)?;
        }
        Ok(())
    }

    fn adjust_assign(&mut self, variables: usize, count: usize, last: &mut Expression) -> Result<(), Failure> {
        let extra = variables as i32 - count as i32;
        if last.is_multiple() {
            let wanted = (extra + 1).max(0);
            function!(self, set_returns, last, wanted)?;
            if wanted > 1 {
                function!(self, reserve, wanted as u32 - 1)?;
            }
            return Ok(());
        }
        if last.kind != Kind::Void {
            function!(self, put_in_next_register, last)?;
        }
        if extra > 0 {
            let register = self.free_register();
            function!(self, reserve, extra as u32)?;
            function!(self, nil, register, extra as u32)?;
        }
        Ok(())
    }

    // ---- expressions

    fn expression(&mut self) -> Result<Expression, Failure> {
        self.subexpression(0).map(|(expression, _)| expression)
    }

    fn expression_to_next(&mut self) -> Result<(), Failure> {
        let mut expression = self.expression()?;
        function!(self, put_in_next_register, &mut expression)
    }

    /// All but the last in registers; gives how many there are and the last.
    fn expression_list(&mut self) -> Result<(usize, Expression), Failure> {
        let mut count = 1;
        let mut last = self.expression()?;
        while self.accept(Token::Byte(b','))? {
            function!(self, put_in_next_register, &mut last)?;
            last = self.expression()?;
            count += 1;
        }
        Ok((count, last))
    }

    /// Reads operators that bind tighter than `limit`; gives the first one that does not.
    fn subexpression(&mut self, limit: u8) -> Result<(Expression, Option<Operator>), Failure> {
        self.enter()?;
        let mut left = match unary_operator(self.lexer.token) {
            Some(operator) => {
                self.lexer.next()?;
                let (mut operand, _) = self.subexpression(UNARY_PRIORITY)?;
                function!(self, prefix, operator, &mut operand)?;
                operand
            }
            None => self.simple_expression()?,
        };
        let mut operator = binary_operator(self.lexer.token);
        while let Some((binary, left_priority, right_priority)) = operator
            && left_priority > limit
        {
            self.lexer.next()?;
            function!(self, infix, binary, &mut left)?;
            let (right, next) = self.subexpression(right_priority)?;
            function!(self, postfix, binary, &mut left, right)?;
            operator = next;
        }
        self.depth -= 1;
        Ok((left, operator))
    }

    fn simple_expression(&mut self) -> Result<Expression, Failure> {
        let kind = match self.lexer.token {
            Token::Number(number) => Kind::Number(number),
            Token::String(string) => Kind::Constant(function!(self, string_constant, string)?),
            Token::Nil => Kind::Nil,
            Token::True => Kind::True,
            Token::False => Kind::False,
            Token::Dots => {
                let Some(function) = self.functions.last_mut() else { return Err(Failure::Killed) };
                if !function.varargs.is_vararg {
                    return Err(self.lexer.syntax_error("cannot use '...' outside a vararg function"));
                }
                function.varargs.needs_arg = false;
                Kind::VarArg(function!(self, emit_abc, Opcode::VarArg, 0, 1, 0)?)
            }
            Token::Byte(b'{') => return self.constructor(),
            Token::Function => {
                self.lexer.next()?;
                let line = self.lexer.line;
                return self.body(false, line);
            }
            _ => return self.primary_expression(),
        };
        self.lexer.next()?;
        Ok(Expression::new(kind))
    }

    fn primary_expression(&mut self) -> Result<Expression, Failure> {
        let line = self.lexer.line;
        let mut expression = match self.lexer.token {
            Token::Byte(b'(') => {
                self.lexer.next()?;
                let mut inner = self.expression()?;
                self.expect_match(Token::Byte(b')'), Token::Byte(b'('), line)?;
                function!(self, discharge_variables, &mut inner)?;
                inner
            }
            Token::Name(_) => self.variable()?,
            _ => return Err(self.lexer.syntax_error("unexpected symbol")),
        };
        loop {
            match self.lexer.token {
                Token::Byte(b'.') => self.field(&mut expression)?,
                Token::Byte(b'[') => {
                    function!(self, put_in_any_register, &mut expression)?;
                    let mut key = self.bracketed_key()?;
                    function!(self, index, &mut expression, &mut key)?;
                }
                Token::Byte(b':') => {
                    self.lexer.next()?;
                    let name = self.name()?;
                    let mut name = function!(self, string_expression, name)?;
                    function!(self, method, &mut expression, &mut name)?;
                    expression = self.call_arguments(expression, line)?;
                }
                Token::Byte(b'(' | b'{') | Token::String(_) => {
                    function!(self, put_in_next_register, &mut expression)?;
                    expression = self.call_arguments(expression, line)?;
                }
                _ => return Ok(expression),
            }
        }
    }

    /// `.name` or `:name`
    fn field(&mut self, table: &mut Expression) -> Result<(), Failure> {
        function!(self, put_in_any_register, table)?;
        self.lexer.next()?;
        let name = self.name()?;
        let mut key = function!(self, string_expression, name)?;
        function!(self, index, table, &mut key)
    }

    fn bracketed_key(&mut self) -> Result<Expression, Failure> {
        self.lexer.next()?;
        let mut key = self.expression()?;
        function!(self, make_value, &mut key)?;
        self.expect(Token::Byte(b']'))?;
        Ok(key)
    }

    fn call_arguments(&mut self, function: Expression, line: u32) -> Result<Expression, Failure> {
        let mut arguments = match self.lexer.token {
            Token::Byte(b'(') => {
                if line != self.lexer.line {
                    return Err(self.lexer.syntax_error("ambiguous syntax (function call x new statement)"));
                }
                self.lexer.next()?;
                if self.lexer.token == Token::Byte(b')') {
                    self.lexer.next()?;
                    Expression::new(Kind::Void)
                } else {
                    let (_, mut last) = self.expression_list()?;
                    function!(self, set_returns, &mut last, -1)?;
                    self.expect_match(Token::Byte(b')'), Token::Byte(b'('), line)?;
                    last
                }
            }
            Token::Byte(b'{') => self.constructor()?,
            Token::String(string) => {
                let expression = function!(self, string_expression, string)?;
                self.lexer.next()?;
                expression
            }
            _ => return Err(self.lexer.syntax_error("function arguments expected")),
        };
        let Kind::NonRelocatable(base) = function.kind else { return Ok(function) };
        let count = if arguments.is_multiple() {
            0
        } else {
            if arguments.kind != Kind::Void {
                function!(self, put_in_next_register, &mut arguments)?;
            }
            self.free_register() - base
        };
        let call = function!(self, emit_abc, Opcode::Call, base, count, 2)?;
        if let Some(function) = self.functions.last_mut() {
            function.fix_line(line);
        }
        // The call leaves one result where the function was.
        self.set_free_register(base + 1);
        Ok(Expression::new(Kind::Call(call)))
    }

    fn body(&mut self, is_method: bool, line: u32) -> Result<Expression, Failure> {
        self.open_function(line);
        self.expect(Token::Byte(b'('))?;
        if is_method {
            self.declare_hidden("self")?;
            self.activate_locals(1);
        }
        self.parameters()?;
        self.expect(Token::Byte(b')'))?;
        self.statements()?;
        self.expect_match(Token::End, Token::Function, line)?;
        let (prototype, captures) = self.close_function()?;
        let Some(function) = self.functions.last_mut() else { return Err(Failure::Killed) };
        function.nested.push(prototype);
        let index = function.nested.len() as u32 - 1;
        let closure = function!(self, emit_abx, Opcode::Closure, 0, index)?;
        for capture in captures {
            function!(self, emit_abc, Opcode::Extra, u32::from(capture.is_local), capture.index, 0)?;
        }
        Ok(Expression::new(Kind::Relocatable(closure)))
    }

    fn parameters(&mut self) -> Result<(), Failure> {
        let mut count = 0;
        if self.lexer.token != Token::Byte(b')') {
            loop {
                match self.lexer.token {
                    Token::Name(_) => {
                        let name = self.name()?;
                        self.declare_local(name)?;
                        count += 1;
                    }
                    Token::Dots => {
                        self.lexer.next()?;
                        // The parameter that Lua 5.0 had.
                        self.declare_hidden("arg")?;
                        count += 1;
                        if let Some(function) = self.functions.last_mut() {
                            function.varargs = VarArgs { is_vararg: true, has_arg: true, needs_arg: true };
                        }
                        break;
                    }
                    _ => return Err(self.lexer.syntax_error("<name> or '...' expected")),
                }
                if !self.accept(Token::Byte(b','))? {
                    break;
                }
            }
        }
        self.activate_locals(count);
        let active = self.active_count();
        if let Some(function) = self.functions.last_mut() {
            function.parameters = (active - usize::from(function.varargs.has_arg)) as u8;
        }
        function!(self, reserve, active as u32)
    }

    // ---- table constructors

    fn constructor(&mut self) -> Result<Expression, Failure> {
        let line = self.lexer.line;
        let position = function!(self, emit_abc, Opcode::NewTable, 0, 0, 0)?;
        let mut table = Expression::new(Kind::Relocatable(position));
        function!(self, put_in_next_register, &mut table)?;
        let register = self.free_register() - 1;
        let (mut in_array, mut in_nodes, mut waiting) = (0_usize, 0_usize, 0_u32);
        let mut item = Expression::new(Kind::Void);
        self.expect(Token::Byte(b'{'))?;
        while self.lexer.token != Token::Byte(b'}') {
            // The item before goes to its register.
            if item.kind != Kind::Void {
                function!(self, put_in_next_register, &mut item)?;
                item = Expression::new(Kind::Void);
                if waiting as usize == FIELDS_PER_FLUSH {
                    function!(self, set_list, register, in_array, Some(waiting))?;
                    waiting = 0;
                }
            }
            let is_named = match self.lexer.token {
                Token::Name(_) => self.lexer.look_ahead()? == Token::Byte(b'='),
                token => token == Token::Byte(b'['),
            };
            if is_named {
                self.record_field(register)?;
                in_nodes += 1;
            } else {
                item = self.expression()?;
                in_array += 1;
                waiting += 1;
            }
            if !self.accept(Token::Byte(b','))? && !self.accept(Token::Byte(b';'))? {
                break;
            }
        }
        self.expect_match(Token::Byte(b'}'), Token::Byte(b'{'), line)?;
        if waiting > 0 {
            if item.is_multiple() {
                function!(self, set_returns, &mut item, -1)?;
                function!(self, set_list, register, in_array, None)?;
                in_array -= 1;
            } else {
                if item.kind != Kind::Void {
                    function!(self, put_in_next_register, &mut item)?;
                }
                function!(self, set_list, register, in_array, Some(waiting))?;
            }
        }
        self.change(position, |new_table| {
            new_table.b = floating_byte(in_array) as u16;
            new_table.c = floating_byte(in_nodes) as u16;
        });
        Ok(table)
    }

    fn record_field(&mut self, table: u32) -> Result<(), Failure> {
        let register = self.free_register();
        let mut key = match self.lexer.token {
            Token::Name(name) => {
                self.lexer.next()?;
                function!(self, string_expression, name)?
            }
            _ => self.bracketed_key()?,
        };
        self.expect(Token::Byte(b'='))?;
        let key = function!(self, make_operand, &mut key)?;
        let mut value = self.expression()?;
        let value = function!(self, make_operand, &mut value)?;
        function!(self, emit_abc, Opcode::SetTable, table, key, value)?;
        self.set_free_register(register);
        Ok(())
    }
}
