//! Tables as Lua 5.1 lays them out: an array part for 1..n and a node part with chained scatter and Brent's variation.
//!
//! Sizes, main positions and the search for a free node are those of the real one on a 64-bit machine, so the order
//! of `next` and the border that `#` finds in a table with holes come out the same. Only keys that the real one
//! hashes by address (tables, functions, userdata, coroutines) stand in an order of their own.

use super::value::{StringId, TableId, Value};

const NONE: u32 = u32::MAX;
/// The array part has at most 2^26 places, as in Lua 5.1.
const MAX_BITS: usize = 26;
/// What a weak table's key becomes when its object goes. No value that a script can get hold of equals it.
const DEAD: Value = Value::LightUserdata(u32::MAX);

#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) key: Value,
    pub(crate) value: Value,
    next: u32,
}

const EMPTY_NODE: Node = Node { key: Value::Nil, value: Value::Nil, next: NONE };

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) array: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    /// Nodes at and above it are taken.
    last_free: u32,
    pub(crate) metatable: Option<TableId>,
    /// Bit n: the metamethod n of `Names` is known to be absent. Any change of a key clears it.
    pub(crate) absent: u8,
    pub(crate) readonly: bool,
}

/// A new key found no free node: the table must be rebuilt with these sizes.
pub(crate) struct Full {
    pub(crate) array: usize,
    pub(crate) nodes: usize,
}

impl Full {
    /// What the rebuilt table takes, in bytes; saturating.
    pub(crate) fn bytes(&self) -> usize {
        self.array
            .saturating_mul(size_of::<Value>())
            .saturating_add(node_count(self.nodes).saturating_mul(size_of::<Node>()))
    }
}

/// How many nodes hold `wanted` keys: the next power of two.
fn node_count(wanted: usize) -> usize {
    if wanted == 0 { 0 } else { wanted.checked_next_power_of_two().unwrap_or(usize::MAX) }
}

/// The smallest n with 2^n >= x; 0 for 0.
fn ceil_log2(x: usize) -> usize {
    if x <= 1 { 0 } else { (usize::BITS - (x - 1).leading_zeros()) as usize }
}

/// A number as an index of an array part: whole and from 1 to 2^32 - 1.
///
/// With 2^52 added a double's last bits are the whole number; what does not equal them was none. That is quicker than
/// the conversion, which has to mind everything that does not fit.
#[inline(always)]
fn array_index(number: f64) -> Option<usize> {
    let whole = (number + 4_503_599_627_370_496.0).to_bits() as u32;
    (f64::from(whole) == number && whole > 0).then_some(whole as usize)
}

/// What an absent key has.
pub(crate) static NIL: Value = Value::Nil;

impl Table {
    pub(crate) fn sized(array: usize, nodes: usize) -> Table {
        let mut table = Table { array: vec![Value::Nil; array], ..Table::default() };
        table.set_nodes(nodes);
        table
    }

    fn set_nodes(&mut self, wanted: usize) {
        let count = node_count(wanted);
        self.nodes = vec![EMPTY_NODE; count];
        self.last_free = count as u32;
    }

    /// The bytes of its parts.
    pub(crate) fn bytes(&self) -> usize {
        self.array.len() * size_of::<Value>() + self.nodes.len() * size_of::<Node>()
    }

    // ---- reading

    // These give references, so that the machine copies a value once.

    #[inline(always)]
    pub(crate) fn find_string(&self, key: StringId) -> &Value {
        let mut at = key.hash as usize & self.nodes.len().wrapping_sub(1);
        while let Some(node) = self.nodes.get(at) {
            if let Value::String(name) = node.key
                && name.index == key.index
            {
                return &node.value;
            }
            at = node.next as usize;
        }
        &NIL
    }

    #[inline(always)]
    pub(crate) fn find_number(&self, key: f64) -> &Value {
        if let Some(index) = array_index(key)
            && let Some(value) = self.array.get(index - 1)
        {
            return value;
        }
        self.find_in_nodes(Value::Number(key))
    }

    fn find_in_nodes(&self, key: Value) -> &Value {
        self.find_node(key).and_then(|at| self.nodes.get(at)).map_or(&NIL, |node| &node.value)
    }

    #[inline(always)]
    pub(crate) fn find(&self, key: &Value) -> &Value {
        match key {
            Value::Number(number) => self.find_number(*number),
            Value::String(name) => self.find_string(*name),
            Value::Nil => &NIL,
            other => self.find_in_nodes(*other),
        }
    }

    pub(crate) fn get(&self, key: Value) -> Value {
        *self.find(&key)
    }

    pub(crate) fn get_string(&self, key: StringId) -> Value {
        *self.find_string(key)
    }

    /// By position, 1 for the first.
    pub(crate) fn get_index(&self, index: usize) -> Value {
        match self.array.get(index.wrapping_sub(1)) {
            Some(value) => *value,
            None => *self.find_in_nodes(Value::Number(index as f64)),
        }
    }

    fn find_node(&self, key: Value) -> Option<usize> {
        let mut at = self.main_position(key);
        while let Some(node) = self.nodes.get(at) {
            if node.key == key {
                return Some(at);
            }
            at = node.next as usize;
        }
        None
    }

    /// Where a key would like to stand.
    fn main_position(&self, key: Value) -> usize {
        let size = self.nodes.len();
        let by_mask = |hash: u32| hash as usize & size.wrapping_sub(1);
        let by_remainder = |hash: u32| hash as usize % (size.wrapping_sub(1) | 1);
        match key {
            Value::Nil => 0,
            Value::Boolean(value) => by_mask(u32::from(value)),
            // Both zeros are the same key.
            Value::Number(0.0) => 0,
            Value::Number(number) => {
                let bits = number.to_bits();
                by_remainder((bits as u32).wrapping_add((bits >> 32) as u32))
            }
            Value::String(name) => by_mask(name.hash),
            Value::Table(TableId(index)) => by_remainder(index.wrapping_mul(5).wrapping_add(1)),
            Value::Function(function) => by_remainder(function.0.wrapping_mul(5).wrapping_add(2)),
            Value::Userdata(userdata) => by_remainder(userdata.0.wrapping_mul(5).wrapping_add(3)),
            Value::Thread(thread) => by_remainder(thread.0.wrapping_mul(5).wrapping_add(4)),
            Value::LightUserdata(number) => by_remainder(number.wrapping_mul(5)),
        }
    }

    // ---- writing

    /// The place of a key that exists (its value may be nil).
    #[inline(always)]
    pub(crate) fn place(&mut self, key: &Value) -> Option<&mut Value> {
        match key {
            Value::String(name) => {
                let mut at = name.hash as usize & self.nodes.len().wrapping_sub(1);
                loop {
                    let node = self.nodes.get(at)?;
                    if let Value::String(known) = node.key
                        && known.index == name.index
                    {
                        break;
                    }
                    at = node.next as usize;
                }
                self.nodes.get_mut(at).map(|node| &mut node.value)
            }
            Value::Number(number) => self.place_of_number(*number),
            Value::Nil => None,
            other => self.place_in_nodes(*other),
        }
    }

    #[inline(always)]
    pub(crate) fn place_of_number(&mut self, number: f64) -> Option<&mut Value> {
        if let Some(index) = array_index(number)
            && index <= self.array.len()
        {
            return self.array.get_mut(index - 1);
        }
        self.place_in_nodes(Value::Number(number))
    }

    fn place_in_nodes(&mut self, key: Value) -> Option<&mut Value> {
        let at = self.find_node(key)?;
        self.nodes.get_mut(at).map(|node| &mut node.value)
    }

    fn free_node(&mut self) -> Option<usize> {
        while self.last_free > 0 {
            self.last_free -= 1;
            if self.nodes.get(self.last_free as usize).is_some_and(|node| node.key.is_nil()) {
                return Some(self.last_free as usize);
            }
        }
        None
    }

    /// Adds a key that does not exist; nil and NaN are the caller's to refuse.
    ///
    /// If its main position is taken, the one who stands there moves to a free node when it is out of its own main
    /// position; otherwise the new key goes there.
    pub(crate) fn insert(&mut self, key: Value, value: Value) -> Result<(), Full> {
        let main = self.main_position(key);
        let Some(&holder) = self.nodes.get(main) else { return Err(self.sizes_with(key)) };
        if holder.value.is_nil() {
            if let Some(node) = self.nodes.get_mut(main) {
                node.key = key;
                node.value = value;
            }
            return Ok(());
        }
        let Some(free) = self.free_node() else { return Err(self.sizes_with(key)) };
        let holders_main = self.main_position(holder.key);
        if holders_main != main {
            let mut before = holders_main;
            while let Some(node) = self.nodes.get_mut(before) {
                if node.next as usize == main {
                    node.next = free as u32;
                    break;
                }
                before = node.next as usize;
            }
            if let Some(node) = self.nodes.get_mut(free) {
                *node = holder;
            }
            if let Some(node) = self.nodes.get_mut(main) {
                *node = Node { key, value, next: NONE };
            }
        } else {
            if let Some(node) = self.nodes.get_mut(free) {
                *node = Node { key, value, next: holder.next };
            }
            if let Some(node) = self.nodes.get_mut(main) {
                node.next = free as u32;
            }
        }
        Ok(())
    }

    /// The sizes that hold what is there and one more key: an array part that is more than half full.
    fn sizes_with(&self, key: Value) -> Full {
        // counts[n]: keys k with 2^(n-1) < k <= 2^n
        let mut counts = [0_usize; MAX_BITS + 1];
        let count_key = |key: Value, counts: &mut [usize; MAX_BITS + 1]| -> usize {
            if let Value::Number(number) = key
                && let Some(index) = array_index(number)
                && index <= 1 << MAX_BITS
                && let Some(count) = counts.get_mut(ceil_log2(index))
            {
                *count += 1;
                return 1;
            }
            0
        };
        let mut total = 0;
        for (at, _) in self.array.iter().enumerate().filter(|(_, value)| !value.is_nil()) {
            if let Some(count) = counts.get_mut(ceil_log2(at + 1)) {
                *count += 1;
            }
            total += 1;
        }
        let mut in_array = total;
        for node in self.nodes.iter().filter(|node| !node.value.is_nil()) {
            in_array += count_key(node.key, &mut counts);
            total += 1;
        }
        in_array += count_key(key, &mut counts);
        total += 1;
        let (array, moved) = array_size(&counts, in_array);
        Full { array, nodes: total - moved }
    }

    /// Rebuilds both parts; the sizes hold everything that is there.
    pub(crate) fn resize(&mut self, sizes: &Full) {
        let mut vanishing = Vec::new();
        if sizes.array < self.array.len() {
            vanishing = self.array.split_off(sizes.array);
            self.array.shrink_to_fit();
        } else {
            self.array.reserve_exact(sizes.array - self.array.len());
            self.array.resize(sizes.array, Value::Nil);
        }
        let old = std::mem::take(&mut self.nodes);
        self.set_nodes(sizes.nodes);
        for (at, value) in vanishing.into_iter().enumerate().filter(|(_, value)| !value.is_nil()) {
            self.put_back(Value::Number((sizes.array + at + 1) as f64), value);
        }
        for node in old.iter().rev().filter(|node| !node.value.is_nil()) {
            self.put_back(node.key, node.value);
        }
    }

    fn put_back(&mut self, key: Value, value: Value) {
        if let Some(place) = self.place(&key) {
            *place = value;
        } else if let Err(sizes) = self.insert(key, value) {
            // The sizes were counted, so this is not reached; a rebuild keeps the value all the same.
            self.resize(&sizes);
            self.put_back(key, value);
        }
    }

    // ---- order and length

    /// What stands at or after a position: the array part, then the nodes. Gives the position after it too.
    pub(crate) fn entry_from(&self, mut position: usize) -> Option<(usize, Value, Value)> {
        while let Some(value) = self.array.get(position) {
            position += 1;
            if !value.is_nil() {
                return Some((position, Value::Number(position as f64), *value));
            }
        }
        while let Some(node) = self.nodes.get(position - self.array.len()) {
            position += 1;
            if !node.value.is_nil() {
                return Some((position, node.key, node.value));
            }
        }
        None
    }

    /// The position after a key; nothing for a key that the table never had.
    pub(crate) fn position_after(&self, key: Value) -> Option<usize> {
        match key {
            Value::Nil => return Some(0),
            Value::Number(number) => {
                if let Some(index) = array_index(number)
                    && index <= self.array.len()
                {
                    return Some(index);
                }
            }
            _ => {}
        }
        self.find_node(key).map(|at| self.array.len() + at + 1)
    }

    /// A border: an n with t[n] not nil and t[n + 1] nil, or 0; the one that Lua 5.1 would find.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        let size = self.array.len();
        if self.array.last().is_some_and(|value| value.is_nil()) {
            let (mut low, mut high) = (0, size);
            while high - low > 1 {
                let middle = (low + high) / 2;
                if self.array.get(middle - 1).is_none_or(|value| value.is_nil()) { high = middle } else { low = middle }
            }
            return low;
        }
        if self.nodes.is_empty() { size } else { self.length_in_nodes(size) }
    }

    fn length_in_nodes(&self, size: usize) -> usize {
        let (mut low, mut high) = (size, size + 1);
        while !self.get_index(high).is_nil() {
            low = high;
            high *= 2;
            if high > i32::MAX as usize {
                // Only a table made to defeat the search gets here.
                let mut index = 1;
                while !self.get_index(index).is_nil() {
                    index += 1;
                }
                return index - 1;
            }
        }
        while high - low > 1 {
            let middle = (low + high) / 2;
            if self.get_index(middle).is_nil() { high = middle } else { low = middle }
        }
        low
    }

    // ---- weak tables

    /// Takes out of a weak table what `is_gone` says of its keys and values.
    pub(crate) fn clear_weak(&mut self, weak_keys: bool, weak_values: bool, mut is_gone: impl FnMut(Value) -> bool) {
        if weak_values {
            for value in &mut self.array {
                if is_gone(*value) {
                    *value = Value::Nil;
                }
            }
        }
        for node in &mut self.nodes {
            if !node.value.is_nil() && ((weak_values && is_gone(node.value)) || (weak_keys && is_gone(node.key))) {
                node.value = Value::Nil;
            }
            if node.value.is_nil() && is_gone(node.key) {
                node.key = DEAD;
            }
        }
    }
}

/// The largest n such that more than half of 1..n is in use, and how many keys that takes into the array part.
fn array_size(counts: &[usize; MAX_BITS + 1], candidates: usize) -> (usize, usize) {
    let (mut sum, mut size, mut taken) = (0, 0, 0);
    let mut power = 1;
    for count in counts {
        if power / 2 >= candidates {
            break;
        }
        if *count > 0 {
            sum += count;
            if sum > power / 2 {
                size = power;
                taken = sum;
            }
        }
        if sum == candidates {
            break;
        }
        power *= 2;
    }
    (size, taken)
}
