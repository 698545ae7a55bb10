//! A vector of objects of one kind with a list of free places and a mark for each. A handle to an object that was
//! freed would read the default value or another object, never memory that is gone; the collector frees none that
//! can still be reached.

const FREE: u8 = 0;
const WHITE: u8 = 1;
const MARKED: u8 = 2;

#[derive(Default)]
pub(crate) struct Arena<T> {
    slots: Vec<T>,
    marks: Vec<u8>,
    free: Vec<u32>,
}

impl<T: Default> Arena<T> {
    pub(crate) fn add(&mut self, object: T) -> u32 {
        if let Some(index) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(index as usize)
            && let Some(mark) = self.marks.get_mut(index as usize)
        {
            *slot = object;
            *mark = WHITE;
            return index;
        }
        self.slots.push(object);
        self.marks.push(WHITE);
        (self.slots.len() - 1) as u32
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize)
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slots.get_mut(index as usize)
    }

    /// Marks an object; true when it was not marked before.
    pub(crate) fn mark(&mut self, index: u32) -> bool {
        match self.marks.get_mut(index as usize) {
            Some(mark) if *mark == WHITE => {
                *mark = MARKED;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn is_marked(&self, index: u32) -> bool {
        self.marks.get(index as usize) == Some(&MARKED)
    }

    /// Every object that is in use, or was when it was last looked at.
    pub(crate) fn live(&self) -> impl Iterator<Item = &T> {
        self.marks.iter().zip(&self.slots).filter(|(mark, _)| **mark != FREE).map(|(_, slot)| slot)
    }

    /// Frees what is not marked, handing each to `freed` first, and takes the marks away.
    pub(crate) fn sweep(&mut self, mut freed: impl FnMut(&T)) {
        for (index, (mark, slot)) in self.marks.iter_mut().zip(&mut self.slots).enumerate() {
            if *mark == MARKED {
                *mark = WHITE;
            } else if *mark == WHITE {
                *mark = FREE;
                freed(slot);
                *slot = T::default();
                self.free.push(index as u32);
            }
        }
    }
}
