//! Tasks that find each other by name, in emulators: up, a change, down, and nothing is left.

use serde_json::{Value, json};

use crate::aws::calls::Call;
use crate::aws::emulator::Kind;
use crate::aws::proxy::Proxy;
use crate::cloud_map;
use crate::convergence::seeded;
use crate::project::{Project, deployer, words};
use crate::run;
use crate::snapshot::Account;

/// Up, then nothing to do; a change of one task, then its actions alone; down, then nothing left, also of what ECS made.
pub(crate) fn two_tasks_that_find_each_other(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let (endpoint, project) = (emulator.endpoint(), Project::connected());
        let proxy = Proxy::start(&endpoint);
        let deployer = deployer(&proxy.endpoint());
        let deployment = project.up(&deployer, "main").await.expect("it comes up");
        let made: Vec<String> = deployment
            .actions
            .iter()
            .filter(|it| ["namespace", "service"].contains(&it.kind()))
            .map(|it| format!("{} {}", it.kind(), it.name()))
            .collect();
        let expected = ["namespace shop-main", "service shop-main-back", "service shop-main-web"];
        assert_eq!(made, expected);
        proxy.reset();
        let again = project.up(&deployer, "main").await.expect("it is up");
        assert_eq!(again.actions, []);
        let writes = ["Create", "Update", "Register", "Put", "Tag", "Delete", "Modify"];
        let is_write = |it: &Call| {
            it.name
                .split('.')
                .nth(1)
                .is_some_and(|it| writes.iter().any(|verb| it.starts_with(verb)))
        };
        let written: Vec<Call> = proxy.calls().into_iter().filter(is_write).collect();
        assert!(written.is_empty(), "{written:?}");
        let changed = project.with("LEVEL: info", "LEVEL: debug");
        let plan = changed.plan(&deployer, "main").await.expect("a plan");
        let expected = ["update task definition", "update service"];
        assert_eq!(words(&plan.actions), expected);
        assert!(plan.actions.iter().all(|it| it.name() == "shop-main-back"));
        changed.up(&deployer, "main").await.expect("it comes up");
        let namespaces = cloud_map::namespaces(&endpoint).await;
        let [id, ..] = &namespaces[0];
        cloud_map::leave_a_service(&endpoint, id, "shop-main-app-9000").await;
        changed.down(&deployer, "main").await.expect("it goes down");
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
        let left = cloud_map::call(&endpoint, "ListServices", &json!({})).await;
        assert_eq!(left["Services"], json!([]));
    });
}

/// The first of two tasks that find each other is brought up once more, and then there is nothing to do.
pub(crate) fn a_circle(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let (endpoint, project) = (emulator.endpoint(), Project::circle());
        let deployer = deployer(&endpoint);
        let deployment = project.up(&deployer, "main").await.expect("it comes up");
        let services = deployment.actions.iter().filter(|it| it.kind() == "service");
        let services: Vec<String> =
            services.map(|it| format!("{:?} {}", it.change, it.name())).collect();
        let expected = [
            "Create shop-main-back",
            "Create shop-main-web",
            "Update shop-main-back",
            "Update shop-main-back",
        ];
        assert_eq!(services, expected, "the second update is the note of it");
        assert_eq!(words(&project.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        // What nobody names any more goes, with the namespace.
        let alone = Project::two_tasks();
        alone.up(&deployer, "main").await.expect("it comes up");
        assert_eq!(words(&alone.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        assert_eq!(cloud_map::namespaces(&endpoint).await, [] as [[String; 3]; 0]);
        alone.down(&deployer, "main").await.expect("it goes down");
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}

/// A namespace that the overlay names is used and stays, without what ECS made in it; one that is not there is said.
pub(crate) fn a_namespace_of_the_overlay(kind: Kind) {
    let emulator = seeded(kind);
    run(async {
        let endpoint = emulator.endpoint();
        let project = Project::connected()
            .with("  dns:", "  service_connect: { namespace: staging }\n  dns:");
        let deployer = deployer(&endpoint);
        let errors = project.up(&deployer, "main").await.expect_err("it is not there");
        let message = errors.iter().map(ToString::to_string).collect::<String>();
        assert!(message.contains("there is no Cloud Map namespace `staging`"), "{message}");
        cloud_map::call(&endpoint, "CreateHttpNamespace", &json!({ "Name": "staging" })).await;
        let before = Account::new(&endpoint).snapshot().await;
        project.up(&deployer, "main").await.expect("it comes up");
        assert_eq!(words(&project.plan(&deployer, "main").await.expect("a plan").actions), [""; 0]);
        let namespaces = cloud_map::namespaces(&endpoint).await;
        assert_eq!(namespaces.len(), 1);
        for name in ["shop-main-app-9000", "shop-other-app-9000"] {
            cloud_map::leave_a_service(&endpoint, &namespaces[0][0], name).await;
        }
        project.down(&deployer, "main").await.expect("it goes down");
        assert_eq!(Account::new(&endpoint).snapshot().await, before);
        let left = cloud_map::call(&endpoint, "ListServices", &json!({})).await;
        let left: Vec<&Value> =
            left["Services"].as_array().into_iter().flatten().map(|it| &it["Name"]).collect();
        assert_eq!(left, ["shop-other-app-9000"]);
    });
}
