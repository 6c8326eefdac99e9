//! Texts that name services of other tasks -> what Service Connect has to offer for them.

use super::text::Place;
use super::{Address, port_of};
use crate::lower::connect::Use;
use crate::lower::{Findings, Scope};
use crate::source::{Span, Spanned};

/// The word that holds an offset of the words joined by line feeds.
pub(super) fn word_at(words: &[Spanned<String>], at: usize) -> &Spanned<String> {
    let mut end = 0;
    let holds = |it: &&Spanned<String>| {
        end += it.value.len() + 1;
        at < end
    };
    words.iter().find(holds).expect("the offset is one of the joined words")
}

/// Takes note of the services of other tasks that a text names; `place` says where an offset of it stands.
pub(super) fn note_distant(
    scope: &Scope<'_>,
    (owner, places): (&str, &[Place]),
    text: &str,
    place: impl Fn(usize) -> Span,
    findings: &mut Findings<'_>,
) {
    let user = &scope.service.name;
    for found in places {
        let Some((target, Address::OtherTask)) =
            scope.addresses.of(user, &text[found.host.clone()])
        else {
            continue;
        };
        let (span, port) = (place(found.host.start), port_of(text, found));
        if let Some(port) = port {
            findings.reached.entry((target.to_owned(), port)).or_insert(span);
        }
        findings.distant.push(Use {
            user: user.clone(),
            target: target.to_owned(),
            port,
            owner: Some(owner.to_owned()),
            span,
        });
    }
}
