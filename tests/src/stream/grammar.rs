//! The little language in which the forms of commands are written, and drawing a command from a form.
//!
//! ```text
//! 4 ZADD key [NX|XX] [CH] (score member)...
//! ```
//!
//! A leading number is the form's weight. Upper case and `'quoted` stand for themselves; lower case names a kind of
//! argument (see [`super::arguments`]). `[..]` may be left out, `a|b` is one of them, `(..)` groups, `...` repeats once or more
//! often, `#x...` is preceded by its number of repetitions, and `=x` repeats as often as the last `#` did.
//! Neighbouring options come in any order.

use super::arguments::Arguments;
use crate::wire::Command;

#[derive(Debug)]
enum Item {
    Word(&'static str),
    Kind(&'static str),
    Optional(Box<Item>),
    OneOf(Vec<Item>),
    Sequence(Vec<Item>),
    Repeated(Box<Item>),
    Counted(Box<Item>),
    SameCount(Box<Item>),
}

/// One way to write a command.
#[derive(Debug)]
pub struct Form {
    weight: u64,
    items: Vec<Item>,
}

/// Parses the forms whose command is allowed.
pub fn parse_all(forms: &[&'static str], allowed: &dyn Fn(&str) -> bool) -> Vec<Form> {
    forms.iter().filter(|text| allowed(&command_of(text))).map(|text| parse(text)).collect()
}

/// The name of the command that a form is about.
pub fn command_of(text: &'static str) -> String {
    let form = parse(text);
    let words = form.items.iter().map_while(|item| if let Item::Word(word) = item { Some(word) } else { None });
    super::name(&words.map(|word| word.as_bytes().to_vec()).collect::<Command>())
}

fn parse(text: &'static str) -> Form {
    let tokens = tokens(text);
    let (weight, rest) = match tokens.first().and_then(|token| token.parse().ok()) {
        Some(weight) => (weight, &tokens[1..]),
        None => (1, &tokens[..]),
    };
    let mut at = 0;
    let item = alternatives(rest, &mut at);
    assert!(at == rest.len(), "unbalanced form: {text}");
    let items = if let Item::Sequence(items) = item { items } else { vec![item] };
    Form { weight, items }
}

fn tokens(text: &'static str) -> Vec<&'static str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let length = if rest.starts_with("...") {
            3
        } else if rest.starts_with(['[', ']', '(', ')', '|', '#', '=']) {
            1
        } else {
            rest.find(|c: char| c.is_whitespace() || "[]()|#=".contains(c))
                .unwrap_or(rest.len())
                .min(rest.find("...").unwrap_or(rest.len()))
        };
        let (token, tail) = rest.split_at(length);
        tokens.push(token);
        rest = tail.trim_start();
    }
    tokens
}

fn alternatives(tokens: &[&'static str], at: &mut usize) -> Item {
    let mut choices = vec![sequence(tokens, at)];
    while tokens.get(*at) == Some(&"|") {
        *at += 1;
        choices.push(sequence(tokens, at));
    }
    if choices.len() == 1 { choices.remove(0) } else { Item::OneOf(choices) }
}

fn sequence(tokens: &[&'static str], at: &mut usize) -> Item {
    let mut items = Vec::new();
    while let Some(&token) = tokens.get(*at) {
        if matches!(token, "]" | ")" | "|") {
            break;
        }
        items.push(item(tokens, at));
    }
    Item::Sequence(items)
}

fn item(tokens: &[&'static str], at: &mut usize) -> Item {
    let token = tokens[*at];
    *at += 1;
    let mut item = match token {
        "#" => return Item::Counted(Box::new(item(tokens, at))),
        "=" => return Item::SameCount(Box::new(item(tokens, at))),
        "[" | "(" => {
            let inner = alternatives(tokens, at);
            *at += 1;
            if token == "[" { Item::Optional(Box::new(inner)) } else { inner }
        }
        word if word.starts_with(|c: char| c.is_ascii_lowercase()) => Item::Kind(word),
        word => Item::Word(word.trim_start_matches('\'')),
    };
    if tokens.get(*at) == Some(&"...") {
        *at += 1;
        item = Item::Repeated(Box::new(item));
    }
    item
}

/// Draws a form by weight, and a command from it.
pub fn sample(forms: &[Form], arguments: &mut Arguments) -> Command {
    let total = forms.iter().map(|form| form.weight).sum();
    let mut ticket = arguments.random.below(total);
    let form = forms.iter().find(|form| {
        let hit = ticket < form.weight;
        ticket = ticket.wrapping_sub(form.weight);
        hit
    });
    let mut command = Command::new();
    if let Some(form) = form {
        draw_all(&form.items, arguments, &mut command);
    }
    command
}

fn draw_all(items: &[Item], arguments: &mut Arguments, out: &mut Command) {
    let mut order: Vec<&Item> = items.iter().collect();
    let mut start = 0;
    while start < order.len() {
        let length = order[start..].iter().take_while(|item| matches!(item, Item::Optional(_))).count();
        for at in (1..length).rev() {
            order.swap(start + at, start + arguments.random.index(at + 1));
        }
        start += length + 1;
    }
    for item in order {
        draw(item, arguments, out);
    }
}

fn draw(item: &Item, arguments: &mut Arguments, out: &mut Command) {
    match item {
        Item::Word(word) => out.push(arguments.word(word)),
        Item::Kind(kind) => out.push(arguments.of(kind)),
        Item::Optional(inner) => {
            if arguments.random.below(5) < 2 {
                draw(inner, arguments, out);
            }
        }
        Item::OneOf(choices) => {
            let index = arguments.random.index(choices.len());
            draw(&choices[index], arguments, out);
        }
        Item::Sequence(items) => draw_all(items, arguments, out),
        Item::Repeated(inner) => {
            for _ in 0..arguments.repetitions() {
                draw(inner, arguments, out);
            }
        }
        Item::Counted(inner) => {
            let inner = if let Item::Repeated(inner) = inner.as_ref() { inner } else { inner };
            let count = 1 + arguments.random.index(3);
            let said = arguments.count_for(count);
            out.push(said);
            for _ in 0..count {
                draw(inner, arguments, out);
            }
            arguments.last_count = count;
        }
        Item::SameCount(inner) => {
            let wrong = usize::from(arguments.random.below(20) == 0);
            for _ in 0..arguments.last_count + wrong {
                draw(inner, arguments, out);
            }
        }
    }
}
