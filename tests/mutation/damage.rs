//! What can happen to a text: lines and bytes are lost, doubled and swapped, marks of YAML come in.

use proptest::prelude::{Strategy, any, prop_oneof};

/// What gives YAML its structure, and Compose its own marks.
const INDICATORS: [&str; 34] = [
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a ",
    "!reset ",
    "!override ",
    "!!str ",
    "|\n",
    ">-\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "<<: *a\n",
    "---\n",
    "...\n",
    "\t",
    "\r",
    "\u{feff}",
    "~",
    "${",
    "$",
    "\\",
    "0777",
    "\0",
    "\n",
];

/// One damage; positions are shares of the text, so that they stay in it whatever the others did.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mutation {
    DeleteLine(u16),
    DuplicateLine(u16),
    SwapLines(u16, u16),
    DeleteByte(u16),
    DuplicateByte(u16),
    SwapBytes(u16, u16),
    Truncate(u16),
    Insert(u16, u16),
}

/// Any damage.
pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<u16>;
    prop_oneof![
        at().prop_map(Mutation::DeleteLine),
        at().prop_map(Mutation::DuplicateLine),
        (at(), at()).prop_map(|(left, right)| Mutation::SwapLines(left, right)),
        at().prop_map(Mutation::DeleteByte),
        at().prop_map(Mutation::DuplicateByte),
        (at(), at()).prop_map(|(left, right)| Mutation::SwapBytes(left, right)),
        at().prop_map(Mutation::Truncate),
        (at(), at()).prop_map(|(place, which)| Mutation::Insert(place, which)),
    ]
}

/// The text after all damages.
pub(crate) fn damage(original: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut text = original.to_vec();
    for mutation in mutations {
        if !text.is_empty() {
            apply(*mutation, &mut text);
        }
    }
    text
}

fn apply(mutation: Mutation, text: &mut Vec<u8>) {
    let share = |at: u16, length: usize| usize::from(at) * length / (usize::from(u16::MAX) + 1);
    let length = text.len();
    match mutation {
        Mutation::DeleteByte(at) => drop(text.remove(share(at, length))),
        Mutation::DuplicateByte(at) => text.insert(share(at, length), text[share(at, length)]),
        Mutation::SwapBytes(left, right) => text.swap(share(left, length), share(right, length)),
        Mutation::Truncate(at) => text.truncate(share(at, length)),
        Mutation::Insert(at, which) => {
            let place = share(at, length);
            let indicator = INDICATORS[share(which, INDICATORS.len())];
            text.splice(place..place, indicator.bytes());
        }
        Mutation::DeleteLine(at) => edit_lines(text, |lines| {
            lines.remove(share(at, lines.len()));
        }),
        Mutation::DuplicateLine(at) => edit_lines(text, |lines| {
            let place = share(at, lines.len());
            lines.insert(place, lines[place]);
        }),
        Mutation::SwapLines(left, right) => edit_lines(text, |lines| {
            let count = lines.len();
            lines.swap(share(left, count), share(right, count));
        }),
    }
}

fn edit_lines(text: &mut Vec<u8>, edit: impl FnOnce(&mut Vec<&[u8]>)) {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|it| *it == b'\n').collect();
    edit(&mut lines);
    *text = lines.concat();
}
