//! A service that names itself: where it listens, and what it tells others to call it.

use std::ops::Range;

use super::addresses::{Address, Addresses};
use super::text::{Form, Kind, Place};
use super::{known_places, pair_key};
use crate::compose::Service;
use crate::lower::connect::alias;
use crate::redact::words;

/// What a service names itself for, other than to reach itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// It listens there.
    Listens,
    /// It tells services of other tasks to come there.
    Advertised,
}

impl Own {
    /// What stands in the place of the name.
    pub(super) fn address(self, service: &Service) -> String {
        match self {
            Self::Listens => "0.0.0.0".to_owned(),
            Self::Advertised => alias(&service.name),
        }
    }
}

/// Decides for a place in a text of `owner`, which is a variable or a key, that names the service itself.
pub(super) fn own(
    (service, owner): (&Service, &str),
    (text, place): (&str, &Place),
    addresses: &Addresses<'_>,
) -> Option<Own> {
    let key = key(text, &place.host);
    if advertises(owner) || key.is_some_and(advertises) {
        return is_reached_elsewhere(service, addresses).then_some(Own::Advertised);
    }
    let listens = listens(owner) || key.is_some_and(listens);
    // Kafka advertises what it listens on, unless it is told, and refuses to advertise all addresses.
    let has_default = |it: &str| words(it).last().is_some_and(|it| it == "listeners");
    let is_kept = [Some(owner), key].into_iter().flatten().any(has_default)
        && place.form == Form::Authority
        && !service.environment.keys().any(|it| advertises(it));
    (listens && !is_kept).then_some(Own::Listens)
}

/// The key of the pair that a place stands in: `advertised.listeners` of `--override advertised.listeners=PLAINTEXT://HOST:9092`.
fn key<'a>(text: &'a str, host: &Range<usize>) -> Option<&'a str> {
    let before = &text[..host.start];
    let start = before.rfind(char::is_whitespace).map_or(0, |it| it + 1);
    let sign = before[start..].find('=').map(|it| start + it + 1)?;
    let key = pair_key(&before[..sign])?;
    Some(key.strip_prefix("-D").unwrap_or(key))
}

fn advertises(name: &str) -> bool {
    const STARTS: [&str; 3] = ["advertise", "announce", "publish"];
    words(name).iter().any(|it| STARTS.iter().any(|start| it.starts_with(start)))
}

fn listens(name: &str) -> bool {
    let words = words(name);
    let is_word = |it: &String| {
        matches!(it.as_str(), "listen" | "listener" | "listeners" | "bind" | "binding")
    };
    // `server.address` of Spring, `server.host` of Kibana.
    let ends = |first: &str, last: &[&str]| {
        let [.., before, end] = words.as_slice() else { return false };
        before == first && last.contains(&end.as_str())
    };
    words.iter().any(is_word) || ends("server", &["host", "addr", "address"])
}

/// Whether a service of another task names this one, or waits for it.
fn is_reached_elsewhere(service: &Service, addresses: &Addresses<'_>) -> bool {
    let is_meant = |(target, address): (&str, &Address)| {
        target == service.name && *address == Address::OtherTask
    };
    addresses.services().any(|user| {
        let check = user.healthcheck.iter().flat_map(|it| &it.test);
        let words = user.command.iter().chain(&user.entrypoint).flatten().chain(check);
        let variables = user.environment.iter().map(|(name, it)| (Kind::Variable(name), &it.value));
        let mut texts = variables.chain(words.map(|it| (Kind::Command, it)));
        let names = |(kind, text): (Kind<'_>, &str)| {
            let places = known_places(user, text, kind, addresses);
            let mut found =
                places.iter().filter_map(|it| addresses.of(&user.name, &text[it.host.clone()]));
            found.any(is_meant)
        };
        texts.any(|(kind, text)| names((kind, &text.value)))
            || (user.depends_on.contains_key(&service.name)
                && addresses.of(&user.name, &service.name).is_some_and(is_meant))
    })
}
