//! Which service is the way in, at which port, and what shows that it works.

use super::catalogue::Role;
use super::survey::{Survey, Surveyed};
use crate::compose::Service;

/// A port of a service that people reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) service: String,
    pub(super) port: u16,
    /// Why it is thought to be one.
    pub(super) reason: String,
    /// What the service's own health check asks for, else nothing.
    pub(super) path: Option<String>,
    score: u32,
}

/// The ways in, the likeliest first: what a load balancer sends requests to already, then what looks like it.
pub(super) fn ways(survey: &Survey<'_>, target: Option<&(String, u16)>) -> Vec<Way> {
    let reachable = survey.containers().filter(|it| !it.role.is_backing());
    let mut ways: Vec<Way> = reachable.filter_map(way).collect();
    if let Some((container, port)) = target
        && let Some(known) = survey.containers().find(|it| it.service.name == *container)
    {
        ways.retain(|it| it.service != *container);
        let reason = "the load balancer sends requests to it".to_owned();
        let path = health_path(known.service, *port);
        ways.push(Way { service: container.clone(), port: *port, reason, path, score: u32::MAX });
    }
    // Stable: the order of the file decides between equals.
    ways.sort_by_key(|it| std::cmp::Reverse(it.score));
    ways
}

/// Ports that web servers are usually published at, the likeliest first.
const PORTS: [u16; 16] =
    [80, 443, 8080, 3000, 8000, 5000, 8443, 4000, 8081, 8888, 9000, 4200, 5173, 3001, 8001, 9292];

fn way(surveyed: &Surveyed<'_>) -> Option<Way> {
    let service = surveyed.service;
    let (port, reason, score) =
        from_proxy(service).or_else(|| published(service)).or_else(|| silent(surveyed))?;
    let role = match surveyed.role {
        Role::Proxy | Role::WebServer => 60,
        _ if named(&service.name) => 30,
        _ if surveyed.product.is_some() => 0,
        _ => 10,
    };
    let path = health_path(service, port);
    Some(Way { service: service.name.clone(), port, reason, path, score: score + role })
}

/// What a reverse proxy on the laptop is told of a service.
fn from_proxy(service: &Service) -> Option<(u16, String, u32)> {
    let label = |ending: &str| {
        let mut labels = service.labels.iter();
        labels.find(|(key, _)| key.starts_with("traefik.") && key.ends_with(ending))
    };
    let reason = |port: u16, who: &str| (port, format!("{who} sends requests to it"), 80);
    if let Some((_, port)) = label(".loadbalancer.server.port").or_else(|| label("traefik.port")) {
        return Some(reason(port.value.parse().ok()?, "Traefik"));
    }
    let first = || Some(tcp_ports(service).first()?.0);
    if label(".rule").is_some() {
        return Some(reason(first().or_else(|| exposed(service)).unwrap_or(80), "Traefik"));
    }
    service.environment.get("VIRTUAL_HOST")?;
    let said = service.environment.get("VIRTUAL_PORT").and_then(|it| it.value.value.parse().ok());
    Some(reason(said.or_else(first).or_else(|| exposed(service)).unwrap_or(80), "nginx-proxy"))
}

fn exposed(service: &Service) -> Option<u16> {
    service.expose.first().map(|it| it.value)
}

/// TCP ports of the container, with the port of the host.
fn tcp_ports(service: &Service) -> Vec<(u16, u16)> {
    let tcp = service.ports.iter().filter(|it| it.protocol == "tcp");
    let host = |it: &str| it.split('-').next().and_then(|it| it.parse().ok());
    tcp.map(|it| {
        let published = it.published.as_ref().and_then(|it| host(&it.value));
        (it.target.value, published.unwrap_or(it.target.value))
    })
    .collect()
}

/// The port that looks most like that of a web server, by either side of the mapping.
fn published(service: &Service) -> Option<(u16, String, u32)> {
    let rank = |port: u16| PORTS.iter().position(|it| *it == port).unwrap_or(PORTS.len());
    let ports = tcp_ports(service);
    let (target, host) = ports
        .into_iter()
        .min_by_key(|(target, host)| (rank(*target).min(rank(*host)), *target != 80))?;
    let rank = u32::try_from(rank(target).min(rank(host))).unwrap_or(u32::MAX);
    Some((target, format!("it publishes port {host}"), 20 + 2 * (16 - rank.min(16))))
}

/// A service that publishes nothing and is a web server all the same.
fn silent(surveyed: &Surveyed<'_>) -> Option<(u16, String, u32)> {
    let product = surveyed.product.filter(|it| it.role == Role::WebServer && it.port > 0)?;
    let port = exposed(surveyed.service).unwrap_or(product.port);
    Some((port, format!("{} listens there", product.title), 0))
}

fn named(service: &str) -> bool {
    const NAMES: [&str; 10] = [
        "web",
        "nginx",
        "app",
        "frontend",
        "proxy",
        "gateway",
        "server",
        "www",
        "site",
        "webserver",
    ];
    let words = crate::redact::words(service);
    words.iter().any(|it| NAMES.contains(&it.as_str()))
}

/// The path of `curl http://localhost:8080/health` and its kind.
fn health_path(service: &Service, port: u16) -> Option<String> {
    let check = service.healthcheck.as_ref().filter(|it| !it.disabled)?;
    let text: Vec<&str> = check.test.iter().map(|it| it.value.as_str()).collect();
    let text = text.join(" ");
    let asks = ["curl", "wget", "http"].iter().any(|it| text.contains(it));
    let ends = |it: char| it.is_whitespace() || "\"'`;|)<>".contains(it);
    let urls = text.split(ends).filter(|_| asks).filter_map(|it| it.split_once("://"));
    let hosts = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", service.name.as_str()];
    for (_, rest) in urls {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, asked) = match authority.rsplit_once(':') {
            Some((host, asked)) => (host, asked.parse().ok()),
            None => (authority, Some(80)),
        };
        let fits = path.chars().all(|it| it.is_ascii_graphic() && it != '$');
        if hosts.contains(&host) && asked.is_none_or(|it: u16| it == port || it == 80) && fits {
            return Some(format!("/{path}"));
        }
    }
    None
}
