//! What the table `redis` and the protection of globals need of functions that know nothing of the node.

use lua::{Call, Failure, Step, Value};

use crate::base::sha1::sha1_hex;

/// `pcall`: where an error is a table with a text in `err`, as those of `redis.call` are, the text is what the caller
/// gets, as it was before Redis 7.
pub fn protected_call(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_any(0)?;
    for &argument in call.arguments() {
        call.push(argument);
    }
    let handler = call.upvalue(0);
    Ok(Step::Protected { handler: Some(handler) })
}

/// The handler of [`protected_call`].
pub fn text_of_error(call: &mut Call<'_>) -> Result<Step, Failure> {
    let error = call.argument(0);
    if let Value::Table(table) = error {
        let text = call.heap.get_bytes(table, b"err");
        if matches!(text, Value::String(_) | Value::Number(_)) {
            return call.returns(text);
        }
    }
    call.returns(error)
}

/// The `__index` of protected tables.
pub fn unknown_name(call: &mut Call<'_>) -> Result<Step, Failure> {
    if call.count() != 2 {
        return Err(call.error("Wrong number of arguments to luaProtectedTableError"));
    }
    match call.heap.to_string(call.argument(1))? {
        Some(name) => {
            let name = call.heap.bytes(name);
            // A C string ends at its first NUL.
            let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
            Err(call.error([b"Script attempted to access nonexistent global variable '", name, b"'"].concat()))
        }
        None => Err(call.error("Second argument to luaProtectedTableError must be a string or number")),
    }
}

/// `redis.error_reply`
pub fn error_reply(call: &mut Call<'_>) -> Result<Step, Failure> {
    let Some(text) = only_string(call) else {
        let error = super::values::error_table(call.heap, b"wrong number or type of arguments", false)?;
        return call.returns(error);
    };
    let text = if text.starts_with(b"-") { text } else { [b"-", text.as_slice()].concat() };
    let error = super::values::error_table(call.heap, &text, false)?;
    call.returns(error)
}

/// `redis.status_reply`
pub fn status_reply(call: &mut Call<'_>) -> Result<Step, Failure> {
    let Some(text) = only_string(call) else {
        let error = super::values::error_table(call.heap, b"wrong number or type of arguments", false)?;
        return call.returns(error);
    };
    let status = call.heap.table(0, 1)?;
    let text = call.heap.string(&text)?;
    call.heap.set_bytes(status, b"ok", Value::String(text))?;
    call.returns(Value::Table(status))
}

/// The one argument when it is a string; numbers do not count as such.
fn only_string(call: &Call<'_>) -> Option<Vec<u8>> {
    if call.count() != 1 {
        return None;
    }
    call.heap.string_bytes(call.argument(0)).map(<[u8]>::to_vec)
}

/// `redis.sha1hex`
pub fn sha1hex(call: &mut Call<'_>) -> Result<Step, Failure> {
    if call.count() != 1 {
        let error = super::values::error_table(call.heap, b"wrong number of arguments", false)?;
        return Err(Failure::Error(error));
    }
    let text = call.heap.to_string(call.argument(0))?;
    let text = text.map_or(Vec::new(), |text| call.heap.bytes(text).to_vec());
    call.budget.spend(text.len() / 4);
    call.push_bytes(&sha1_hex(&text))?;
    Ok(Step::Return)
}

/// `redis.replicate_commands`, which is how it always is since Redis 7.
pub fn replicate_commands(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.returns(Value::Boolean(true))
}

/// `redis.breakpoint`: nobody debugs.
pub fn breakpoint(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.returns(Value::Boolean(false))
}

/// `redis.debug`: nobody listens.
pub fn debug(_call: &mut Call<'_>) -> Result<Step, Failure> {
    Ok(Step::Return)
}
