//! DEBUG PROTOCOL: a reply of each type, for those who write clients.

use crate::command::Error;
use crate::resp::Reply;

/// Writes an example of the type with this name.
///
/// # Errors
/// When there is no such type, or the client's protocol has none.
pub fn write(reply: &mut Reply, name: &[u8]) -> Result<(), Error> {
    const UNKNOWN: Error = Error::Static(
        "ERR Wrong protocol type name. Please use one of the following: \
         string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
    );
    const ONLY_RESP3: Error = Error::Static("ERR RESP2 is not supported by this command");
    const COUNT: usize = 3;
    match name.to_ascii_lowercase().as_slice() {
        b"string" => reply.bulk(b"Hello World"),
        b"integer" => reply.integer(12_345),
        #[expect(clippy::approx_constant, reason = "the real server's example, which is not pi")]
        b"double" => reply.double(3.141),
        b"null" => reply.null(),
        b"array" => {
            reply.array(COUNT);
            (0..COUNT as i64).for_each(|number| reply.integer(number));
        }
        b"set" => {
            reply.set(COUNT);
            (0..COUNT as i64).for_each(|number| reply.integer(number));
        }
        b"map" => {
            reply.map(COUNT);
            for number in 0..COUNT as i64 {
                reply.integer(number);
                reply.boolean(number == 1);
            }
        }
        b"attrib" => {
            if reply.resp3 {
                reply.attribute(1);
                reply.bulk(b"key-popularity");
                reply.array(2);
                reply.bulk(b"key:123");
                reply.integer(90);
            }
            reply.bulk(b"Some real reply following the attribute");
        }
        b"push" => {
            if !reply.resp3 {
                return Err(ONLY_RESP3);
            }
            reply.push(2);
            reply.bulk(b"server-cpu-usage");
            reply.integer(42);
            reply.bulk(b"Some real reply following the push reply");
        }
        b"verbatim" => reply.verbatim(b"txt", b"This is a verbatim\nstring"),
        b"true" => reply.boolean(true),
        b"false" => reply.boolean(false),
        b"bignum" => reply.big_number(b"1234567999999999999999999999999999999"),
        _ => return Err(UNKNOWN),
    }
    Ok(())
}
