//! `table.sort`: Lua 5.1's quicksort, step for step, so that a comparison function is called with the same values in
//! the same order and a wrong one is found out at the same point.
//!
//! It is a state machine: each comparison may be a call, after which it goes on.

use crate::heap::Metamethod;
use crate::heap::native::{Call, Continuation, Failure, Step, compare_error};
use crate::heap::value::{TableId, Value};
use std::cmp::Ordering;

/// Which comparison is being made.
#[derive(Clone, Copy)]
enum Phase {
    /// The range's last with its first.
    Ends,
    /// The middle with the first.
    MiddleFirst,
    /// The last with the middle.
    LastMiddle,
    /// From the left, the next with the pivot.
    Up,
    /// From the right, the pivot with the next.
    Down,
}

struct Sort {
    table: TableId,
    compare: Value,
    phase: Phase,
    /// The range that is sorted now, and those that wait.
    low: i64,
    high: i64,
    waiting: Vec<(i64, i64)>,
    i: i64,
    j: i64,
    pivot: Value,
    left: Value,
    right: Value,
    /// A function was called to compare them.
    is_asking: bool,
}

pub(super) fn sort(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let length = call.heap.length(table) as i64;
    let compare = call.argument(1);
    if !compare.is_nil() {
        call.check_function(1)?;
    }
    let mut sort = Box::new(Sort {
        table,
        compare,
        phase: Phase::Ends,
        low: 1,
        high: length,
        waiting: Vec::new(),
        i: 0,
        j: 0,
        pivot: Value::Nil,
        left: Value::Nil,
        right: Value::Nil,
        is_asking: false,
    });
    if !sort.begin(call) {
        return Ok(Step::Return);
    }
    sort.go_on(call, None)
}

impl Continuation for Sort {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        // A function that returns nothing says no.
        let answer =
            std::mem::take(&mut self.is_asking).then(|| results.first().is_some_and(|result| result.is_true()));
        self.go_on(call, answer)
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::Table(self.table));
        [self.compare, self.pivot, self.left, self.right].into_iter().for_each(visit);
    }
}

impl Sort {
    fn get(&self, call: &Call<'_>, index: i64) -> Value {
        match usize::try_from(index) {
            Ok(index) => call.heap.get_integer(self.table, index),
            Err(_) => call.heap.get(self.table, Value::Number(index as f64)),
        }
    }

    fn set(&self, call: &mut Call<'_>, index: i64, value: Value) -> Result<(), Failure> {
        call.heap.set(self.table, Value::Number(index as f64), value)
    }

    /// Whether `left` comes before `right`; nothing when a function has to say it.
    fn is_less(&self, call: &Call<'_>) -> Result<Option<bool>, Failure> {
        if !self.compare.is_nil() {
            return Ok(None);
        }
        match call.heap.compare(self.left, self.right) {
            Some(order) => Ok(Some(order == Some(Ordering::Less))),
            None => match call.heap.order_metamethod(self.left, self.right, Metamethod::Lt) {
                Some(_) => Ok(None),
                None => Err(compare_error(self.left, self.right)),
            },
        }
    }

    /// Makes comparisons until all is sorted, a function is to be called, or the budget is used up.
    fn go_on(mut self: Box<Self>, call: &mut Call<'_>, mut answer: Option<bool>) -> Result<Step, Failure> {
        loop {
            let is_less = match answer.take() {
                Some(answer) => answer,
                None => match self.is_less(call)? {
                    Some(known) => {
                        if !call.budget.spend(1) {
                            return Ok(Step::Again(self));
                        }
                        known
                    }
                    None => {
                        let (left, right) = (self.left, self.right);
                        let function = match self.compare {
                            Value::Nil => call.heap.metamethod(left, Metamethod::Lt),
                            function => function,
                        };
                        self.is_asking = true;
                        return call.call(function, &[left, right], self);
                    }
                },
            };
            if !self.advance(call, is_less)? {
                return Ok(Step::Return);
            }
        }
    }

    /// Takes the next range that has two elements; false when none is left.
    fn begin(&mut self, call: &Call<'_>) -> bool {
        while self.low >= self.high {
            let Some((low, high)) = self.waiting.pop() else { return false };
            (self.low, self.high) = (low, high);
        }
        self.phase = Phase::Ends;
        self.left = self.get(call, self.high);
        self.right = self.get(call, self.low);
        true
    }

    /// This range is done.
    fn finish_range(&mut self, call: &Call<'_>) -> bool {
        self.low = self.high;
        self.begin(call)
    }

    /// Acts on a comparison and prepares the next; false when all is sorted.
    fn advance(&mut self, call: &mut Call<'_>, is_less: bool) -> Result<bool, Failure> {
        match self.phase {
            Phase::Ends => {
                if is_less {
                    self.set(call, self.low, self.left)?;
                    self.set(call, self.high, self.right)?;
                }
                if self.high - self.low == 1 {
                    return Ok(self.finish_range(call));
                }
                self.i = (self.low + self.high) / 2;
                self.phase = Phase::MiddleFirst;
                self.left = self.get(call, self.i);
                self.right = self.get(call, self.low);
            }
            Phase::MiddleFirst => {
                if is_less {
                    self.set(call, self.i, self.right)?;
                    self.set(call, self.low, self.left)?;
                    return self.partition(call);
                }
                self.phase = Phase::LastMiddle;
                self.right = self.left;
                self.left = self.get(call, self.high);
            }
            Phase::LastMiddle => {
                if is_less {
                    self.set(call, self.i, self.left)?;
                    self.set(call, self.high, self.right)?;
                }
                return self.partition(call);
            }
            Phase::Up => {
                if is_less {
                    if self.i > self.high {
                        return Err(call.error("invalid order function for sorting"));
                    }
                    self.step_up(call);
                } else {
                    self.phase = Phase::Down;
                    self.step_down(call);
                }
            }
            Phase::Down => {
                if is_less {
                    if self.j < self.low {
                        return Err(call.error("invalid order function for sorting"));
                    }
                    self.step_down(call);
                } else if self.j < self.i {
                    return self.split(call);
                } else {
                    let (at_i, at_j) = (self.get(call, self.i), self.right);
                    self.set(call, self.i, at_j)?;
                    self.set(call, self.j, at_i)?;
                    self.step_up(call);
                }
            }
        }
        Ok(true)
    }

    fn step_up(&mut self, call: &Call<'_>) {
        self.phase = Phase::Up;
        self.i += 1;
        self.left = self.get(call, self.i);
        self.right = self.pivot;
    }

    fn step_down(&mut self, call: &Call<'_>) {
        self.j -= 1;
        self.left = self.pivot;
        self.right = self.get(call, self.j);
    }

    /// First, middle and last are in order: the middle is the pivot and goes beside the last.
    fn partition(&mut self, call: &mut Call<'_>) -> Result<bool, Failure> {
        if self.high - self.low == 2 {
            return Ok(self.finish_range(call));
        }
        self.pivot = self.get(call, self.i);
        let beside = self.get(call, self.high - 1);
        self.set(call, self.i, beside)?;
        self.set(call, self.high - 1, self.pivot)?;
        self.i = self.low;
        self.j = self.high - 1;
        self.step_up(call);
        Ok(true)
    }

    /// The pivot goes between the halves; the smaller one is sorted first.
    fn split(&mut self, call: &mut Call<'_>) -> Result<bool, Failure> {
        let (pivot, other) = (self.get(call, self.high - 1), self.get(call, self.i));
        self.set(call, self.high - 1, other)?;
        self.set(call, self.i, pivot)?;
        if self.i - self.low < self.high - self.i {
            self.waiting.push((self.i + 1, self.high));
            self.high = self.i - 1;
        } else {
            self.waiting.push((self.low, self.i - 1));
            self.low = self.i + 1;
        }
        Ok(self.begin(call))
    }
}
