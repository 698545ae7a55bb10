use super::*;
use crate::base::Random;
use crate::encoding::listpack::tests::random_text;

fn verify(list: &Quicklist, model: &[Vec<u8>]) {
    assert!(list.iter().map(Element::to_vec).eq(model.iter().cloned()));
    assert!(list.iter().rev().map(Element::to_vec).eq(model.iter().rev().cloned()));
    assert_eq!(list.len(), model.len());
    assert_eq!(list.node_bytes, list.nodes.iter().map(Node::heap_bytes).sum::<usize>());
    assert!(list.nodes().all(|node| node.len() > 0));
}

/// Nodes are never bigger than the setting says, and not many more than necessary.
fn verify_fill(list: &Quicklist, fill: Fill) {
    for node in list.nodes() {
        match node {
            Node::Packed(listpack) => {
                // An only element with its overhead may pass the limit of bytes.
                assert!(listpack.len() == 1 || fill.allows(listpack.total_bytes(), listpack.len()));
            }
            Node::Plain(bytes) => assert!(bytes.len() > fill.bytes),
        }
    }
}

#[test]
fn agrees_with_a_vector_under_random_operations() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let fill = Fill::new([-1, -2, 1, 2, 5, 128][seed as usize % 6]);
        let (mut list, mut model) = (Quicklist::new(), Vec::new());
        for step in 0..300 {
            let text = if random.below(9) == 0 { vec![b'z'; random.index(9000)] } else { random_text(&mut random) };
            let element = Element::Bytes(&text);
            let index = random.index(model.len() + 1);
            match if step < 200 { random.below(8) } else { 3 + random.below(8) } {
                0 => (list.push_back(element, fill), model.push(text)).0,
                1 => (list.push_front(element, fill), model.insert(0, text)).0,
                2 | 3 => (list.insert(index, element, fill), model.insert(index, text)).0,
                4 => {
                    assert_eq!(list.replace(index, element, fill), index < model.len());
                    model.get_mut(index).map(|own| *own = text).unwrap_or_default();
                }
                5 => {
                    assert_eq!(list.at(index).map(Element::to_vec).as_ref(), model.get(index));
                    assert!(list.iter_from(index).map(Element::to_vec).eq(model[index..].iter().cloned()));
                    assert!(list.iter_from(index).rev().map(Element::to_vec).eq(model[index..].iter().rev().cloned()));
                }
                6 => {
                    // Few different elements, so that several match.
                    let text = model.get(index).cloned().unwrap_or_default();
                    let (limit, from_back) = (random.index(4), random.below(2) == 0);
                    let mut places: Vec<_> = (0..model.len()).filter(|&place| model[place] == text).collect();
                    if from_back {
                        places.reverse();
                    }
                    places.truncate(limit);
                    assert_eq!(list.remove_matching(&text, limit, from_back), places.len());
                    places.sort();
                    places.iter().rev().for_each(|&place| drop(model.remove(place)));
                }
                7 => assert_eq!(list.pop_back().map(Bytes::into_vec), model.pop()),
                8 => {
                    let first = (!model.is_empty()).then(|| model.remove(0));
                    assert_eq!(list.pop_front().map(Bytes::into_vec), first);
                }
                _ => {
                    let count = random.index(20);
                    let end = (index + count).min(model.len());
                    assert_eq!(list.remove_range(index, count), end - index);
                    model.drain(index..end);
                }
            }
            verify(&list, &model);
            verify_fill(&list, fill);
        }
    }
}

#[test]
fn a_million_elements_cost_little_more_than_their_text() {
    let fill = Fill::new(-2);
    for front in [false, true] {
        let mut list = Quicklist::new();
        for number in 0..1_000_000 {
            let text = format!("element:{number:05}");
            let element = Element::Bytes(&text.as_bytes()[..13]);
            if front { list.push_front(element, fill) } else { list.push_back(element, fill) }
        }
        let each = list.heap_bytes() as f64 / 1e6;
        assert!(each < 15.2, "{each}");
    }
}
