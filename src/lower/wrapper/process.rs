//! What a container runs: its entrypoint and command, as the files and the facts of its image say.

use crate::diagnostic::Diagnostic;
use crate::ecs::ContainerDefinition;
use crate::facts::Image;
use crate::lower::{Findings, Scope, image};
use crate::source::Span;

/// What ECS calls `read_only`.
const READ_ONLY: &str = "readonlyRootFilesystem";

/// The words of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lower) struct Process {
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
    /// Whether the facts of the image had to help.
    is_of_image: bool,
}

impl Process {
    /// Why the script runs where it does.
    pub(super) fn reason(&self, what: &str) -> String {
        let source = if self.is_of_image { "the facts say" } else { "the file says" };
        format!("{what} stands there, and {source} what runs after it")
    }
}

/// What a container runs, when it is known, as Docker puts it together: an entrypoint of the file puts the image's command
/// out of force, a command alone runs behind the image's entrypoint.
pub(in crate::lower) fn process(
    scope: &Scope<'_>,
    container: &ContainerDefinition,
) -> Option<Process> {
    let command = container.command.clone();
    let process = if scope.service.entrypoint.is_some() {
        let entrypoint = container.entry_point.clone().unwrap_or_default();
        Process { entrypoint, command: command.unwrap_or_default(), is_of_image: false }
    } else {
        let image = known(scope)?;
        let own = || image.command.clone().unwrap_or_default();
        Process {
            entrypoint: image.entrypoint.clone().unwrap_or_default(),
            command: command.unwrap_or_else(own),
            is_of_image: true,
        }
    };
    (!process.entrypoint.is_empty() || !process.command.is_empty()).then_some(process)
}

/// What the facts say of the image, when they say what it runs.
fn known<'a>(scope: &Scope<'a>) -> Option<&'a Image> {
    let image = scope.service.image.as_ref()?;
    let facts = scope.input.facts.images.get(&image.value);
    facts.filter(|it| it.entrypoint.is_some() || it.command.is_some())
}

/// Adds the ways to say what a container runs; AWS can be asked about an image of its own.
pub(in crate::lower) fn unknown(
    scope: &Scope<'_>,
    diagnostic: Diagnostic,
    findings: &mut Findings<'_>,
) -> Diagnostic {
    let service = &scope.service.name;
    if scope.service.entrypoint.as_ref().is_some_and(Vec::is_empty) {
        // Facts of the image would not help: what it runs is out of force.
        return diagnostic.help(format!(
            "`entrypoint: []` takes away what the image runs: write `services: {{ {service}: {{ command: […] }} }}` in the overlay"
        ));
    }
    let image = scope.service.image.as_ref().map_or("IMAGE", |it| it.value.as_str());
    let mut diagnostic = diagnostic
        .help(format!(
            "write what the image runs in the overlay: `services: {{ {service}: {{ entrypoint: […], command: […] }} }}`,"
        ))
        .help(format!(
            "or pass `--facts FILE` with `images` → `{image}` → `entrypoint` and `command`; `docker image inspect` shows both"
        ));
    if ask(scope, findings) {
        diagnostic = diagnostic.help("or pass `--online` to look it up in AWS");
    }
    diagnostic
}

/// Asks for what the image runs; whether there is someone to ask.
pub(in crate::lower) fn ask(scope: &Scope<'_>, findings: &mut Findings<'_>) -> bool {
    let image = scope.service.image.as_ref().filter(|it| image::is_of_ecr(&it.value));
    if let Some(image) = image.filter(|_| known(scope).is_none()) {
        findings.needs.image_configs.insert(image.value.clone());
    }
    image.is_some()
}

/// Who a container runs as, and where the file says so; `None` is the image's own user, who is not known.
pub(in crate::lower) fn user<'a>(scope: &Scope<'a>) -> Option<(&'a str, Option<Span>)> {
    let raw = scope.overlay.container_definition.as_ref();
    let raw = raw.and_then(|it| Some((it.json.get("user")?.as_str()?, it.place("user", None))));
    let written = || scope.service.text("user").map(|it| (it.value, Some(it.span)));
    raw.or_else(written).or_else(|| Some((known(scope)?.user.as_deref()?, None)))
}

/// Where the file or a raw field says that the container cannot write to its file system.
pub(in crate::lower) fn read_only(scope: &Scope<'_>) -> Option<Span> {
    let raw = scope.overlay.container_definition.as_ref();
    if let Some(raw) = raw.filter(|it| it.json.get(READ_ONLY).is_some()) {
        let is_set = raw.json.get(READ_ONLY).and_then(serde_json::Value::as_bool) == Some(true);
        return raw.place(READ_ONLY, None).filter(|_| is_set);
    }
    let span = scope.service.keys.get("read_only").copied();
    span.filter(|_| scope.service.flag("read_only") == Some(true))
}

/// What to write so that the container can write to its file system.
pub(in crate::lower) fn opened(scope: &Scope<'_>) -> String {
    let raw = scope.overlay.container_definition.as_ref();
    if raw.is_some_and(|it| it.json.get(READ_ONLY).is_some()) {
        return format!("take `{READ_ONLY}` out of `container_definition`");
    }
    format!("write `services: {{ {}: {{ read_only: false }} }}` in the overlay", scope.service.name)
}

/// What to write so that the container runs as root.
pub(super) fn as_root(scope: &Scope<'_>) -> String {
    let raw = scope.overlay.container_definition.as_ref();
    if raw.is_some_and(|it| it.json.get("user").is_some()) {
        return "`container_definition: { user: root }`".to_owned();
    }
    format!("`services: {{ {}: {{ user: root }} }}`", scope.service.name)
}

/// Whether a user may do everything.
pub(in crate::lower) fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0" | ""))
}
