//! What a text may be, for the settings that do not take every text.

/// Takes every text.
///
/// # Errors
/// Never.
pub fn anything(_text: &[u8]) -> Result<(), &'static str> {
    Ok(())
}

/// The name of the snapshot's file.
///
/// # Errors
/// When it leads to another folder.
pub fn snapshot_name(text: &[u8]) -> Result<(), &'static str> {
    if is_base_name(text) { Ok(()) } else { Err("dbfilename can't be a path, just a filename") }
}

/// What the files of the journal are called.
///
/// # Errors
/// When it is empty or leads to another folder.
pub fn journal_name(text: &[u8]) -> Result<(), &'static str> {
    match text {
        [] => Err("appendfilename can't be empty"),
        _ if is_base_name(text) => Ok(()),
        _ => Err("appendfilename can't be a path, just a filename"),
    }
}

/// The folder of the journal.
///
/// # Errors
/// When it is empty or leads to another folder.
pub fn journal_folder(text: &[u8]) -> Result<(), &'static str> {
    match text {
        [] => Err("appenddirname can't be empty"),
        _ if is_base_name(text) => Ok(()),
        _ => Err("appenddirname can't be a path, just a dirname"),
    }
}

fn is_base_name(text: &[u8]) -> bool {
    !text.iter().any(|byte| b"/\\".contains(byte))
}

/// The longest host name, with the NUL that ends it in C.
const HOST_NAME_BYTES: usize = 256;

/// A host's name.
///
/// # Errors
/// When it is too long or holds other characters than a name has.
pub fn host_name(text: &[u8]) -> Result<(), &'static str> {
    if text.len() >= HOST_NAME_BYTES {
        return Err("Hostnames must be less than 256 characters");
    }
    if text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte)) {
        return Ok(());
    }
    Err("Hostnames may only contain alphanumeric characters, hyphens or dots")
}

/// What people call a node of a cluster.
///
/// # Errors
/// When it is too long or holds characters that its file has a use for.
pub fn node_name(text: &[u8]) -> Result<(), &'static str> {
    if text.len() >= HOST_NAME_BYTES {
        return Err("Nodenames must be less than 256 characters");
    }
    let is_printable = |byte: &u8| (b'!'..=b'~').contains(byte);
    if text.iter().all(|byte| is_printable(byte) && !b"!#$%&()*+:;<>?@[]^{|}~".contains(byte)) {
        return Ok(());
    }
    Err("Announced human node name contained invalid character")
}

/// The variables of `proc-title-template`, and whether they may stand for nothing.
const VARIABLES: &[(&[u8], bool)] = &[
    (b"title", true),
    (b"listen-addr", false),
    (b"server-mode", false),
    (b"port", false),
    (b"tls-port", false),
    (b"unixsocket", true),
    (b"config-file", true),
];

/// A text with variables in braces, of which two in a row stand for one brace.
///
/// # Errors
/// When it may come out empty, has an unknown variable or one that does not end.
pub fn process_title(text: &[u8]) -> Result<(), &'static str> {
    const WRONG: &str = "template format is invalid or contains unknown variables";
    let (mut rest, mut is_empty) = (text, true);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'{' {
            is_empty &= b" \t\r\n".contains(&byte);
        } else if let Some(after) = after.strip_prefix(b"{") {
            (rest, is_empty) = (after, false);
        } else {
            let end = after.iter().position(|&byte| byte == b'}').ok_or(WRONG)?;
            let (name, tail) = after.split_at_checked(end).ok_or(WRONG)?;
            is_empty &= VARIABLES.iter().find(|(variable, _)| *variable == name).ok_or(WRONG)?.1;
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    if is_empty { Err(WRONG) } else { Ok(()) }
}
