//! Up, and then there is nothing to do; a change is the actions it needs; down, and nothing is left.

use compose2ecs::deploy::Action;
use futures_util::future::join_all;

use crate::aws::emulator::{Emulator, Kind};
use crate::project::{Project, deployer, words};
use crate::quirks;
use crate::snapshot::{Account, REVISIONS};
use crate::{run, start};

/// An emulator with a team's account.
pub(crate) fn seeded(kind: Kind) -> Emulator {
    let emulator = start(kind);
    emulator.seed(&["main", "feature-login"]);
    emulator
}

type Change = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const NEW_REVISION: &[&str] = &["update task definition", "update service"];

/// A change of the files, and what it is to AWS.
const CHANGES: &[Change] = &[
    ("a-variable", &[("LEVEL: info", "LEVEL: debug")], NEW_REVISION),
    ("a-size", &[("memory: 512", "memory: 1024")], NEW_REVISION),
    ("an-image", &[("}}:main", "}}:feature-login")], NEW_REVISION),
    ("a-health-check", &[("path: /", "path: /up")], &["update target group"]),
    ("a-retention", &[("retention_days: 14", "retention_days: 30")], &["update log retention"]),
    (
        "a-host",
        &[("'{{branch}}.", "'other-{{branch}}.")],
        &[
            "create listener rule",
            "create record",
            "delete record",
            "update service",
            "delete listener rule",
        ],
    ),
    (
        "files-and-file-systems",
        &[
            ("memory: 512 }", "memory: 512, storage: 30 }"),
            (
                "    environment: { DB_HOST",
                "    configs: [{ source: routes, target: /run/configs/routes }]\n    volumes: ['data:/srv/data']\n    environment: { DB_HOST",
            ),
            (
                "  mysql: { image: 'mysql:8' }\n",
                "  mysql: { image: 'mysql:8' }\nconfigs: { routes: { content: 'a: b' } }\nvolumes:\n  data: { x-ecs: { efs: fs-0123456789abcdef0, access_point: fsap-0123456789abcdef0, root: /, iam: true } }\n",
            ),
        ],
        NEW_REVISION,
    ),
    ("a-shell", &[("  dns:", "  exec: true\n  dns:")], &["update service"]),
    ("spot", &[("  dns:", "  platform: { spot: true }\n  dns:")], &["update service"]),
    (
        "a-path",
        &[(
            "  dns:",
            "    - { service: nginx, port: 80, listener: { load_balancer: staging, port: 80 }, host: '{{branch}}.example.com', path: '/api/*', health_check: { path: / } }\n  dns:",
        )],
        &["create listener rule"],
    ),
    (
        "a-way-in",
        &[(
            "  dns:",
            "    - { service: app, port: 9000, listener: { load_balancer: staging, port: 80 }, host: 'app-{{branch}}.example.com' }\n  dns:",
        )],
        &[
            "update task definition",
            "create target group",
            "create listener rule",
            "create record",
            "update service",
        ],
    ),
    (
        "a-weight",
        &[("dns: { zone: example.com }", "dns: { zone: example.com, weight: 10 }")],
        &["update record"],
    ),
    (
        "another-listener",
        &[("port: 80 }, host", "port: 443 }, host")],
        &["create listener rule", "update service"],
    ),
];

/// Every change for itself, all at once: each is a branch of its own.
pub(crate) fn each_change_is_planned_alone(kind: Kind) {
    let emulator = seeded(kind);
    let endpoint = emulator.endpoint();
    let changes = CHANGES.iter().filter(|it| quirks::lacks(kind, it.0).is_none());
    run(async {
        let outcomes = join_all(changes.map(|it| change(&endpoint, Project::service(), it))).await;
        let failures: Vec<String> = outcomes.into_iter().flatten().collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}

/// A sentence for all that was not as it should be.
async fn change(endpoint: &str, project: Project, change: &Change) -> Vec<String> {
    let (name, replaced, expected) = change;
    let deployer = deployer(endpoint);
    let changed =
        replaced.iter().fold(project.clone(), |it, (before, after)| it.with(before, after));
    let mut failures = Vec::new();
    let steps =
        [("up", &project, None), ("change", &changed, Some(*expected)), ("back", &project, None)];
    for (step, project, expected) in steps {
        let planned = project.plan(&deployer, name).await;
        let planned = planned.map(|it| words(&it.actions));
        if let Some(expected) = expected
            && planned.as_deref()
                != Ok(&expected.iter().map(ToString::to_string).collect::<Vec<_>>())
        {
            failures.push(format!("{name}, {step}: {planned:?}"));
        }
        if let Err(errors) = project.up(&deployer, name).await {
            failures.push(format!("{name}, {step}: {errors:?}"));
        }
        match project.plan(&deployer, name).await {
            Ok(plan) if plan.is_empty() => {}
            Ok(plan) => failures.push(format!("{name}, after {step}: {:#?}", plan.lines())),
            Err(errors) => failures.push(format!("{name}, after {step}: {errors:?}")),
        }
    }
    if let Err(errors) = project.down(&deployer, name).await {
        failures.push(format!("{name}, down: {errors:?}"));
    }
    failures
}

/// A host and a target group that the overlay does not ask for any more leave nothing behind.
pub(crate) fn what_a_removed_way_in_needed_goes(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let (endpoint, project) = (emulator.endpoint(), Project::service());
        let deployer = deployer(&endpoint);
        let more = project.with(
            "  dns:",
            "    - { service: app, port: 9000, listener: { load_balancer: staging, port: 80 }, host: 'app-{{branch}}.example.com' }\n  dns:",
        );
        for (branch, before) in [("had-more", &more), ("had-it-not", &project)] {
            before.up(&deployer, branch).await.expect("it comes up");
            project.up(&deployer, branch).await.expect("it comes up");
        }
        let snapshot = Account::new(&endpoint).snapshot().await;
        let without_count = |branch: &str| {
            let lines = snapshot.of(branch).into_iter();
            lines.filter(|it| !it.starts_with(REVISIONS)).collect::<Vec<_>>()
        };
        assert_eq!(without_count("had-more"), without_count("had-it-not"));
    });
}

/// Two tasks are two families and two services; one that is scaled in the overlay is scaled on AWS.
pub(crate) fn two_tasks(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let (endpoint, project) = (emulator.endpoint(), Project::two_tasks());
        let deployer = deployer(&endpoint);
        project.up(&deployer, "main").await.expect("it comes up");
        assert_eq!(words(&project.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        let scaled = project.with("count: 1", "count: 3");
        let plan = scaled.plan(&deployer, "main").await.expect("a plan");
        let names: Vec<String> = plan.actions.iter().map(Action::name).collect();
        assert_eq!(
            (words(&plan.actions), names),
            (vec!["update service".to_owned()], vec!["shop-main-worker".to_owned()])
        );
        scaled.up(&deployer, "main").await.expect("it comes up");
        assert_eq!(words(&scaled.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        // A task that the overlay does not name any more goes with its service.
        let one = Project::service();
        one.up(&deployer, "main").await.expect("it comes up");
        assert_eq!(words(&one.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        let services: Vec<String> = Account::new(&endpoint).snapshot().await.0;
        let services = services.iter().filter(|it| it.starts_with("service ")).count();
        assert_eq!(services, 1);
        one.down(&deployer, "main").await.expect("it goes down");
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}

/// A task that nothing keeps running is replaced by a new revision, and the record follows it.
pub(crate) fn a_bare_task(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let (endpoint, project) = (emulator.endpoint(), Project::bare());
        let deployer = deployer(&endpoint);
        let deployment = project.up(&deployer, "main").await.expect("it comes up");
        let fresh = [
            "create log group",
            "create task definition",
            "create log retention",
            "create task",
            "create record",
        ];
        assert_eq!(words(&deployment.actions), fresh);
        assert_eq!(words(&project.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        let before = Account::new(&endpoint).snapshot().await;
        let changed = project.with("LEVEL: info", "LEVEL: debug");
        let deployment = changed.up(&deployer, "main").await.expect("it comes up");
        let expected = ["update task definition", "create task", "update record", "delete task"];
        assert_eq!(words(&deployment.actions), expected);
        assert_eq!(words(&changed.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        let after = Account::new(&endpoint).snapshot().await;
        let moved = before
            .0
            .iter()
            .find(|it| it.starts_with("record main.example.com. A"))
            .expect("a record");
        assert!(!after.0.contains(moved), "the record stays at {moved}");
        let elsewhere = changed.with("'{{branch}}.", "'other-{{branch}}.");
        elsewhere.up(&deployer, "main").await.expect("it comes up");
        let records = Account::new(&endpoint).snapshot().await.0;
        assert!(!records.iter().any(|it| it.starts_with("record main.")), "{records:?}");
        elsewhere.down(&deployer, "main").await.expect("it goes down");
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}

/// Twice down is once down, and what was never up goes down without a word.
pub(crate) fn down_twice(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let (endpoint, project) = (emulator.endpoint(), Project::service());
        let deployer = deployer(&endpoint);
        assert_eq!(project.down(&deployer, "main").await.expect("it goes down"), []);
        project.up(&deployer, "main").await.expect("it comes up");
        let done = project.down(&deployer, "main").await.expect("it goes down");
        let all =
            ["record", "listener rule", "service", "target group", "task definition", "log group"];
        assert_eq!(words(&done), all.map(|it| format!("delete {it}")));
        assert_eq!(project.down(&deployer, "main").await.expect("it goes down"), []);
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
        // The names are free again.
        project.up(&deployer, "main").await.expect("it comes up");
        assert_eq!(words(&project.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
    });
}
