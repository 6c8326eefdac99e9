//! Project -> what each service is, whether it goes to AWS, and what stands in its way there.

use std::path::Path;

use indexmap::IndexMap;

use super::bound::{self, Bound};
use super::catalogue::{self, Offer, Product, Role};
use crate::compose::volumes::MountKind;
use crate::compose::{Project, Service};
use crate::support::{self, Row};
use crate::world::World;

/// A project as seen by someone who has to bring it to Fargate.
pub(super) struct Survey<'a> {
    pub(super) project: &'a Project,
    pub(super) services: IndexMap<&'a str, Surveyed<'a>>,
}

/// One service.
pub(super) struct Surveyed<'a> {
    pub(super) service: &'a Service,
    pub(super) product: Option<&'static Product>,
    pub(super) role: Role,
    /// What Fargate does not have and the service asks for.
    pub(super) obstacles: Vec<String>,
    /// The files of the laptop that it mounts one by one.
    pub(super) files: Vec<Bound>,
    pub(super) fate: Fate,
}

/// What becomes of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Container,
    /// With the reason.
    Dropped(String),
    /// By what the caller named: the lines below its name.
    Replaced(String),
}

impl Surveyed<'_> {
    pub(super) fn is_container(&self) -> bool {
        self.fate == Fate::Container
    }

    /// As people call it: the product, or what it is.
    pub(super) fn title(&self) -> &'static str {
        match (self.product, self.role) {
            (Some(product), _) => product.title,
            (None, Role::Database) => "a database",
            _ if self.service.build.is_some() => "built here",
            _ => "a ready image",
        }
    }

    /// The ports it listens on: those it publishes and exposes, else its product's own.
    pub(super) fn listens(&self) -> Vec<(u16, String)> {
        let tcp = |port: u16| (port, "tcp".to_owned());
        let published = self.service.ports.iter().map(|it| (it.target.value, it.protocol.clone()));
        let exposed = self.service.expose.iter().map(|it| tcp(it.value));
        let said: Vec<_> = published.chain(exposed).collect();
        let own = self.product.map(|it| it.port).filter(|it| *it > 0 && said.is_empty());
        said.into_iter().chain(own.map(tcp)).collect()
    }
}

impl<'a> Survey<'a> {
    /// With the folder of the project in its world.
    pub(super) fn of(project: &'a Project, place: (&dyn World, &Path)) -> Self {
        let surveyed = |service: &'a Service| {
            let files = bound::files(service, place);
            (service.name.as_str(), Surveyed { files, ..survey(service, project) })
        };
        let services: IndexMap<_, _> = project.services.values().map(surveyed).collect();
        let mut survey = Self { project, services };
        survey.keep_something();
        let containers = survey.services.values_mut().filter(|it| it.is_container());
        bound::limit(containers.flat_map(|it| &mut it.files));
        survey
    }

    /// The services that run on AWS, in the order of the file.
    pub(super) fn containers(&self) -> impl Iterator<Item = &Surveyed<'a>> {
        self.services.values().filter(|it| it.is_container())
    }

    /// A project of nothing but development tools is meant to run them.
    fn keep_something(&mut self) {
        if self.containers().next().is_none() {
            self.services.values_mut().for_each(|it| it.fate = Fate::Container);
        }
    }
}

/// The services that a service waits for or is linked to.
pub(super) fn needs(service: &Service) -> impl Iterator<Item = &str> {
    let links = service.links.iter().map(|it| it.value.split(':').next().unwrap_or_default());
    service.depends_on.keys().map(String::as_str).chain(links)
}

const SOCKET: &str = "Docker socket";

fn survey<'a>(service: &'a Service, project: &Project) -> Surveyed<'a> {
    let is_built = service.build.is_some();
    let image = service.image.as_ref().filter(|_| !is_built);
    let named =
        catalogue::of_name(&service.name).filter(|it| is_built || it.role == Role::Database);
    let product = image.and_then(|it| catalogue::of_image(&it.value)).or(named);
    let obstacles = obstacles(service);
    let asks_docker = obstacles.iter().any(|it| it == SOCKET);
    let role = match product {
        Some(product) if product.role == Role::DevelopmentTool => product.role,
        _ if asks_docker && is_told_of_others(service, project) => Role::Proxy,
        Some(product) => product.role,
        None => Role::Application,
    };
    let is_dynamo = product.is_some_and(|it| it.offer == Offer::DynamoDb);
    let fate = match fate(role, &obstacles) {
        Fate::Container if is_dynamo => Fate::Replaced("dynamodb".to_owned()),
        Fate::Container if is_helper(service, &obstacles, project) => {
            Fate::Dropped(format!("a helper of the machine it runs on ({})", obstacles.join(", ")))
        }
        fate => fate,
    };
    Surveyed { service, product, role, obstacles, files: Vec::new(), fate }
}

/// A reverse proxy finds out from labels or variables of the others what to send where.
fn is_told_of_others(service: &Service, project: &Project) -> bool {
    let mut others = project.services.values().filter(|it| it.name != service.name);
    others.any(|it| {
        it.environment.contains_key("VIRTUAL_HOST")
            || it.labels.keys().any(|it| it.starts_with("traefik.") || it.starts_with("caddy"))
    })
}

/// Somebody else's image that asks for the machine, and that nobody inside or outside asks for anything.
fn is_helper(service: &Service, obstacles: &[String], project: &Project) -> bool {
    let mut others = project.services.values().filter(|it| it.name != service.name);
    !obstacles.is_empty()
        && service.build.is_none()
        && service.ports.is_empty()
        && !others.any(|it| needs(it).any(|it| it == service.name))
}

fn fate(role: Role, obstacles: &[String]) -> Fate {
    match role {
        Role::MailCatcher => Fate::Dropped("catches mail on the laptop".to_owned()),
        Role::AdminTool => Fate::Dropped("for people at a laptop".to_owned()),
        Role::DevelopmentTool => Fate::Dropped("for development".to_owned()),
        Role::Proxy if !obstacles.is_empty() => Fate::Dropped(
            "finds containers through the Docker socket; on AWS the load balancer does its work"
                .to_owned(),
        ),
        _ => Fate::Container,
    }
}

/// What Fargate does not have, in the words of the Compose file.
fn obstacles(service: &Service) -> Vec<String> {
    let socket = |it: &crate::compose::volumes::Mount| {
        it.kind == MountKind::Bind
            && it.source.as_ref().is_some_and(|it| it.ends_with("docker.sock"))
    };
    let mut found = Vec::new();
    if service.mounts.iter().any(socket) {
        found.push(SOCKET.to_owned());
    }
    for key in service.written.iter().filter(|it| it.says_something) {
        let row = support::row(&key.path, key.value.as_deref());
        if !row.is_some_and(Row::refuses_service) {
            continue;
        }
        let name = key.shown.rsplit('.').next().unwrap_or_default();
        let name = match (name, key.value.as_deref()) {
            ("pid", Some(value)) => format!("`pid: {value}`"),
            _ => format!("`{name}`"),
        };
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
