//! Writing the elements of collections into a reply.

use crate::encoding::{Digits, Element};
use crate::resp::Reply;

/// An element as a byte string.
#[inline]
pub fn write_element(reply: &mut Reply, element: Element) {
    match element {
        Element::Bytes(bytes) => reply.bulk(bytes),
        Element::Int(number) => reply.bulk(Digits::default().write(number)),
    }
}

/// An element as a byte string, or null.
pub fn write_optional(reply: &mut Reply, element: Option<Element>) {
    match element {
        Some(element) => write_element(reply, element),
        None => reply.null(),
    }
}
