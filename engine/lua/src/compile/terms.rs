//! Expressions, calls, function bodies and table constructors: the parser's other half.

use super::expression::{Binary, Expression, Kind, Unary};
use super::lexer::Token;
use super::parser::Parser;
use crate::heap::native::Failure;
use crate::heap::prototype::{FIELDS_PER_FLUSH, Opcode, VarArgs};

/// Unary operators bind tighter than all binary ones but the power.
const UNARY_PRIORITY: u8 = 8;

/// A binary operator with how tightly it binds to the left and to the right.
type Operator = (Binary, u8, u8);

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

/// A size in the form of NewTable: mantissa of three bits and an exponent, rounded up.
fn floating_byte(mut size: usize) -> u32 {
    let mut exponent = 0;
    while size >= 16 {
        size = size.div_ceil(2);
        exponent += 1;
    }
    if size < 8 { size as u32 } else { (exponent + 1) << 3 | (size as u32 - 8) }
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expression, Failure> {
        self.subexpression(0).map(|(expression, _)| expression)
    }

    pub(super) fn expression_to_next(&mut self) -> Result<(), Failure> {
        let mut expression = self.expression()?;
        function!(self, put_in_next_register, &mut expression)
    }

    /// All but the last in registers; gives how many there are and the last.
    pub(super) fn expression_list(&mut self) -> Result<(usize, Expression), Failure> {
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
    pub(super) fn subexpression(&mut self, limit: u8) -> Result<(Expression, Option<Operator>), Failure> {
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

    pub(super) fn simple_expression(&mut self) -> Result<Expression, Failure> {
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

    pub(super) fn primary_expression(&mut self) -> Result<Expression, Failure> {
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
    pub(super) fn field(&mut self, table: &mut Expression) -> Result<(), Failure> {
        function!(self, put_in_any_register, table)?;
        self.lexer.next()?;
        let name = self.name()?;
        let mut key = function!(self, string_expression, name)?;
        function!(self, index, table, &mut key)
    }

    pub(super) fn bracketed_key(&mut self) -> Result<Expression, Failure> {
        self.lexer.next()?;
        let mut key = self.expression()?;
        function!(self, make_value, &mut key)?;
        self.expect(Token::Byte(b']'))?;
        Ok(key)
    }

    pub(super) fn call_arguments(&mut self, function: Expression, line: u32) -> Result<Expression, Failure> {
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

    pub(super) fn body(&mut self, is_method: bool, line: u32) -> Result<Expression, Failure> {
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

    pub(super) fn parameters(&mut self) -> Result<(), Failure> {
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

    pub(super) fn constructor(&mut self) -> Result<Expression, Failure> {
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

    pub(super) fn record_field(&mut self, table: u32) -> Result<(), Failure> {
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
