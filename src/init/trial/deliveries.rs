//! Bind-mounted files and names of hosts, draft by draft: what can be delivered as it is, and why the rest stays.

use std::path::Path;

use indexmap::{IndexMap, IndexSet};

use super::{Amendments, DRAFT};
use crate::compose::Service;
use crate::compose::secrets::Origin;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::init::bound::{Bound, Verdict};
use crate::init::processes;
use crate::init::survey::{Survey, Surveyed};
use crate::source::{Sources, Span};
use crate::yaml::{Node, parse::documents};

/// What is known of deliveries after some drafts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::init) struct Deliveries {
    /// The first drafts deliver nothing: they show what is wrong without.
    is_tried: bool,
    /// The errors of those.
    errors: IndexSet<String>,
    /// Why files stay on the laptop, by service and target.
    stay: IndexMap<(String, String), String>,
    /// The services that get `hosts_file`, with the names that their files are known to have.
    hosts: IndexMap<String, IndexSet<String>>,
    /// Why services cannot have it.
    without_hosts: IndexMap<String, String>,
}

impl Deliveries {
    /// The files of a service that a draft delivers.
    pub(in crate::init) fn of<'s>(&self, surveyed: &'s Surveyed<'_>) -> Vec<&'s Bound> {
        let name = &surveyed.service.name;
        let fits = |it: &&Bound| {
            matches!(it.verdict, Verdict::Deliver(_))
                && self.is_tried
                && !self.stay.contains_key(&(name.clone(), it.target.clone()))
        };
        surveyed.files.iter().filter(fits).collect()
    }

    /// Why a file that could be delivered is not.
    pub(in crate::init) fn reason(&self, service: &str, target: &str) -> Option<&str> {
        self.stay.get(&(service.to_owned(), target.to_owned())).map(String::as_str)
    }

    /// Why a service whose files have names of others does not get `hosts_file`.
    pub(in crate::init) fn without_hosts(&self, service: &str) -> Option<&str> {
        self.without_hosts.get(service).map(String::as_str)
    }

    /// The names that files of a service have, when it gets `hosts_file`.
    pub(in crate::init) fn hosts(&self, service: &str) -> Option<&IndexSet<String>> {
        self.hosts.get(service)
    }
}

/// A draft that was compiled, and what it was made of.
pub(in crate::init) struct Attempt<'t, 'a> {
    pub(in crate::init) compilation: &'t crate::Compilation,
    pub(in crate::init) survey: &'t Survey<'a>,
    pub(in crate::init) sources: &'t Sources,
    /// What paths in messages begin from.
    pub(in crate::init) directory: &'t Path,
}

/// What a line of the draft asks for.
enum Asked {
    File(String, String),
    Hosts(String),
}

/// Who gets a file: the service, and the path of a bind-mounted one.
type User<'t> = (&'t str, Option<&'t str>);

impl Amendments {
    /// Learns what becomes of files and of the names in them.
    pub(super) fn deliver(&mut self, attempt: &Attempt<'_, '_>) {
        let diagnostics = &attempt.compilation.diagnostics;
        let errors = || diagnostics.iter().filter(|it| it.severity == Severity::Error);
        if !self.deliveries.is_tried {
            let messages = errors().map(|it| it.message.clone());
            self.deliveries.errors = messages.collect();
            self.deliveries.is_tried = attempt.has_something_to_deliver();
            return;
        }
        let before = self.clone();
        for diagnostic in diagnostics.iter().filter(|it| it.severity != Severity::Note) {
            match attempt.asked(diagnostic) {
                _ if diagnostic.code == Code::UnresolvedHost => {
                    self.resolve(attempt, diagnostic, &before);
                }
                Some(Asked::File(service, target))
                    if diagnostic.severity == Severity::Error
                        || diagnostic.code == Code::FileDelivery =>
                {
                    self.deliver_or_keep(attempt, (&service, &target), diagnostic, &before);
                }
                Some(Asked::Hosts(service)) if diagnostic.severity == Severity::Error => {
                    self.deliveries.hosts.shift_remove(&service);
                    self.deliveries.without_hosts.insert(service, reason(diagnostic));
                }
                _ => {}
            }
        }
        // What nobody can be blamed for is the price of the largest.
        let is_new = |it: &&Diagnostic| !self.deliveries.errors.contains(&it.message);
        if let (true, Some(error)) = (*self == before, errors().find(is_new)) {
            let why = match error.rule {
                Some("definition-size") => "with it, the task definition is too large".to_owned(),
                _ => format!("with it, {}", error.message),
            };
            self.keep_largest(attempt.survey, &why);
        }
    }

    /// Says what the image runs, where that is known, or leaves a file where it is.
    fn deliver_or_keep(
        &mut self,
        attempt: &Attempt<'_, '_>,
        (service, target): (&str, &str),
        diagnostic: &Diagnostic,
        before: &Self,
    ) {
        let Some(surveyed) = attempt.survey.services.get(service) else { return };
        let is_said = before.processes.contains_key(service);
        if !is_said && (self.processes.contains_key(service) || self.say_process(surveyed.service))
        {
            return;
        }
        let is_known = is_said || surveyed.service.entrypoint.is_some();
        let reason = if is_known { explained(diagnostic) } else { UNKNOWN.to_owned() };
        self.keep((service, target), reason);
    }

    /// Leaves a file on the laptop, with what was only said for its sake.
    fn keep(&mut self, (service, target): (&str, &str), reason: impl Into<String>) {
        let key = (service.to_owned(), target.to_owned());
        self.deliveries.stay.entry(key).or_insert_with(|| reason.into());
        self.deliveries.hosts.shift_remove(service);
        self.processes.shift_remove(service);
    }

    /// Whether there is something new to say.
    fn say_process(&mut self, service: &Service) -> bool {
        let known = processes::of(service).filter(|_| !self.processes.contains_key(&service.name));
        known.is_some_and(|it| self.processes.insert(service.name.clone(), it).is_none())
    }

    /// A name that nothing resolves: `/etc/hosts` gets it where it can, else the file does not help.
    fn resolve(&mut self, attempt: &Attempt<'_, '_>, diagnostic: &Diagnostic, before: &Self) {
        let span = diagnostic.labels[0].span;
        let users = attempt.users(span);
        let name = attempt.name(span);
        let fate = name.as_deref().and_then(|it| attempt.survey.services.get(it));
        let is_elsewhere = fate.is_some_and(|it| !it.is_container());
        let is_tried = |it: &User<'_>| {
            let names = before.deliveries.hosts.get(it.0);
            names.is_some_and(|it| name.as_ref().is_none_or(|name| it.contains(name)))
        };
        let why_not = |service: &str| {
            let own = attempt.survey.services.get(service).filter(|it| says_hosts(it.service));
            own.map(|_| "`hosts_file` is not on in the Compose file".to_owned())
                .or_else(|| before.deliveries.without_hosts.get(service).cloned())
        };
        let cannot = |it: &User<'_>| why_not(it.0).is_some();
        let (without, with): (Vec<_>, Vec<_>) = users.into_iter().partition(cannot);
        let new: Vec<&User<'_>> = with.iter().filter(|it| !is_elsewhere && !is_tried(it)).collect();
        for (service, _) in &new {
            let names = self.deliveries.hosts.entry((*service).to_owned()).or_default();
            names.extend(name.clone());
            self.say_process(attempt.survey.services[service].service);
        }
        let shown = name.map_or_else(|| "a service".to_owned(), |it| format!("`{it}`"));
        let stay = if without.is_empty() && new.is_empty() { &with } else { &without };
        for (service, target) in stay {
            let why = match why_not(service) {
                Some(why) => format!("names {shown}, and {why}"),
                None => format!("names {shown}, which is not a container of the task"),
            };
            if let Some(target) = target {
                self.keep((service, target), why);
            }
        }
    }

    fn keep_largest(&mut self, survey: &Survey<'_>, why: &str) {
        let delivered = survey.containers().flat_map(|surveyed| {
            let files = self.deliveries.of(surveyed);
            files.into_iter().map(|it| (surveyed.service.name.as_str(), it))
        });
        let size = |it: &Bound| match it.verdict {
            Verdict::Deliver(size) => size,
            _ => 0,
        };
        if let Some((service, largest)) = delivered.max_by_key(|(_, it)| size(it)) {
            let (service, target) = (service.to_owned(), largest.target.clone());
            self.keep((&service, &target), why);
        }
    }
}

/// Why neither the container nor another can write something.
const UNKNOWN: &str =
    "the container writes it before it starts, and what the image runs is not known";

fn reason(diagnostic: &Diagnostic) -> String {
    match diagnostic.code {
        Code::MissingFact => UNKNOWN_HOSTS.to_owned(),
        _ => diagnostic.message.clone(),
    }
}

/// A message with what stands at the place that explains it.
fn explained(diagnostic: &Diagnostic) -> String {
    match diagnostic.labels.get(1) {
        Some(label) => format!("{}: {}", diagnostic.message, label.text),
        None => diagnostic.message.clone(),
    }
}

const UNKNOWN_HOSTS: &str =
    "`/etc/hosts` is written before what the image runs, which is not known";

impl<'t> Attempt<'t, '_> {
    fn has_something_to_deliver(&self) -> bool {
        let mut files = self.survey.containers().flat_map(|it| &it.files);
        files.any(|it| matches!(it.verdict, Verdict::Deliver(_)))
            || self.compilation.diagnostics.iter().any(|it| it.code == Code::UnresolvedHost)
    }

    /// The line of the draft that a message is about.
    fn asked(&self, diagnostic: &Diagnostic) -> Option<Asked> {
        let span = diagnostic.labels[0].span;
        let sources = &self.compilation.sources;
        let file = span.file().filter(|it| sources.get(*it).path.ends_with(DRAFT))?;
        let read = documents(sources, file, &mut Diagnostics::default()).ok()?;
        let services = read.first()?.get("services")?.as_mapping()?;
        services.iter().find_map(|(name, entry)| {
            let extension = entry.node.get("x-ecs")?;
            let is_here = |it: &&Node| it.span.touches(span);
            let mut files =
                extension.get("files").and_then(Node::as_sequence).unwrap_or_default().iter();
            if let Some(file) = files.find(is_here) {
                return Some(Asked::File(name.clone(), file.as_str()?.replace("$$", "$")));
            }
            extension.get("hosts_file").filter(is_here).map(|_| Asked::Hosts(name.clone()))
        })
    }

    /// The name that stands at a place, when the place is no more than that.
    fn name(&self, span: Span) -> Option<String> {
        let text = self.compilation.sources.get(span.file()?).text.get(span.range())?;
        let fits = |it: char| it.is_ascii_alphanumeric() || "_.-".contains(it);
        text.chars().all(fits).then(|| text.to_owned())
    }

    /// The services that get the file, or the config, which a place is in.
    fn users(&self, span: Span) -> Vec<User<'t>> {
        let sources = &self.compilation.sources;
        let Some(file) = span.file() else { return Vec::new() };
        let path = Path::new(&sources.get(file).path);
        let is_read = |it: &str| {
            let it = Path::new(it);
            it.strip_prefix(self.directory).unwrap_or(it) == path
        };
        let configs = &self.survey.project.configs;
        let is_config = |name: &str| match configs.get(name).and_then(|it| it.origin.as_ref()) {
            Some(origin) => match &origin.value {
                Origin::File(path) => is_read(path),
                _ => self.sources.locate(origin.span) == sources.locate(span),
            },
            None => false,
        };
        let mut users = Vec::new();
        for surveyed in self.survey.containers() {
            let name = surveyed.service.name.as_str();
            let files = surveyed.files.iter().filter(|it| is_read(&it.source));
            users.extend(files.map(|it| (name, Some(it.target.as_str()))));
            let granted = surveyed.service.configs.iter().any(|it| is_config(&it.source.value));
            users.extend(granted.then_some((name, None)));
        }
        users
    }
}

/// Whether the Compose file itself says something of `hosts_file`.
fn says_hosts(service: &Service) -> bool {
    service.extension.as_ref().is_some_and(|it| it.get("hosts_file").is_some())
}
