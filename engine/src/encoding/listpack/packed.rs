//! A listpack without spare room, two words large, for small collections of which there are many: it stands in its
//! owner, where a [`Listpack`] of four words would need an allocation of its own. Each change that makes it longer or
//! shorter reallocates, as in Redis.

use core::fmt;
use core::mem;

use super::{HEADER, Listpack, View};

/// A listpack without spare room; see the module's documentation.
#[derive(Clone)]
pub struct Packed(Box<[u8]>);

impl Packed {
    /// What can be read of it.
    #[inline]
    pub fn view(&self) -> View<'_> {
        View::new(&self.0)
    }

    /// Bytes on the heap. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        self.0.len()
    }

    /// Changes it through `change`, which makes it about `more` bytes longer.
    pub fn edit<R>(&mut self, more: usize, change: impl FnOnce(&mut Listpack) -> R) -> R {
        let count = self.view().len() as u32;
        let mut listpack = Listpack { buffer: mem::take(&mut self.0).into_vec(), start: 0, count };
        if more > 0 {
            listpack.reserve_exact(more);
        }
        let result = change(&mut listpack);
        *self = Packed::from(listpack);
        result
    }
}

impl From<Listpack> for Packed {
    fn from(mut listpack: Listpack) -> Packed {
        listpack.close_gap();
        debug_assert!(listpack.buffer.len() > HEADER);
        Packed(listpack.buffer.into_boxed_slice())
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.view().iter()).finish()
    }
}
