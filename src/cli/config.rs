//! `config`: the project as `docker compose config` prints it.
#![expect(
    clippy::disallowed_methods,
    reason = "the folder of the process is handed to the library"
)]

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::{Map, Value};

use super::args::{ConfigArguments, DataFormat};
use super::{Outcome, compile, terminal, yaml};
use compose2ecs::diagnostic::{Policy, Report};
use compose2ecs::world::OsWorld;
use compose2ecs::{ConfigOptions, Configuration, Shape, Step, config};

/// Prints the model, or a list out of it.
pub(super) fn run(arguments: &ConfigArguments) -> anyhow::Result<Outcome> {
    let directory = std::env::current_dir().context("the current folder cannot be found")?;
    let configuration = config(&OsWorld, &options(arguments, directory));
    let policy = Policy::default();
    let report = Report::new(&configuration.sources, &configuration.diagnostics, &policy);
    terminal::problems(&report, terminal::Detail::Warnings);
    let Some(model) = &configuration.model else {
        return Ok(Outcome::Diagnostics);
    };
    terminal::data(&text(arguments, model, &configuration)?)?;
    Ok(Outcome::Fine)
}

fn options(arguments: &ConfigArguments, directory: std::path::PathBuf) -> ConfigOptions {
    let steps = [
        (arguments.no_interpolate, Step::Interpolation),
        (arguments.no_normalize, Step::Normalization),
        (arguments.no_consistency, Step::Consistency),
        (arguments.no_path_resolution, Step::PathResolution),
        (arguments.no_env_resolution, Step::EnvironmentResolution),
    ];
    let mut project = compile::project(&arguments.project, directory);
    project.profiles.extend(arguments.offline.profiles.iter().cloned());
    ConfigOptions {
        project,
        services: arguments.services_to_print.clone(),
        skip: steps.iter().filter(|(skipped, _)| *skipped).map(|(_, step)| *step).collect(),
        shape: match arguments.format {
            DataFormat::Json => Shape::Json,
            DataFormat::Yaml => Shape::Yaml,
        },
        all_resources: arguments.all_resources,
        no_escape: arguments.no_escape || arguments.no_interpolate,
    }
}

fn text(
    arguments: &ConfigArguments,
    model: &Value,
    configuration: &Configuration,
) -> anyhow::Result<String> {
    if arguments.services {
        return Ok(terminal::lines(services(model)));
    }
    if arguments.profiles {
        return Ok(terminal::lines(configuration.profiles.iter().cloned()));
    }
    if arguments.images {
        return Ok(terminal::lines(images(model)));
    }
    if arguments.environment {
        let pairs = configuration.environment.iter();
        return Ok(terminal::lines(pairs.map(|(name, value)| format!("{name}={value}"))));
    }
    let sorted = sorted(model, true);
    Ok(match arguments.format {
        DataFormat::Json => serde_json::to_string_pretty(&sorted)? + "\n",
        DataFormat::Yaml => yaml::to_string(&sorted)?,
    })
}

/// The names of the services, each after those it depends on.
fn services(model: &Value) -> Vec<String> {
    let empty = Map::new();
    let services = model["services"].as_object().unwrap_or(&empty);
    let names: BTreeSet<&String> = services.keys().collect();
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut order = Vec::new();
    let mut open: Vec<(&str, bool)> = names.iter().rev().map(|it| (it.as_str(), false)).collect();
    while let Some((name, after)) = open.pop() {
        if after {
            order.push(name.to_owned());
        } else if done.insert(name.to_owned()) {
            open.push((name, true));
            let dependencies = services[name]["depends_on"].as_object().into_iter().flatten();
            let mut dependencies: Vec<&str> = dependencies.map(|(it, _)| it.as_str()).collect();
            dependencies.sort_unstable();
            let present = dependencies.into_iter().rev().filter(|it| services.contains_key(*it));
            open.extend(present.map(|it| (it, false)));
        }
    }
    order
}

/// The image of each service; one that is built without a name has that of project and service.
fn images(model: &Value) -> Vec<String> {
    let project = model["name"].as_str().unwrap_or_default();
    let services = model["services"].as_object().into_iter().flatten();
    let image = |(name, service): (&String, &Value)| match service["image"].as_str() {
        Some(image) => image.to_owned(),
        None => format!("{project}-{name}"),
    };
    services.map(image).collect()
}

/// Names sorted as Docker Compose prints them; at the top the name and the services come first.
fn sorted(value: &Value, top: bool) -> Value {
    const FIRST: [&str; 6] = ["name", "services", "networks", "volumes", "secrets", "configs"];
    match value {
        Value::Array(items) => items.iter().map(|it| sorted(it, false)).collect(),
        Value::Object(object) => {
            let rank = |it: &str| FIRST.iter().position(|first| top && *first == it);
            let mut pairs: Vec<(&String, &Value)> = object.iter().collect();
            pairs.sort_by_key(|(key, _)| (rank(key).unwrap_or(FIRST.len()), key.as_str()));
            let pairs = pairs.into_iter().map(|(key, it)| (key.clone(), sorted(it, false)));
            Value::Object(pairs.collect())
        }
        other => other.clone(),
    }
}
