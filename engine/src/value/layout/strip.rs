//! A listpack entry by entry, with what each entry is for.

use crate::encoding::listpack::{Anatomy, View};

use super::{PAGE, Parts, Purpose, first_of_page};

/// One page of a listpack.
#[derive(Clone, Debug, Default)]
pub struct Strip<'a> {
    /// Bytes of the listpack.
    pub bytes: usize,
    /// Bytes that its owner keeps beside them, to grow.
    pub spare: usize,
    /// The six bytes before the entries.
    pub header: &'a [u8],
    /// How many entries there are.
    pub entries: usize,
    /// The number of the first one that is described.
    pub from: usize,
    pub shown: Vec<(Anatomy<'a>, Role)>,
    pub totals: Totals,
}

/// Sums over all entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub head_bytes: usize,
    pub data_bytes: usize,
    pub back_bytes: usize,
    /// The bytes of the longest text among those that a setting limits.
    pub longest_text: usize,
}

/// What an entry of a listpack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An element of a list.
    Element,
    /// A field of a hash.
    Field,
    /// The value of the field before it; in a stream, of the name.
    Value,
    /// Until when the field before it lives; 0 without end.
    Deadline,
    /// A member of a set or sorted set.
    Member,
    /// The score of the member before it.
    Score,
    /// How many entries a stream's node has.
    Count,
    /// How many of its entries were removed.
    Deleted,
    /// How many names follow.
    Fields,
    /// A name of a stream's entries.
    Name,
    /// The end of the names that a node's entries share.
    MasterEnd,
    /// Whether an entry has the shared names, and whether it was removed.
    Flags,
    /// The milliseconds of an entry's ID, counted from the node's.
    Milliseconds,
    /// The number in an entry's ID, counted from the node's.
    Sequence,
    /// How many entries of the listpack stand before it that belong to the same entry of the stream.
    Words,
}

impl Role {
    /// Whether the settings limit its length.
    fn is_limited(self) -> bool {
        matches!(self, Role::Element | Role::Field | Role::Value | Role::Member)
    }
}

impl<'a> Strip<'a> {
    /// A listpack whose entries have these roles in turn.
    pub(super) fn of(view: View<'a>, spare: usize, from: usize, roles: &[Role]) -> Strip<'a> {
        let mut turn = roles.iter().copied().cycle();
        Strip::with_roles(view, spare, from, |_| turn.next().unwrap_or(Role::Element))
    }

    /// A listpack of which `role` is told every entry in turn.
    pub(super) fn with_roles(
        view: View<'a>,
        spare: usize,
        from: usize,
        mut role: impl FnMut(&Anatomy<'a>) -> Role,
    ) -> Strip<'a> {
        let from = first_of_page(from, view.len());
        let bytes = view.as_bytes().len();
        let mut strip = Strip { bytes, spare, header: view.header(), from, ..Strip::default() };
        let mut place = view.first();
        while let Some((anatomy, next)) = view.anatomy(place) {
            let role = role(&anatomy);
            let totals = &mut strip.totals;
            totals.head_bytes += anatomy.head.len();
            totals.data_bytes += anatomy.data.len();
            totals.back_bytes += anatomy.back.len();
            if role.is_limited() {
                totals.longest_text = totals.longest_text.max(anatomy.element.len());
            }
            if (from..from + PAGE).contains(&strip.entries) {
                strip.shown.push((anatomy, role));
            }
            strip.entries += 1;
            place = next;
        }
        strip
    }

    pub(super) fn account(&self, parts: &mut Parts) {
        let Totals { head_bytes, data_bytes, back_bytes, .. } = self.totals;
        parts.add(Purpose::Frame, self.bytes - head_bytes - data_bytes - back_bytes);
        parts.add(Purpose::Encoding, head_bytes);
        parts.add(Purpose::Content, data_bytes);
        parts.add(Purpose::BackLength, back_bytes);
        parts.add(Purpose::Spare, self.spare);
    }
}
