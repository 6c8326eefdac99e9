//! Survey + what the caller knows -> the overlay as text, and what to tell the user.

mod files;
mod head;
mod replacements;
mod services;
mod size;

use indexmap::IndexMap;

use super::ecs_params::Carried;
use super::ingress::{self, Way};
use super::page::{self, Entry, wrap};
use super::split::{self, Split};
use super::survey::{Fate, Survey, Surveyed};
use super::trial::{Amendments, Outlook};
use super::{Note, images};
use crate::diagnostic::sentence;
use crate::surroundings::Surroundings;

/// Everything that is decided about a project.
pub(super) struct Decisions<'s, 'a> {
    pub(super) survey: &'s Survey<'a>,
    pub(super) project: &'s str,
    pub(super) surroundings: Surroundings,
    pub(super) carried: &'s Carried,
    pub(super) amendments: &'s Amendments,
    /// The repository of ECR by service.
    pub(super) repositories: IndexMap<String, String>,
    /// The ways in, the likeliest first.
    pub(super) ways: Vec<Way>,
    pub(super) split: Split,
}

/// The overlay, and what to tell the user.
pub(super) struct Drawn {
    pub(super) text: String,
    pub(super) notes: Vec<Note>,
    pub(super) unknown: Vec<String>,
}

/// Decides and writes.
pub(super) fn draw(
    survey: &Survey<'_>,
    project: &str,
    (surroundings, carried): (&Surroundings, &Carried),
    amendments: &Amendments,
) -> Drawn {
    let surroundings = surroundings.clone().or(carried.surroundings.clone());
    let ways = ingress::ways(survey, surroundings.target.as_ref());
    let way = ways.first().map(|it| (it.service.clone(), it.port));
    let memory = |name: &str| services::needed_memory(&survey.services[name]);
    let split = split::split(survey, way.as_ref(), &memory);
    let repositories = images::repositories(survey, project);
    let decisions =
        Decisions { survey, project, surroundings, carried, amendments, repositories, ways, split };
    let (head, unknown) = head::entries(&decisions);
    let mut extension = head;
    extension.extend(replacements::entries(&decisions));
    let mut document = vec![Entry::block("x-ecs", extension)];
    document.extend(services::entries(&decisions));
    let body = page::write(&document);
    let text = page::write(&[title(&body, amendments.outlook)]) + &body;
    Drawn { text, notes: notes(&decisions), unknown }
}

/// What the file is, and what its marks mean, as far as it has them.
fn title(body: &str, outlook: Outlook) -> Entry {
    let mut lines = wrap(
        "What the Compose file cannot say about AWS. compose2ecs merges this file last, as Docker Compose would: what stands in it wins.",
    );
    let renders = match outlook {
        Outlook::Renders => "`compose2ecs render` works with them; ",
        Outlook::LooksUp | Outlook::Refuses => "",
    };
    if body.contains("# EDIT: ") {
        lines.extend(wrap(&format!(
            "Lines with EDIT hold made-up values. {renders}`compose2ecs up` is refused until they are yours."
        )));
    }
    if body.lines().any(|it| it.trim_start().starts_with("# ")) {
        lines.extend(wrap(
            "A line behind a single `#` is a proposal: take its `# ` away and it counts.",
        ));
    }
    if outlook == Outlook::LooksUp {
        lines.extend(wrap(
            "`compose2ecs render` needs `--online`, or facts: it looks up what AWS alone knows.",
        ));
    }
    Entry::comments(lines)
}

/// What each service is, and what becomes of it.
fn notes(decisions: &Decisions<'_, '_>) -> Vec<Note> {
    let services = decisions.survey.services.iter().map(|(name, surveyed)| {
        let title = surveyed.title();
        let text = match &surveyed.fate {
            Fate::Dropped(reason) => format!("{title}: dropped, {reason}"),
            Fate::Replaced(by) => format!("{title}: replaced by `{by}`"),
            Fate::Container => title.to_owned() + &container_note(decisions, name, surveyed),
        };
        Note { service: Some((*name).to_owned()), text }
    });
    let reasons = decisions.split.reasons.iter();
    let splits = reasons.map(|it| Note { service: None, text: format!("{it}: split into tasks") });
    services.chain(splits).chain(logins(decisions)).collect()
}

/// What is left of the laptop where a database of RDS takes the place of a service.
fn logins(decisions: &Decisions<'_, '_>) -> Option<Note> {
    let is_database =
        |it: &&Surveyed<'_>| matches!(&it.fate, Fate::Replaced(by) if by.starts_with("rds: "));
    let databases = decisions.survey.services.values().filter(is_database);
    let names: Vec<&str> = databases.map(|it| it.service.name.as_str()).collect();
    (!names.is_empty()).then(|| Note {
        service: None,
        text: format!(
            "user, password and database name of {} stay those of the laptop, for every branch, until `database:` and `credentials:` are written",
            sentence(&names)
        ),
    })
}

fn container_note(decisions: &Decisions<'_, '_>, name: &str, surveyed: &Surveyed<'_>) -> String {
    let origin = match decisions.repositories.get(name) {
        Some(repository) => format!(": runs the image `{repository}` of ECR"),
        None if surveyed.role.is_backing() => {
            ": stays a container; its data goes with the task".to_owned()
        }
        None => String::new(),
    };
    let way = decisions.ways.first().filter(|it| it.service == name);
    let way = way.map(|it| format!("; the way in, port {}", it.port)).unwrap_or_default();
    let refusal = match surveyed.obstacles.join(" and no ") {
        none if none.is_empty() => none,
        what => format!("; Fargate has no {what}, so it is refused"),
    };
    format!("{origin}{way}{refusal}")
}
