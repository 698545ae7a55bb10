//! Statements, read and compiled in one pass by recursive descent; expressions are in `terms`, names in `scope`.
//!
//! Recursion is bounded: what nests counts against the depth limit of Lua 5.1, so no source can exhaust the stack.

use super::expression::{Expression, Kind};
use super::function::{FunctionState, NO_JUMP};
use super::lexer::{Lexer, Token};
use crate::heap::native::Failure;
use crate::heap::prototype::{Opcode, Prototypes, VarArgs};
use crate::heap::value::{PrototypeId, StringId};

/// How deep statements, expressions and functions may nest.
pub(super) const MAX_DEPTH: u32 = 200;

/// Whether a block ends before this token.
fn ends_block(token: Token) -> bool {
    matches!(token, Token::Else | Token::ElseIf | Token::End | Token::Eos | Token::Until)
}

/// A chunk on its way to prototypes.
pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    pub(super) prototypes: &'a mut Prototypes,
    /// Innermost last.
    pub(super) functions: Vec<FunctionState>,
    pub(super) depth: u32,
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

    pub(super) fn accept(&mut self, token: Token) -> Result<bool, Failure> {
        let is = self.lexer.token == token;
        if is {
            self.lexer.next()?;
        }
        Ok(is)
    }

    pub(super) fn check(&mut self, token: Token) -> Result<(), Failure> {
        if self.lexer.token == token { Ok(()) } else { Err(self.expected(token)) }
    }

    pub(super) fn expect(&mut self, token: Token) -> Result<(), Failure> {
        self.check(token)?;
        self.lexer.next()
    }

    pub(super) fn expected(&mut self, token: Token) -> Failure {
        self.lexer.syntax_error(&format!("'{}' expected", token.text()))
    }

    /// The token that closes what another one opened at a line.
    pub(super) fn expect_match(&mut self, what: Token, opener: Token, line: u32) -> Result<(), Failure> {
        if self.accept(what)? {
            return Ok(());
        }
        if line == self.lexer.line {
            return Err(self.expected(what));
        }
        let text = format!("'{}' expected (to close '{}' at line {line})", what.text(), opener.text());
        Err(self.lexer.syntax_error(&text))
    }

    pub(super) fn name(&mut self) -> Result<StringId, Failure> {
        match self.lexer.token {
            Token::Name(name) => {
                self.lexer.next()?;
                Ok(name)
            }
            _ => Err(self.lexer.syntax_error("'<name>' expected")),
        }
    }

    pub(super) fn enter(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.lexer.error("chunk has too many syntax levels", None));
        }
        Ok(())
    }

    pub(super) fn limit(&mut self, value: usize, limit: usize, what: &str) -> Result<(), Failure> {
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

    // ---- statements

    pub(super) fn statements(&mut self) -> Result<(), Failure> {
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

    pub(super) fn block(&mut self) -> Result<(), Failure> {
        self.enter_block(false);
        self.statements()?;
        self.leave_block()
    }

    /// True for one that must be the last of its block.
    pub(super) fn statement(&mut self) -> Result<bool, Failure> {
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
    pub(super) fn condition(&mut self) -> Result<i32, Failure> {
        let mut condition = self.expression()?;
        if condition.kind == Kind::Nil {
            // All that is false is false the same way here.
            condition.kind = Kind::False;
        }
        function!(self, go_if_true, &mut condition)
    }

    pub(super) fn test_then_block(&mut self) -> Result<i32, Failure> {
        self.lexer.next()?;
        let skip = self.condition()?;
        self.expect(Token::Then)?;
        self.block()?;
        Ok(skip)
    }

    pub(super) fn if_statement(&mut self, line: u32) -> Result<(), Failure> {
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

    pub(super) fn while_statement(&mut self, line: u32) -> Result<(), Failure> {
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

    pub(super) fn repeat_statement(&mut self, line: u32) -> Result<(), Failure> {
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

    pub(super) fn break_statement(&mut self) -> Result<(), Failure> {
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

    pub(super) fn for_statement(&mut self, line: u32) -> Result<(), Failure> {
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

    pub(super) fn numeric_for(&mut self, name: StringId, line: u32) -> Result<(), Failure> {
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

    pub(super) fn generic_for(&mut self, name: StringId) -> Result<(), Failure> {
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

    pub(super) fn for_body(&mut self, base: u32, line: u32, variables: usize, is_numeric: bool) -> Result<(), Failure> {
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

    pub(super) fn function_statement(&mut self, line: u32) -> Result<(), Failure> {
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

    pub(super) fn local_function(&mut self) -> Result<(), Failure> {
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

    pub(super) fn local_statement(&mut self) -> Result<(), Failure> {
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

    pub(super) fn return_statement(&mut self) -> Result<(), Failure> {
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

    pub(super) fn expression_statement(&mut self) -> Result<(), Failure> {
        let first = self.primary_expression()?;
        if let Kind::Call(position) = first.kind {
            self.change(position, |call| call.c = 1);
            return Ok(());
        }
        self.assignment(first)
    }

    /// `a, b, c = ...`: the variables are stored to from the last to the first.
    pub(super) fn assignment(&mut self, first: Expression) -> Result<(), Failure> {
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
    pub(super) fn check_conflict(&mut self, variables: &mut [Expression], register: u32) -> Result<(), Failure> {
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

    pub(super) fn adjust_assign(
        &mut self,
        variables: usize,
        count: usize,
        last: &mut Expression,
    ) -> Result<(), Failure> {
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
}
