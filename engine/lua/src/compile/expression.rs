//! Expressions while their value is not yet in a register: what they are, and how they get there.

use super::function::{FunctionState, NO_JUMP, NO_REGISTER};
use super::lexer::Lexer;
use crate::heap::native::Failure;
use crate::heap::prototype::{CONSTANT, Opcode};
use crate::heap::value::StringId;

/// What an expression is so far.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind {
    /// No value at all: an empty list.
    Void,
    Nil,
    True,
    False,
    Constant(u32),
    Number(f64),
    /// A local variable, by its register.
    Local(u32),
    Upvalue(u32),
    /// By the constant that is its name.
    Global(u32),
    /// A table's register and a key in RK form.
    Indexed(u32, u32),
    /// A comparison: the jump that is taken when it holds.
    Jump(i32),
    /// The instruction whose register can still be chosen.
    Relocatable(i32),
    NonRelocatable(u32),
    /// The call instruction, whose number of results can still be chosen.
    Call(i32),
    VarArg(i32),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    /// Jumps that leave it when it is true, and when it is false.
    if_true: i32,
    if_false: i32,
}

impl Expression {
    pub(super) fn new(kind: Kind) -> Expression {
        Expression { kind, if_true: NO_JUMP, if_false: NO_JUMP }
    }

    fn has_jumps(&self) -> bool {
        self.if_true != self.if_false
    }

    fn numeral(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(number) if self.if_true == NO_JUMP && self.if_false == NO_JUMP => Some(number),
            _ => None,
        }
    }

    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.kind, Kind::Call(_) | Kind::VarArg(_))
    }
}

/// Operators of two operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Arithmetic(Opcode),
    Concat,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// Operators of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Minus,
    Not,
    Length,
}

/// The result of an operation on two constants, unless it would be NaN or divide by zero.
fn fold(opcode: Opcode, left: f64, right: f64) -> Option<f64> {
    let result = match opcode {
        Opcode::Add => left + right,
        Opcode::Sub => left - right,
        Opcode::Mul => left * right,
        Opcode::Div | Opcode::Mod if right == 0.0 => return None,
        Opcode::Div => left / right,
        Opcode::Mod => left - (left / right).floor() * right,
        Opcode::Pow => left.powf(right),
        Opcode::Unm => -left,
        _ => return None,
    };
    (!result.is_nan()).then_some(result)
}

impl FunctionState {
    /// Wants so many values of a call or `...`.
    pub(super) fn set_returns(
        &mut self,
        lexer: &mut Lexer<'_>,
        expression: &mut Expression,
        count: i32,
    ) -> Result<(), Failure> {
        match expression.kind {
            Kind::Call(position) => self.change(position, |call| call.c = (count + 1) as u16),
            Kind::VarArg(position) => {
                let register = self.free_register;
                self.change(position, |vararg| {
                    vararg.b = (count + 1) as u16;
                    vararg.a = register as u8;
                });
                self.reserve(lexer, 1)?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn set_one_return(&mut self, expression: &mut Expression) {
        match expression.kind {
            Kind::Call(position) => expression.kind = Kind::NonRelocatable(u32::from(self.at(position).a)),
            Kind::VarArg(position) => {
                self.change(position, |vararg| vararg.b = 2);
                expression.kind = Kind::Relocatable(position);
            }
            _ => {}
        }
    }

    /// Turns a variable into code that reads it.
    pub(super) fn discharge_variables(
        &mut self,
        lexer: &mut Lexer<'_>,
        expression: &mut Expression,
    ) -> Result<(), Failure> {
        expression.kind = match expression.kind {
            Kind::Local(register) => Kind::NonRelocatable(register),
            Kind::Upvalue(index) => Kind::Relocatable(self.emit_abc(lexer, Opcode::GetUpvalue, 0, index, 0)?),
            Kind::Global(name) => Kind::Relocatable(self.emit_abx(lexer, Opcode::GetGlobal, 0, name)?),
            Kind::Indexed(table, key) => {
                self.release(key);
                self.release(table);
                Kind::Relocatable(self.emit_abc(lexer, Opcode::GetTable, 0, table, key)?)
            }
            Kind::Call(_) | Kind::VarArg(_) => {
                self.set_one_return(expression);
                expression.kind
            }
            other => other,
        };
        Ok(())
    }

    fn discharge_to(
        &mut self,
        lexer: &mut Lexer<'_>,
        expression: &mut Expression,
        register: u32,
    ) -> Result<(), Failure> {
        self.discharge_variables(lexer, expression)?;
        match expression.kind {
            Kind::Nil => self.nil(lexer, register, 1)?,
            Kind::False | Kind::True => {
                let value = u32::from(expression.kind == Kind::True);
                self.emit_abc(lexer, Opcode::LoadBool, register, value, 0)?;
            }
            Kind::Constant(index) => {
                self.emit_abx(lexer, Opcode::LoadK, register, index)?;
            }
            Kind::Number(number) => {
                let index = self.number_constant(lexer, number)?;
                self.emit_abx(lexer, Opcode::LoadK, register, index)?;
            }
            Kind::Relocatable(position) => self.change(position, |instruction| instruction.a = register as u8),
            Kind::NonRelocatable(from) => {
                if from != register {
                    self.emit_abc(lexer, Opcode::Move, register, from, 0)?;
                }
            }
            // Nothing to do: no value, or jumps only.
            _ => return Ok(()),
        }
        expression.kind = Kind::NonRelocatable(register);
        Ok(())
    }

    fn discharge_to_any(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression) -> Result<(), Failure> {
        if matches!(expression.kind, Kind::NonRelocatable(_)) {
            return Ok(());
        }
        self.reserve(lexer, 1)?;
        self.discharge_to(lexer, expression, self.free_register - 1)
    }

    fn put_in_register(
        &mut self,
        lexer: &mut Lexer<'_>,
        expression: &mut Expression,
        register: u32,
    ) -> Result<(), Failure> {
        self.discharge_to(lexer, expression, register)?;
        if let Kind::Jump(position) = expression.kind {
            let mut list = expression.if_true;
            self.concatenate(lexer, &mut list, position)?;
            expression.if_true = list;
        }
        if expression.has_jumps() {
            let (mut load_false, mut load_true) = (NO_JUMP, NO_JUMP);
            if self.needs_value(expression.if_true) || self.needs_value(expression.if_false) {
                let over = if matches!(expression.kind, Kind::Jump(_)) { NO_JUMP } else { self.jump(lexer)? };
                self.label();
                load_false = self.emit_abc(lexer, Opcode::LoadBool, register, 0, 1)?;
                self.label();
                load_true = self.emit_abc(lexer, Opcode::LoadBool, register, 1, 0)?;
                self.patch_to_here(lexer, over)?;
            }
            let end = self.label();
            self.patch_list_with(lexer, expression.if_false, end, register, load_false)?;
            self.patch_list_with(lexer, expression.if_true, end, register, load_true)?;
        }
        *expression = Expression::new(Kind::NonRelocatable(register));
        Ok(())
    }

    pub(super) fn put_in_next_register(
        &mut self,
        lexer: &mut Lexer<'_>,
        expression: &mut Expression,
    ) -> Result<(), Failure> {
        self.discharge_variables(lexer, expression)?;
        self.release_expression(expression);
        self.reserve(lexer, 1)?;
        self.put_in_register(lexer, expression, self.free_register - 1)
    }

    pub(super) fn put_in_any_register(
        &mut self,
        lexer: &mut Lexer<'_>,
        expression: &mut Expression,
    ) -> Result<u32, Failure> {
        self.discharge_variables(lexer, expression)?;
        if let Kind::NonRelocatable(register) = expression.kind {
            if !expression.has_jumps() {
                return Ok(register);
            }
            if register >= self.active_count as u32 {
                self.put_in_register(lexer, expression, register)?;
                return Ok(register);
            }
        }
        self.put_in_next_register(lexer, expression)?;
        match expression.kind {
            Kind::NonRelocatable(register) => Ok(register),
            _ => Ok(0),
        }
    }

    /// Into a register if it needs one to have a value.
    pub(super) fn make_value(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression) -> Result<(), Failure> {
        if expression.has_jumps() {
            self.put_in_any_register(lexer, expression).map(drop)
        } else {
            self.discharge_variables(lexer, expression)
        }
    }

    /// Into a register or, where one fits, a constant.
    pub(super) fn make_operand(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression) -> Result<u32, Failure> {
        self.make_value(lexer, expression)?;
        let fits = self.constant_count() < u32::from(CONSTANT);
        let index = match expression.kind {
            Kind::Nil if fits => self.nil_constant(lexer)?,
            Kind::True | Kind::False if fits => self.boolean_constant(lexer, expression.kind == Kind::True)?,
            Kind::Number(number) if fits => self.number_constant(lexer, number)?,
            Kind::Constant(index) if index < u32::from(CONSTANT) => index,
            _ => return self.put_in_any_register(lexer, expression),
        };
        expression.kind = Kind::Constant(index);
        Ok(index | u32::from(CONSTANT))
    }

    /// Code that stores into a variable.
    pub(super) fn store(
        &mut self,
        lexer: &mut Lexer<'_>,
        variable: &Expression,
        value: &mut Expression,
    ) -> Result<(), Failure> {
        match variable.kind {
            Kind::Local(register) => {
                self.release_expression(value);
                return self.put_in_register(lexer, value, register);
            }
            Kind::Upvalue(index) => {
                let register = self.put_in_any_register(lexer, value)?;
                self.emit_abc(lexer, Opcode::SetUpvalue, register, index, 0)?;
            }
            Kind::Global(name) => {
                let register = self.put_in_any_register(lexer, value)?;
                self.emit_abx(lexer, Opcode::SetGlobal, register, name)?;
            }
            Kind::Indexed(table, key) => {
                let operand = self.make_operand(lexer, value)?;
                self.emit_abc(lexer, Opcode::SetTable, table, key, operand)?;
            }
            _ => {}
        }
        self.release_expression(value);
        Ok(())
    }

    pub(super) fn method(
        &mut self,
        lexer: &mut Lexer<'_>,
        object: &mut Expression,
        name: &mut Expression,
    ) -> Result<(), Failure> {
        let register = self.put_in_any_register(lexer, object)?;
        self.release_expression(object);
        let function = self.free_register;
        self.reserve(lexer, 2)?;
        let key = self.make_operand(lexer, name)?;
        self.emit_abc(lexer, Opcode::OpSelf, function, register, key)?;
        self.release_expression(name);
        object.kind = Kind::NonRelocatable(function);
        Ok(())
    }

    pub(super) fn index(
        &mut self,
        lexer: &mut Lexer<'_>,
        table: &mut Expression,
        key: &mut Expression,
    ) -> Result<(), Failure> {
        let key = self.make_operand(lexer, key)?;
        if let Kind::NonRelocatable(register) = table.kind {
            table.kind = Kind::Indexed(register, key);
        }
        Ok(())
    }

    pub(super) fn string_expression(&mut self, lexer: &mut Lexer<'_>, string: StringId) -> Result<Expression, Failure> {
        Ok(Expression::new(Kind::Constant(self.string_constant(lexer, string)?)))
    }

    // ---- conditions

    fn invert(&mut self, jump: i32) {
        let control = self.control(jump);
        self.change(control, |test| test.a = u8::from(test.a == 0));
    }

    fn jump_if(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression, condition: bool) -> Result<i32, Failure> {
        if let Kind::Relocatable(position) = expression.kind {
            let instruction = self.at(position);
            if instruction.opcode == Opcode::Not {
                // The test does the negation.
                self.take_back();
                let opposite = u32::from(!condition);
                return self.conditional_jump(lexer, Opcode::Test, u32::from(instruction.b), 0, opposite);
            }
        }
        self.discharge_to_any(lexer, expression)?;
        self.release_expression(expression);
        let Kind::NonRelocatable(register) = expression.kind else { return Ok(NO_JUMP) };
        self.conditional_jump(lexer, Opcode::TestSet, NO_REGISTER, register, u32::from(condition))
    }

    /// Goes on when it is true and jumps when it is false; gives the jumps.
    pub(super) fn go_if_true(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression) -> Result<i32, Failure> {
        self.discharge_variables(lexer, expression)?;
        let jump = match expression.kind {
            Kind::Constant(_) | Kind::Number(_) | Kind::True => NO_JUMP,
            Kind::False => self.jump(lexer)?,
            Kind::Jump(position) => {
                self.invert(position);
                position
            }
            _ => self.jump_if(lexer, expression, false)?,
        };
        let mut list = expression.if_false;
        self.concatenate(lexer, &mut list, jump)?;
        expression.if_false = list;
        self.patch_to_here(lexer, expression.if_true)?;
        expression.if_true = NO_JUMP;
        Ok(list)
    }

    fn go_if_false(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression) -> Result<(), Failure> {
        self.discharge_variables(lexer, expression)?;
        let jump = match expression.kind {
            Kind::Nil | Kind::False => NO_JUMP,
            Kind::True => self.jump(lexer)?,
            Kind::Jump(position) => position,
            _ => self.jump_if(lexer, expression, true)?,
        };
        let mut list = expression.if_true;
        self.concatenate(lexer, &mut list, jump)?;
        expression.if_true = list;
        self.patch_to_here(lexer, expression.if_false)?;
        expression.if_false = NO_JUMP;
        Ok(())
    }

    fn not(&mut self, lexer: &mut Lexer<'_>, expression: &mut Expression) -> Result<(), Failure> {
        self.discharge_variables(lexer, expression)?;
        match expression.kind {
            Kind::Nil | Kind::False => expression.kind = Kind::True,
            Kind::Constant(_) | Kind::Number(_) | Kind::True => expression.kind = Kind::False,
            Kind::Jump(position) => self.invert(position),
            _ => {
                self.discharge_to_any(lexer, expression)?;
                self.release_expression(expression);
                if let Kind::NonRelocatable(register) = expression.kind {
                    expression.kind = Kind::Relocatable(self.emit_abc(lexer, Opcode::Not, 0, register, 0)?);
                }
            }
        }
        std::mem::swap(&mut expression.if_true, &mut expression.if_false);
        self.remove_values(expression.if_false);
        self.remove_values(expression.if_true);
        Ok(())
    }

    // ---- operators

    fn arithmetic(
        &mut self,
        lexer: &mut Lexer<'_>,
        opcode: Opcode,
        left: &mut Expression,
        right: &mut Expression,
    ) -> Result<(), Failure> {
        if let (Some(a), Some(b)) = (left.numeral(), right.numeral())
            && let Some(result) = fold(opcode, a, b)
        {
            left.kind = Kind::Number(result);
            return Ok(());
        }
        let unary = matches!(opcode, Opcode::Unm | Opcode::Len);
        let second = if unary { 0 } else { self.make_operand(lexer, right)? };
        let first = self.make_operand(lexer, left)?;
        if first > second {
            self.release_expression(left);
            self.release_expression(right);
        } else {
            self.release_expression(right);
            self.release_expression(left);
        }
        left.kind = Kind::Relocatable(self.emit_abc(lexer, opcode, 0, first, second)?);
        left.if_true = NO_JUMP;
        left.if_false = NO_JUMP;
        Ok(())
    }

    fn comparison(
        &mut self,
        lexer: &mut Lexer<'_>,
        opcode: Opcode,
        condition: bool,
        left: &mut Expression,
        right: &mut Expression,
    ) -> Result<(), Failure> {
        let mut first = self.make_operand(lexer, left)?;
        let mut second = self.make_operand(lexer, right)?;
        self.release_expression(right);
        self.release_expression(left);
        let mut condition = condition;
        if !condition && opcode != Opcode::Eq {
            // a > b is b < a.
            std::mem::swap(&mut first, &mut second);
            condition = true;
        }
        left.kind = Kind::Jump(self.conditional_jump(lexer, opcode, u32::from(condition), first, second)?);
        Ok(())
    }

    pub(super) fn prefix(
        &mut self,
        lexer: &mut Lexer<'_>,
        operator: Unary,
        operand: &mut Expression,
    ) -> Result<(), Failure> {
        let mut none = Expression::new(Kind::Number(0.0));
        match operator {
            Unary::Not => self.not(lexer, operand),
            Unary::Minus => {
                if operand.numeral().is_none() {
                    self.put_in_any_register(lexer, operand)?;
                }
                self.arithmetic(lexer, Opcode::Unm, operand, &mut none)
            }
            Unary::Length => {
                self.put_in_any_register(lexer, operand)?;
                self.arithmetic(lexer, Opcode::Len, operand, &mut none)
            }
        }
    }

    /// Before the right operand is read.
    pub(super) fn infix(
        &mut self,
        lexer: &mut Lexer<'_>,
        operator: Binary,
        left: &mut Expression,
    ) -> Result<(), Failure> {
        match operator {
            Binary::And => self.go_if_true(lexer, left).map(drop),
            Binary::Or => self.go_if_false(lexer, left),
            // The operands of a concatenation stand in registers one after the other.
            Binary::Concat => self.put_in_next_register(lexer, left),
            Binary::Arithmetic(_) if left.numeral().is_some() => Ok(()),
            _ => self.make_operand(lexer, left).map(drop),
        }
    }

    /// After the right operand was read.
    pub(super) fn postfix(
        &mut self,
        lexer: &mut Lexer<'_>,
        operator: Binary,
        left: &mut Expression,
        mut right: Expression,
    ) -> Result<(), Failure> {
        match operator {
            Binary::And => {
                self.discharge_variables(lexer, &mut right)?;
                let mut list = right.if_false;
                self.concatenate(lexer, &mut list, left.if_false)?;
                right.if_false = list;
                *left = right;
                Ok(())
            }
            Binary::Or => {
                self.discharge_variables(lexer, &mut right)?;
                let mut list = right.if_true;
                self.concatenate(lexer, &mut list, left.if_true)?;
                right.if_true = list;
                *left = right;
                Ok(())
            }
            Binary::Concat => self.concatenation(lexer, left, right),
            Binary::Arithmetic(opcode) => self.arithmetic(lexer, opcode, left, &mut right),
            Binary::Equal => self.comparison(lexer, Opcode::Eq, true, left, &mut right),
            Binary::NotEqual => self.comparison(lexer, Opcode::Eq, false, left, &mut right),
            Binary::Less => self.comparison(lexer, Opcode::Lt, true, left, &mut right),
            Binary::LessEqual => self.comparison(lexer, Opcode::Le, true, left, &mut right),
            Binary::Greater => self.comparison(lexer, Opcode::Lt, false, left, &mut right),
            Binary::GreaterEqual => self.comparison(lexer, Opcode::Le, false, left, &mut right),
        }
    }

    /// `a .. (b .. c)` becomes one instruction.
    fn concatenation(
        &mut self,
        lexer: &mut Lexer<'_>,
        left: &mut Expression,
        mut right: Expression,
    ) -> Result<(), Failure> {
        self.make_value(lexer, &mut right)?;
        if let Kind::Relocatable(position) = right.kind
            && self.at(position).opcode == Opcode::Concat
        {
            self.release_expression(left);
            if let Kind::NonRelocatable(register) = left.kind {
                self.change(position, |concat| concat.b = register as u16);
            }
            left.kind = Kind::Relocatable(position);
            return Ok(());
        }
        self.put_in_next_register(lexer, &mut right)?;
        self.arithmetic(lexer, Opcode::Concat, left, &mut right)
    }
}
