//! Tasks that find each other by name: the order in which they come up, and what is left when they go.

use compose2ecs::deploy::plan::{self, Patience, Request};
use compose2ecs::deploy::{ErrorKind, Observed};
use compose2ecs::stack::Stack;
use compose2ecs::world::MemoryWorld;
use compose2ecs::{Options, compile};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::calls::Call;
use crate::aws::emulator::Kind;
use crate::aws::proxy::Proxy;
use crate::aws::scripted::{Reply, Scripted};
use crate::cloud_map;
use crate::convergence::seeded;
use crate::project::{Project, deployer, words};
use crate::run;
use crate::scene::{self, trial};
use crate::snapshot::Account;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("connect/a_task_comes_up_when_what_it_finds_runs", comes_after),
        trial("connect/what_fails_keeps_back_what_waits_for_it", kept_back),
        trial("connect/without_waiting_all_is_written_in_order", detached),
        trial("connect/a_namespace_is_waited_for", namespace_is_waited_for),
        trial("connect/a_namespace_that_cannot_be_made_says_why", namespace_fails),
    ]
}

/// `web` finds `api`, and `mail` finds nobody.
fn stack() -> Stack {
    let compose = "name: shop\nservices:\n  web: { image: 'example.com/web:1', environment: { API: 'http://api:3000' }, depends_on: [api] }\n  \
                   api: { image: 'example.com/api:1' }\n  mail: { image: 'example.com/mail:1' }";
    let overlay = "x-ecs:\n  region: eu-west-1\n  account: '123456789012'\n  cluster: staging\n  roles: { execution: ecs }\n  \
                   network: { subnets: [subnet-0a1b2c3d] }\n  tasks: { web: [web], api: [api], mail: [mail] }";
    let world =
        MemoryWorld::new([("/app/compose.yaml", compose), ("/app/compose2ecs.yml", overlay)]);
    let mut options = Options { branch: Some("feature/login".to_owned()), ..Options::default() };
    options.project.directory = "/app".into();
    compile(&world, &options).stack.expect("nothing is wrong with it")
}

fn account() -> Observed {
    let observed = json!({
        "account": "123456789012",
        "cluster": { "name": "staging", "capacity_providers": ["FARGATE"] },
        "subnets": ["subnet-0a1b2c3d"],
    });
    serde_json::from_value(observed).expect("it is what was observed")
}

/// The answer of `DescribeServices` for one service, whose only rollout stands so.
fn service(name: &str, state: &str) -> Value {
    let revision = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}:1");
    json!({ "services": [{
        "serviceName": name, "status": "ACTIVE", "taskDefinition": revision, "desiredCount": 1, "runningCount": 1,
        "deployments": [{
            "id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": revision, "desiredCount": 1, "runningCount": 1,
            "rolloutState": state, "rolloutStateReason": "no reason",
        }],
    }] })
}

/// An account in which a new service is on its way for three looks; `api` comes to this end.
fn script(end: &'static str) -> Scripted {
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let asked_for = |body: &Value, field: &str| {
        let text = body[field].as_str().or_else(|| body[field][0].as_str());
        text.unwrap_or_default().to_owned()
    };
    Scripted::start()
        .on("Logs.CreateLogGroup", [json!({})])
        .on("CloudMap.CreateHttpNamespace", [json!({ "OperationId": "1" })])
        .on("CloudMap.GetOperation", [json!({ "Operation": { "Status": "SUCCESS" } })])
        .by("ECS.RegisterTaskDefinition", move |asked| {
            let body: Value = serde_json::from_slice(&asked.body).expect("it is JSON");
            let family = asked_for(&body, "family");
            let arn = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{family}:1");
            Reply::Json(json!({ "taskDefinition": { "taskDefinitionArn": arn } }))
        })
        .on("ECS.CreateService", [json!({ "service": {} })])
        .on("ECS.TagResource", [json!({})])
        .on("ECS.ListTasks", [json!({ "taskArns": [] })])
        .by("ECS.DescribeServices", move |asked| {
            let body: Value = serde_json::from_slice(&asked.body).expect("it is JSON");
            let name = asked_for(&body, "services");
            let is_new = name.ends_with("-api")
                && looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3;
            let state = match name.ends_with("-api") {
                _ if is_new => "IN_PROGRESS",
                true => end,
                false => "COMPLETED",
            };
            Reply::Json(service(&name, state))
        })
}

/// What was asked of which service, from the first creation on.
fn steps(calls: &[Call]) -> Vec<String> {
    let step = |it: &Call| {
        let body = it.json();
        let name = body["serviceName"].as_str().or_else(|| body["services"][0].as_str())?;
        let verb = if it.name == "ECS.CreateService" { "create" } else { "look at" };
        Some(format!("{verb} {}", name.trim_start_matches("shop-feature-login-")))
    };
    let of_services =
        |it: &&Call| ["ECS.CreateService", "ECS.DescribeServices"].contains(&it.name.as_str());
    calls.iter().filter(of_services).filter_map(step).collect()
}

async fn comes_after() {
    let outcome = scene::up(script("COMPLETED"), &stack(), &account()).await;
    outcome.succeeded();
    let steps = steps(&outcome.calls);
    let mut first = steps[..2].to_vec();
    first.sort();
    assert_eq!(first, ["create api", "create mail"], "what nobody waits for does not wait");
    let expected = ["look at api", "look at api", "look at api", "look at api", "create web"];
    assert_eq!(steps[2..7], expected, "{steps:?}");
    let created: Vec<Value> =
        outcome.calls.iter().filter(|it| it.name == "ECS.CreateService").map(Call::json).collect();
    let told = |name: &str| {
        let found = created.iter().find(|it| it["serviceName"] == name);
        found.expect("it is created")["serviceConnectConfiguration"].clone()
    };
    let offered = json!({ "enabled": true, "namespace": "shop-feature-login", "services": [{
        "portName": "api-3000", "discoveryName": "shop-feature-login-api-3000",
        "clientAliases": [{ "port": 3000, "dnsName": "api" }],
    }] });
    assert_eq!(told("shop-feature-login-api"), offered);
    let finds = json!({ "enabled": true, "namespace": "shop-feature-login" });
    assert_eq!(told("shop-feature-login-web"), finds);
    assert_eq!(told("shop-feature-login-mail"), Value::Null);
}

async fn kept_back() {
    let outcome = scene::up(script("FAILED"), &stack(), &account()).await;
    let (kind, message) = outcome.failure();
    assert_eq!(kind, ErrorKind::Failed);
    assert!(message.starts_with("`shop-feature-login-api` was not deployed"), "{message}");
    assert!(!steps(&outcome.calls).contains(&"create web".to_owned()));
    let actions = &outcome.result.as_ref().expect("it was written").actions;
    let mut of_web = actions.iter().filter(|it| it.name() == "shop-feature-login-web");
    assert!(of_web.all(|it| it.kind() == "task definition"), "{actions:?}");
}

async fn detached() {
    let (aws, stack) = (script("IN_PROGRESS"), stack());
    let request = Request { patience: Patience::Detach, ..Request::default() };
    let plan = plan::up(&stack, &account(), &request).expect("nothing stands in the way");
    assert!(plan.warnings.iter().any(|it| it.contains("the order is not kept")), "{plan:?}");
    let deployment = scene::deployer(&aws).deploy(&stack, &request, plan, &|_| {}).await;
    assert_eq!(deployment.expect("it is written").failure, None);
    let steps = steps(&aws.finish());
    assert_eq!(steps.last().map(String::as_str), Some("create web"), "{steps:?}");
    assert!(!steps.iter().any(|it| it.starts_with("look")), "{steps:?}");
}

async fn namespace_is_waited_for() {
    let pending = || json!({ "Operation": { "Status": "PENDING" } });
    let done = json!({ "Operation": { "Status": "SUCCESS" } });
    let aws = operations([pending(), pending(), done]);
    let outcome = scene::up(aws, &stack(), &account()).await;
    outcome.succeeded();
    let of_operation = |it: &&Call| it.name == "CloudMap.GetOperation";
    assert_eq!(outcome.calls.iter().filter(of_operation).count(), 3);
    let made = outcome.calls.iter().find(|it| it.name == "CloudMap.CreateHttpNamespace");
    let body = made.expect("it is made").json();
    assert_eq!(body["Name"], "shop-feature-login");
    assert!(body["Tags"].as_array().is_some_and(|it| it.len() == 3), "{body}");
}

async fn namespace_fails() {
    let failed = json!({ "Operation": {
        "Status": "FAIL", "ErrorCode": "ACCESS_DENIED", "ErrorMessage": "not authorized",
    } });
    let outcome = scene::up(operations([failed]), &stack(), &account()).await;
    let errors = outcome.result.as_ref().expect_err("there is no namespace");
    let expected = "cannot make the namespace `shop-feature-login`: ACCESS_DENIED: not authorized";
    assert_eq!(errors[0].message, expected);
    assert!(!outcome.called("ECS.CreateService"));
}

/// The script in which the operations of Cloud Map go this way.
fn operations<const N: usize>(states: [Value; N]) -> Scripted {
    let states = std::sync::Mutex::new(std::collections::VecDeque::from(states));
    script("COMPLETED").by("CloudMap.GetOperation", move |_| {
        let mut states = states.lock().expect("nobody panics here");
        let next = if states.len() > 1 { states.pop_front() } else { states.front().cloned() };
        Reply::Json(next.expect("there is one"))
    })
}

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
