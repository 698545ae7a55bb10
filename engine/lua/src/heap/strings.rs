//! All strings, each once: equal strings have equal handles.
//!
//! The hash is that of Lua 5.1, because the order of `pairs` follows from it.

use super::value::StringId;

const NONE: u32 = u32::MAX;
/// How many chains there are at first, as in Lua 5.1.
const MIN_CHAINS: usize = 32;

#[derive(Clone, Copy, PartialEq)]
enum State {
    Free,
    White,
    Marked,
    /// Never freed: reserved words, names of metamethods.
    Fixed,
}

struct Slot {
    bytes: Box<[u8]>,
    hash: u32,
    next: u32,
    state: State,
}

pub(crate) struct Strings {
    slots: Vec<Slot>,
    free: Vec<u32>,
    chains: Vec<u32>,
    count: usize,
}

/// What a string of this length takes, in bytes.
pub(crate) fn string_bytes(length: usize) -> usize {
    length.saturating_add(size_of::<Slot>() + 24)
}

/// Lua 5.1's hash: at most 32 bytes are looked at, from the end.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut hash = bytes.len() as u32;
    let step = (bytes.len() >> 5) + 1;
    let mut left = bytes.len();
    while left >= step {
        let byte = bytes.get(left - 1).copied().unwrap_or(0);
        hash ^= (hash << 5).wrapping_add(hash >> 2).wrapping_add(u32::from(byte));
        left -= step;
    }
    hash
}

impl Strings {
    pub(crate) fn new() -> Strings {
        Strings { slots: Vec::new(), free: Vec::new(), chains: vec![NONE; MIN_CHAINS], count: 0 }
    }

    #[inline]
    pub(crate) fn bytes(&self, id: StringId) -> &[u8] {
        self.slots.get(id.index as usize).map_or(&[], |slot| &slot.bytes)
    }

    fn chain(&self, hash: u32) -> usize {
        hash as usize & (self.chains.len() - 1)
    }

    /// The string if it exists.
    pub(crate) fn find(&self, bytes: &[u8], hash: u32) -> Option<StringId> {
        let mut at = self.chains.get(self.chain(hash)).copied().unwrap_or(NONE);
        while let Some(slot) = self.slots.get(at as usize) {
            if slot.hash == hash && *slot.bytes == *bytes {
                return Some(StringId { index: at, hash });
            }
            at = slot.next;
        }
        None
    }

    /// Adds a string that does not exist yet.
    pub(crate) fn add(&mut self, bytes: Box<[u8]>, hash: u32) -> StringId {
        if self.count >= self.chains.len() {
            self.rechain(self.chains.len() * 2);
        }
        let chain = self.chain(hash);
        let next = self.chains.get(chain).copied().unwrap_or(NONE);
        let slot = Slot { bytes, hash, next, state: State::White };
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(place) = self.slots.get_mut(index as usize) {
                    *place = slot;
                }
                index
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        if let Some(head) = self.chains.get_mut(chain) {
            *head = index;
        }
        self.count += 1;
        StringId { index, hash }
    }

    fn rechain(&mut self, chains: usize) {
        self.chains.clear();
        self.chains.resize(chains, NONE);
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else { continue };
            let head = slot.hash as usize & (chains - 1);
            if slot.state != State::Free
                && let Some(head) = self.chains.get_mut(head)
            {
                slot.next = *head;
                *head = index as u32;
            }
        }
    }

    pub(crate) fn fix(&mut self, id: StringId) {
        if let Some(slot) = self.slots.get_mut(id.index as usize) {
            slot.state = State::Fixed;
        }
    }

    #[inline]
    pub(crate) fn mark(&mut self, id: StringId) {
        if let Some(slot) = self.slots.get_mut(id.index as usize)
            && slot.state == State::White
        {
            slot.state = State::Marked;
        }
    }

    /// How many bytes each string takes.
    pub(crate) fn live(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().filter(|slot| slot.state != State::Free).map(|slot| string_bytes(slot.bytes.len()))
    }

    /// Frees what is not marked and gives the bytes that became free.
    pub(crate) fn sweep(&mut self) -> usize {
        let mut freed = 0;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            match slot.state {
                State::Marked => slot.state = State::White,
                State::White => {
                    freed += string_bytes(slot.bytes.len());
                    slot.state = State::Free;
                    slot.bytes = Box::default();
                    self.free.push(index as u32);
                    self.count -= 1;
                }
                State::Free | State::Fixed => {}
            }
        }
        if freed > 0 {
            let mut chains = self.chains.len();
            while chains > MIN_CHAINS && self.count < chains / 4 {
                chains /= 2;
            }
            self.rechain(chains);
        }
        freed
    }
}
