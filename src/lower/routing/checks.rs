//! What the ways in may not be: alone, in pairs, and together at one task.

use indexmap::IndexSet;

use super::super::Input;
use super::super::placement::{Placement, TaskPlan};
use super::share_target;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::overlay::{HealthCheck, Ingress, Listener};
use crate::source::{Span, Spanned};

/// Reports every way in that Elastic Load Balancing, ECS or Route 53 would refuse, or that would take the requests of
/// another.
pub(super) fn check(input: Input<'_>, placement: &Placement, diagnostics: &mut Diagnostics) {
    let ways = &input.overlay.ingress;
    for (index, ingress) in ways.iter().enumerate() {
        check_alone(ingress, diagnostics);
        check_port(input, ingress, diagnostics);
        check_zone(input, ingress, diagnostics);
        check_against(&ways[..index], ingress, placement, diagnostics);
    }
    for plan in &placement.tasks {
        check_task(input, plan, diagnostics);
    }
}

fn refuse(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, span, message)
}

fn check_alone(ingress: &Ingress, diagnostics: &mut Diagnostics) {
    let Some(listeners) = &ingress.listeners else {
        if let Some(login) = &ingress.authenticate {
            let message = "without a `listener` nobody asks for this login";
            let diagnostic = refuse(login.span, message);
            diagnostics.report(
                diagnostic
                    .help("only load balancers do: name a `listener`, or take `authenticate` out"),
            );
        }
        if let Some(check) = &ingress.health_check {
            let message = "without a `listener` nobody makes this health check";
            let warning = Diagnostic::warning(Code::IgnoredKey, check.span, message);
            diagnostics.add(
                warning.help("the `healthcheck` of the service says whether its container works"),
            );
        }
        return;
    };
    if ingress.host.is_none() && ingress.path.is_none() {
        let message =
            format!("`{}` would take all requests of this listener", ingress.service.value);
        let diagnostic = refuse(listeners.span, message);
        diagnostics.report(diagnostic.help("say which ones with `host`, `path` or both, for example `host: \"{{branch}}.example.com\"`"));
    }
    let is_plain = |it: &Listener| matches!(it, Listener::Of { port: Some(80), .. });
    if let Some(login) = &ingress.authenticate
        && listeners.value.iter().any(is_plain)
    {
        let diagnostic = refuse(login.span, "a listener on port 80 cannot ask for a login");
        let diagnostic = diagnostic.label(listeners.span, "the listener");
        diagnostics.report(
            diagnostic.help("load balancers only do so over HTTPS: take the listener on port 443"),
        );
    }
}

/// A port of the laptop is easily taken for that of the container.
fn check_port(input: Input<'_>, ingress: &Ingress, diagnostics: &mut Diagnostics) {
    let Some(service) = input.project.services.get(&ingress.service.value) else { return };
    let number = ingress.port.value;
    let is_named = service.expose.iter().any(|it| it.value == number)
        || service.ports.iter().any(|it| it.target.value == number);
    let mut ports = service.ports.iter();
    let published = ports.find_map(|it| {
        let published = it.published.as_ref()?;
        (published.value == number.to_string()).then_some((it.target.value, published.span))
    });
    let Some((target, place)) = published.filter(|_| !is_named) else { return };
    let message = format!("port {number} of `{}` is one of the laptop alone", service.name);
    let warning = Diagnostic::warning(Code::IngressPort, ingress.port.span, message);
    let warning = warning.label(place, format!("the container listens on {target}"));
    diagnostics.add(warning.help(format!("write `port: {target}`")));
}

/// Route 53 refuses records outside of their zone.
fn check_zone(input: Input<'_>, ingress: &Ingress, diagnostics: &mut Diagnostics) {
    let (Some(dns), Some(host)) = (&input.overlay.dns, &ingress.host) else { return };
    let zone = dns.zone.value.trim_end_matches('.').to_lowercase();
    let name = host.value.to_lowercase();
    let is_inside = name.strip_suffix(&zone).is_some_and(|it| it.is_empty() || it.ends_with('.'));
    // Ids of zones have no dot.
    let is_certain = zone.contains('.')
        && [host.span, dns.zone.span].iter().all(|it| !diagnostics.has_error_at(*it));
    if is_certain && !is_inside {
        let message = format!("the host `{}` is outside of the zone `{zone}`", host.value);
        diagnostics.report(refuse(host.span, message).label(dns.zone.span, "the zone"));
    }
}

/// Compares a way in with those before it; each kind of clash is said once, with the first of them.
fn check_against(
    earlier: &[Ingress],
    ingress: &Ingress,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    let place = ingress.service.span;
    if let Some(first) = earlier.iter().find(|it| take_same_requests(it, ingress)) {
        let diagnostic = refuse(place, "two ways in have the same listener, host and path");
        let diagnostic = diagnostic.label(first.service.span, "first here");
        diagnostics.report(
            diagnostic.help("a request goes to one of them: let them differ in `host` or `path`"),
        );
    }
    let task = |it: &Ingress| placement.task_of(&it.service.value);
    let clashes = |it: &&Ingress| task(it) != task(ingress) && claim_same_host(it, ingress);
    if let (Some(first), Some(host)) = (earlier.iter().find(clashes), &ingress.host) {
        let diagnostic = refuse(place, format!("the host `{}` leads to two tasks", host.value));
        let diagnostic = diagnostic.label(first.service.span, "first here");
        diagnostics.report(diagnostic.help("the address of a task is the only one of its host: give each a host of its own, or all a `listener`"));
    }
    check_target(earlier, ingress, diagnostics);
}

/// Ways in to one port share a target group, which has one health check and one load balancer.
fn check_target(earlier: &[Ingress], ingress: &Ingress, diagnostics: &mut Diagnostics) {
    let target = format!("port {} of `{}`", ingress.port.value, ingress.service.value);
    let sharing = earlier.iter().filter(|it| share_target(it, ingress));
    if let Some(first) = sharing.clone().find(|it| are_of_two_load_balancers(it, ingress)) {
        let message = format!("{target} is behind two load balancers");
        let diagnostic = refuse(ingress.service.span, message);
        let diagnostic = diagnostic.label(first.service.span, "first here");
        diagnostics.report(diagnostic.help("ways in to one port share a target group, which takes one load balancer: let the container listen on a second port"));
    }
    let check = ingress.health_check.as_ref();
    let differs = |it: &Spanned<HealthCheck>| check.is_some_and(|check| check.value != it.value);
    let other = sharing.filter_map(|it| it.health_check.as_ref()).find(|it| differs(it));
    if let (Some(check), Some(other)) = (check, other) {
        let message = format!("{target} has two health checks");
        let diagnostic = refuse(check.span, message).label(other.span, "the other one");
        diagnostics.report(diagnostic.help("ways in to one port share a target group, which has one health check: keep one of them"));
    }
}

fn are_of_two_load_balancers(one: &Ingress, other: &Ingress) -> bool {
    let names = |it: &Ingress| -> Vec<String> {
        let listeners = it.listeners.iter().flat_map(|it| &it.value);
        listeners.map(|it| load_balancer(it).to_owned()).collect()
    };
    let (ones, others) = (names(one), names(other));
    !ones.is_empty() && !others.is_empty() && !ones.iter().any(|it| others.contains(it))
}

/// The name of a load balancer; in its ARN and those of its listeners it is the third of the parts between slashes.
fn load_balancer(listener: &Listener) -> &str {
    let (Listener::Arn(text) | Listener::Of { load_balancer: text, .. }) = listener;
    text.split('/').nth(2).unwrap_or(text)
}

fn same_host(one: &Ingress, other: &Ingress) -> bool {
    let host = |it: &Ingress| it.host.as_ref().map(|it| it.value.to_lowercase());
    host(one) == host(other)
}

fn take_same_requests(one: &Ingress, other: &Ingress) -> bool {
    let path = |it: &Ingress| it.path.as_ref().map(|it| it.value.clone());
    let (Some(ones), Some(others)) = (&one.listeners, &other.listeners) else { return false };
    let shared = ones.value.iter().any(|it| others.value.contains(it));
    shared && same_host(one, other) && path(one) == path(other)
}

/// Whether two ways in have one host, and its record cannot be that of a load balancer for both.
fn claim_same_host(one: &Ingress, other: &Ingress) -> bool {
    let is_bare = one.listeners.is_none() || other.listeners.is_none();
    is_bare && one.host.is_some() && same_host(one, other)
}

/// How many target groups ECS lets a service have.
const TARGET_GROUPS: usize = 5;

fn check_task(input: Input<'_>, plan: &TaskPlan, diagnostics: &mut Diagnostics) {
    let ways = input.overlay.ingress.iter().filter(|it| plan.services.contains(&it.service.value));
    let (routed, bare): (Vec<&Ingress>, Vec<&Ingress>) =
        ways.partition(|it| it.listeners.is_some());
    if let (Some(routed), Some(bare)) = (routed.first(), bare.first()) {
        let message = "a task is reached through a load balancer or at its own address, not both";
        let diagnostic = refuse(bare.service.span, message).at("without a `listener`");
        let diagnostic = diagnostic.label(routed.service.span, "with one");
        diagnostics.report(diagnostic.help("give all ways in to the task a `listener`, or none"));
    }
    let task = plan.name.as_ref().and_then(|it| input.overlay.tasks.get(it));
    let count = task.and_then(|it| it.count.as_ref()).filter(|it| it.value != 1);
    if let (Some(count), Some(bare)) = (count, bare.first()) {
        let message = format!(
            "a task that is reached at its own address runs once, not {} times",
            count.value
        );
        let diagnostic =
            refuse(count.span, message).label(bare.service.span, "without a `listener`");
        diagnostics.report(diagnostic.help("name a `listener`, or take `count` out"));
    }
    let mut groups = IndexSet::new();
    for ingress in routed {
        groups.insert((&ingress.service.value, ingress.port.value));
        if groups.len() > TARGET_GROUPS {
            let message = format!(
                "ECS gives a service at most {TARGET_GROUPS} target groups, and this is one more"
            );
            let diagnostic = Diagnostic::error(Code::FargateRule, ingress.service.span, message);
            diagnostics.report(diagnostic.help("every port of every container that has a way in is one: split the task with `tasks:`"));
            break;
        }
    }
}
