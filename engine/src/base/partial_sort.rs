//! The first elements of a slice in order, without sorting the rest: quicksort (Bentley and McIlroy, "Engineering a
//! sort function", 1993) that leaves out the parts where nothing is wanted. Not stable; the pivots are chosen as in
//! Redis, so that equal elements come out in the same order there and here.

use core::cmp::Ordering;

/// Shorter parts are sorted by insertion.
const SHORT: usize = 7;
/// Longer parts take their pivot from nine elements.
const LONG: usize = 40;

/// Brings the `wanted` smallest elements to the front, in order. O(n + wanted log wanted) on average.
pub fn partial_sort<T>(items: &mut [T], wanted: usize, compare: impl Fn(&T, &T) -> Ordering) {
    // Parts still to be sorted, as their start and length. Their order does not matter.
    let mut parts = vec![(0, items.len())];
    while let Some((start, length)) = parts.pop() {
        let Some(part) = items.get_mut(start..start + length).filter(|_| start < wanted) else { continue };
        if length < SHORT {
            insertion_sort(part, &compare);
            continue;
        }
        let (less, greater) = partition(part, &compare);
        parts.extend([(start, less), (start + length - greater, greater)].iter().filter(|(_, length)| *length > 1));
    }
}

fn insertion_sort<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && order(items, at - 1, at, compare) == Ordering::Greater {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn order<T>(items: &[T], a: usize, b: usize, compare: &impl Fn(&T, &T) -> Ordering) -> Ordering {
    match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    }
}

/// Splits into less than, equal to and greater than a pivot: the lengths of the first and the last of these.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let n = items.len();
    let last = n - 1;
    items.swap(0, pivot(items, compare));
    // Equal elements are gathered at both ends first.
    let (mut equal_left, mut left, mut right, mut equal_right) = (1, 1, last, last);
    loop {
        while left <= right {
            match order(items, left, 0, compare) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    items.swap(equal_left, left);
                    equal_left += 1;
                }
                Ordering::Less => {}
            }
            left += 1;
        }
        while left <= right {
            match order(items, right, 0, compare) {
                Ordering::Less => break,
                Ordering::Equal => {
                    items.swap(right, equal_right);
                    equal_right -= 1;
                }
                Ordering::Greater => {}
            }
            right -= 1;
        }
        if left > right {
            break;
        }
        items.swap(left, right);
        left += 1;
        right -= 1;
    }
    // Then they move to the middle.
    let (less, greater) = (left - equal_left, equal_right - right);
    swap_blocks(items, 0, left, equal_left.min(less));
    swap_blocks(items, left, n, greater.min(last - equal_right));
    (less, greater)
}

/// Exchanges the `count` elements from `start` on with those that end at `end`.
fn swap_blocks<T>(items: &mut [T], start: usize, end: usize, count: usize) {
    for index in 0..count {
        items.swap(start + index, end - count + index);
    }
}

fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let n = items.len();
    let (mut low, mut middle, mut high) = (0, n / 2, n - 1);
    if n <= SHORT {
        return middle;
    }
    if n > LONG {
        let eighth = n / 8;
        low = median(items, low, eighth, 2 * eighth, compare);
        middle = median(items, middle - eighth, middle, middle + eighth, compare);
        high = median(items, high - 2 * eighth, high - eighth, high, compare);
    }
    median(items, low, middle, high, compare)
}

fn median<T>(items: &[T], a: usize, b: usize, c: usize, compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let is = |a, b, ordering| order(items, a, b, compare) == ordering;
    if is(a, b, Ordering::Less) {
        if is(b, c, Ordering::Less) {
            b
        } else if is(a, c, Ordering::Less) {
            c
        } else {
            a
        }
    } else if is(b, c, Ordering::Greater) {
        b
    } else if is(a, c, Ordering::Less) {
        a
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    #[test]
    fn the_first_are_in_order_and_nothing_is_lost() {
        let mut random = Random::new(1);
        for _ in 0..2000 {
            let length = random.index(200);
            let values = 1 + random.index(60) as u64;
            let items: Vec<u64> = (0..length).map(|_| random.below(values)).collect();
            let wanted = random.index(length + 2);
            let mut sorted = items.clone();
            sorted.sort_unstable();
            let mut partly = items.clone();
            partial_sort(&mut partly, wanted, u64::cmp);
            let count = wanted.min(length);
            assert_eq!(partly[..count], sorted[..count]);
            partly.sort_unstable();
            assert_eq!(partly, sorted);
        }
    }
}
