//! The container that writes files into volumes of the task before the containers start that mount them.

use indexmap::IndexSet;

use super::folder;
use crate::ecs::{ContainerDefinition, ContainerDependency, MountPoint};
use crate::lower::volumes::TaskVolumes;
use crate::lower::wrapper::{Content, File, is_file, write};
use crate::lower::{Findings, Input, Scope, container_name, image, logging};
use crate::source::Span;

/// Small, of every architecture, and pulled without the limits of Docker Hub.
const IMAGE: &str = "public.ecr.aws/docker/library/busybox:stable";

/// Where the volumes are in the container that fills them.
const FOLDER: &str = "/files";

/// What one container writes for all services of a task: a second one would cost a second start.
pub(in crate::lower) struct Delivery {
    name: String,
    /// Each file with the path at which it is written.
    files: Vec<(File, String)>,
    mounts: Vec<MountPoint>,
}

impl Delivery {
    /// For the task of these services; the container is called as none of them.
    pub(in crate::lower) fn new(scopes: &[Scope<'_>]) -> Self {
        let taken = |name: &str| scopes.iter().any(|it| container_name(&it.service.name) == name);
        let mut name = "files".to_owned();
        while taken(&name) {
            name.push_str("-files");
        }
        Self { name, files: Vec::new(), mounts: Vec::new() }
    }

    /// Has files written for one container, and mounts their folders in it.
    pub(super) fn mount(
        &mut self,
        scope: &Scope<'_>,
        container: &mut ContainerDefinition,
        (volumes, files): (&mut TaskVolumes, Vec<File>),
        findings: &mut Findings<'_>,
    ) {
        let Some(first) = files.first() else { return };
        let service = &scope.service.name;
        container.depends_on.push(ContainerDependency {
            container_name: self.name.clone(),
            condition: "SUCCESS".to_owned(),
        });
        let reason = "it writes files for this container before it starts";
        let after = Some(format!("{} SUCCESS", self.name));
        findings.explain(first.span, format!("{service} dependsOn"), (None, after), reason);
        for folder in folders(&files) {
            // A blank is in the name of no volume, so that none of the file falls together with it.
            let volume = volumes.add(&format!("{service} {}", folder.trim_matches('/')), None);
            let mount = |path: String, read_only: Option<bool>| MountPoint {
                source_volume: volume.clone(),
                container_path: path,
                read_only,
            };
            container.mount_points.push(mount(folder.clone(), Some(true)));
            self.mounts.push(mount(format!("{FOLDER}/{volume}"), None));
            for file in files.iter().filter(|it| folder::is_in(&it.path, &folder)) {
                self.explain(service, file, findings);
                let path = format!("{FOLDER}/{volume}{}", &file.path[folder.len()..]);
                self.files.push((file.clone(), path));
            }
        }
    }

    /// Keeps what brings files to a container when raw fields put lists of their own in the place of those of the passes.
    pub(in crate::lower) fn keep(
        &self,
        made: ContainerDefinition,
        merged: &mut ContainerDefinition,
    ) {
        let is_own =
            |it: &MountPoint| self.mounts.iter().any(|own| own.source_volume == it.source_volume);
        add(made.environment.into_iter().filter(|it| is_file(&it.name)), &mut merged.environment);
        add(made.secrets.into_iter().filter(|it| is_file(&it.name)), &mut merged.secrets);
        add(made.mount_points.into_iter().filter(is_own), &mut merged.mount_points);
        let waits = made.depends_on.into_iter().filter(|it| it.container_name == self.name);
        add(waits, &mut merged.depends_on);
    }

    fn explain(&self, service: &str, file: &File, findings: &mut Findings<'_>) {
        let after = format!("written by the container `{}` into a volume", self.name);
        let reason = format!(
            "{} stands there; the container is one of the ten of its task and ends before this one starts",
            file.what
        );
        findings.explain(
            file.span,
            format!("{service} {}", file.path),
            (None, Some(after)),
            reason,
        );
    }

    /// The container, when there is something to write.
    pub(in crate::lower) fn into_container(
        self,
        input: Input<'_>,
        findings: &mut Findings<'_>,
    ) -> Option<ContainerDefinition> {
        let place = self.files.first()?.0.span;
        let mut container = ContainerDefinition {
            image: image_of(input, findings),
            essential: Some(false),
            log_configuration: logging::plain(input, &self.name, findings),
            mount_points: self.mounts,
            name: self.name,
            ..ContainerDefinition::default()
        };
        let mut commands = vec!["set -e".to_owned()];
        let mut variables: Vec<(&Content, String)> = Vec::new();
        for (file, path) in &self.files {
            // What several containers get counts once against the size of the definition.
            let known = variables.iter().position(|(content, _)| **content == file.content);
            let index = known.unwrap_or_else(|| {
                let variable = file.content.put(variables.len() + 1, &mut container);
                variables.push((&file.content, variable));
                variables.len() - 1
            });
            commands.extend(write(file, path, &variables[index].1));
        }
        let words = ["/bin/sh", "-c", &commands.join("\n")].map(str::to_owned);
        container.entry_point = Some(words.to_vec());
        explain_image(input, place, &container, findings);
        Some(container)
    }
}

fn explain_image(
    input: Input<'_>,
    place: Span,
    container: &ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let written = input.overlay.files.image.as_ref();
    let (span, reason) = match written {
        Some(image) => (image.span, "the overlay names the image that writes files"),
        None => (place, "it is small and has a shell; `files: { image: … }` names another"),
    };
    let change = (None, Some(container.image.clone()));
    findings.explain(span, format!("{} image", container.name), change, reason);
}

/// Adds what a list lacks.
fn add<T: PartialEq>(items: impl Iterator<Item = T>, list: &mut Vec<T>) {
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// The image, pinned when its digest is known.
fn image_of(input: Input<'_>, findings: &mut Findings<'_>) -> String {
    let written = input.overlay.files.image.as_ref();
    let image = written.map_or(IMAGE, |it| it.value.as_str());
    match input.facts.images.get(image).and_then(|it| it.digest.as_ref()) {
        Some(digest) if !image.contains('@') => format!("{image}@{digest}"),
        Some(_) => image.to_owned(),
        None => {
            if image::is_of_ecr(image) && !image.contains('@') {
                findings.needs.images.insert(image.to_owned());
            }
            image.to_owned()
        }
    }
}

/// The folders to mount: none in another, because a mount below one that is read-only cannot be made.
fn folders(files: &[File]) -> IndexSet<String> {
    let folder = |it: &File| {
        let folder = folder::of(&it.path);
        folder::root(folder).unwrap_or(folder).to_owned()
    };
    let all: IndexSet<String> = files.iter().map(folder).collect();
    let is_inner = |it: &String| all.iter().any(|other| other != it && folder::is_in(it, other));
    all.iter().filter(|it| !is_inner(it)).cloned().collect()
}
