//! What memory begins with, in two parts.

use super::bytes::{put_number, put_signed, put_sized};
use super::graph::Piece;
use super::module::Segment;
use std::ops::Range;

/// Shorter stretches stay where they are: what stands before each in the file would outweigh them.
const LEAST_BYTES: u32 = 16;

/// Where bytes begin in memory, and the bytes.
pub type Stretch<'a> = (u32, &'a [u8]);

/// The data of the first part and of the later one. Bytes that belong to no piece are the first part's, unless they are
/// nothing but the zeros that memory begins with anyway.
pub fn divided<'a>(segments: &[Segment<'a>], pieces: &[Piece], later: &[bool]) -> [Vec<Stretch<'a>>; 2] {
    let (mut firsts, mut laters) = (Vec::new(), Vec::new());
    for segment in segments {
        let end = segment.address + segment.bytes.len() as u32;
        let bytes = |from: u32, to: u32| {
            segment.bytes.get((from - segment.address) as usize..(to - segment.address) as usize).unwrap_or_default()
        };
        let within = |piece: &Piece| piece.range.start >= segment.address && piece.range.end <= end;
        // Neighbours make one stretch, with the zeros between them, which align the second. What the first part has must
        // not lie between them: it may have changed when the later part brings its data.
        let mut stretches: Vec<(u32, u32)> = Vec::new();
        let mut after_later = false;
        for (piece, later) in pieces.iter().zip(later).filter(|(piece, _)| within(piece)) {
            let Range { start, end } = piece.range;
            match stretches.last_mut() {
                Some((_, to)) if *later && after_later && bytes(*to, start).iter().all(|byte| *byte == 0) => *to = end,
                _ if *later => stretches.push((start, end)),
                _ => {}
            }
            after_later = *later;
        }
        let mut from = segment.address;
        for (start, to) in stretches.into_iter().filter(|(start, to)| to - start >= LEAST_BYTES) {
            firsts.push((from, bytes(from, start)));
            laters.push((start, bytes(start, to)));
            from = to;
        }
        firsts.push((from, bytes(from, end)));
    }
    firsts.retain(|(_, bytes)| bytes.iter().any(|byte| *byte != 0));
    [firsts, laters]
}

/// The section of data.
pub fn write(out: &mut Vec<u8>, stretches: &[Stretch<'_>]) {
    let mut section = Vec::new();
    put_number(&mut section, stretches.len() as u32);
    for (address, bytes) in stretches {
        section.extend([0, 0x41]);
        put_signed(&mut section, address.cast_signed());
        section.push(0x0b);
        put_sized(&mut section, bytes);
    }
    out.push(11);
    put_sized(out, &section);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_pieces_are_cut_out() {
        let bytes: Vec<u8> = (1..=90).chain([0; 10]).chain(1..=28).collect();
        let segment = Segment { address: 1000, bytes: &bytes, place: 0 };
        let piece = |range| Piece { range, functions: Vec::new(), data: Vec::new() };
        let pieces = [1000..1020, 1020..1040, 1040..1050, 1050..1054, 1054..1058, 1070..1090, 1100..1128].map(piece);
        let [first, later] = divided(&[segment], &pieces, &[false, true, true, false, true, true, true]);
        let lengths = |stretches: &[Stretch<'_>]| -> Vec<(u32, usize)> {
            stretches.iter().map(|(address, bytes)| (*address, bytes.len())).collect()
        };
        // What is too short stays, and what lies between two pieces and is not zero.
        assert_eq!(lengths(&first), [(1000, 20), (1050, 20)]);
        assert_eq!(lengths(&later), [(1020, 30), (1070, 58)]);
        assert_eq!(later.first().and_then(|(_, bytes)| bytes.first()), Some(&21));
    }

    #[test]
    fn what_the_first_part_has_changed_is_not_put_back() {
        let segment = Segment { address: 0, bytes: &[0; 60], place: 0 };
        let pieces = [0..20, 20..40, 40..60].map(|range| Piece { range, functions: Vec::new(), data: Vec::new() });
        let [first, later] = divided(&[segment], &pieces, &[true, false, true]);
        assert!(first.is_empty());
        assert_eq!(
            later.iter().map(|(address, bytes)| (*address, bytes.len())).collect::<Vec<_>>(),
            [(0, 20), (40, 20)]
        );
    }
}
