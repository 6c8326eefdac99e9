//! Where each service is reached, by every name that another may use for it.

use indexmap::IndexMap;

use crate::compose::{Project, Service};
use crate::lower::placement::Placement;
use crate::lower::replacement::{self, Managed};
use crate::lower::{Findings, Input};
use crate::source::Spanned;

/// How a service is reached from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lower) enum Address {
    /// A container of the same task.
    SameTask,
    /// A service of another task, under its own name.
    OtherTask,
    /// A managed service.
    Managed(Box<Managed>),
    /// AWS itself: whoever names it finds it better without being told.
    Ambient,
    /// Nowhere.
    Dropped,
    /// Replaced by something whose endpoint nobody said, which is reported already.
    Unknown,
}

/// All names and addresses of one project.
pub(in crate::lower) struct Addresses<'a> {
    /// Service by each name that all others know.
    names: IndexMap<String, &'a str>,
    /// Service by alias, for the one service that has the link.
    links: IndexMap<&'a str, IndexMap<String, &'a str>>,
    /// The addresses of services that are not containers.
    outside: IndexMap<&'a str, Address>,
    placement: &'a Placement,
    project: &'a Project,
}

impl<'a> Addresses<'a> {
    /// The service that `user` means by a name, and how it gets there.
    pub(in crate::lower) fn of(&self, user: &str, name: &str) -> Option<(&'a str, &Address)> {
        let linked = self.links.get(user).and_then(|it| it.get(name));
        let target = *linked.or_else(|| self.names.get(name))?;
        let address = match self.outside.get(target) {
            Some(address) => address,
            None if self.placement.share_task(user, target) => &Address::SameTask,
            None => &Address::OtherTask,
        };
        Some((target, address))
    }

    /// The services that run on ECS.
    pub(super) fn services(&self) -> impl Iterator<Item = &'a Service> {
        let placement = self.placement;
        self.project.services.values().filter(|it| placement.is_container(&it.name))
    }

    /// The host of what takes the place of a service.
    pub(in crate::lower) fn host_of(&self, service: &str) -> Option<&str> {
        match self.outside.get(service)? {
            Address::Managed(managed) => Some(&managed.host),
            _ => None,
        }
    }
}

impl<'a> Addresses<'a> {
    /// Every name that `user` has for a service, with the service and the way there.
    pub(in crate::lower) fn all<'b>(
        &'b self,
        user: &str,
    ) -> impl Iterator<Item = (&'b str, &'a str, &'b Address)> {
        let linked = self.links.get(user).into_iter().flat_map(|it| it.keys());
        let own: Vec<&String> = linked.filter(|it| !self.names.contains_key(*it)).collect();
        let user = user.to_owned();
        self.names.keys().chain(own).filter_map(move |name| {
            let (target, address) = self.of(&user, name)?;
            Some((name.as_str(), target, address))
        })
    }
}

/// Collects service names, container names, host names, network aliases and links.
pub(in crate::lower) fn addresses<'a>(
    input: Input<'a>,
    placement: &'a Placement,
    findings: &mut Findings<'_>,
) -> Addresses<'a> {
    let project = input.project;
    let mut names: IndexMap<String, &str> =
        project.services.keys().map(|it| (it.clone(), it.as_str())).collect();
    let mut links = IndexMap::new();
    for service in project.services.values() {
        for alias in aliases(service) {
            names.entry(alias).or_insert(&service.name);
        }
        let linked: IndexMap<String, &str> =
            service.links.iter().filter_map(|it| link(it, project)).collect();
        if !linked.is_empty() {
            links.insert(service.name.as_str(), linked);
        }
    }
    let mut outside = IndexMap::new();
    for (name, replacement) in &placement.replaced {
        if let Some((key, service)) = project.services.get_key_value(name) {
            let address = replacement::address(input, service, replacement, findings);
            outside.insert(key.as_str(), address);
        }
    }
    Addresses { names, links, outside, placement, project }
}

fn aliases(service: &Service) -> impl Iterator<Item = String> {
    let single = ["container_name", "hostname"].into_iter().filter_map(|key| service.text(key));
    let of_networks = service.networks.values().flat_map(|(_, aliases)| aliases.iter().cloned());
    single.map(|it| it.value.to_owned()).chain(of_networks)
}

fn link<'a>(text: &Spanned<String>, project: &'a Project) -> Option<(String, &'a str)> {
    let (name, alias) = text.value.split_once(':').unwrap_or((&text.value, &text.value));
    let (key, _) = project.services.get_key_value(name)?;
    Some((alias.to_owned(), key.as_str()))
}
