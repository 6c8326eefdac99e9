//! Several tasks, one after another: what waits, for how long, and what is said of those that were not begun.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use compose2ecs::deploy::{ErrorKind, Observed};
use compose2ecs::stack::Stack;
use compose2ecs::world::MemoryWorld;
use compose2ecs::{Options, compile};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::calls::{Asked, Call, lock};
use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{self, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("waves/each_wait_has_its_own_patience", own_patience),
        trial("waves/a_circle_of_names_comes_up_though_each_needs_the_other", circle),
        trial("waves/who_only_uses_a_name_does_not_wait", does_not_wait),
        trial("waves/time_running_out_names_what_was_not_begun", time_runs_out),
    ]
}

/// Three tasks of one service each; what a service says after its image is given by its name.
pub(crate) fn stack(more: [&str; 3]) -> Stack {
    let [web, api, db] = more;
    let compose = format!(
        "name: shop\nservices:\n  web: {{ image: 'example.com/web:1', {web} }}\n  api: {{ image: 'example.com/api:1', {api} }}\n  \
         db: {{ image: 'example.com/db:1', {db} }}"
    );
    let overlay = "x-ecs:\n  region: eu-west-1\n  account: '123456789012'\n  cluster: staging\n  roles: { execution: ecs }\n  \
                   network: { subnets: [subnet-0a1b2c3d] }\n  tasks: { web: [web], api: [api], db: [db] }";
    let world = MemoryWorld::new([
        ("/app/compose.yaml", compose.as_str()),
        ("/app/compose2ecs.yml", overlay),
    ]);
    let mut options = Options { branch: Some("feature/login".to_owned()), ..Options::default() };
    options.project.directory = "/app".into();
    let compilation = compile(&world, &options);
    compilation.stack.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

fn account() -> Observed {
    let observed = json!({
        "account": "123456789012",
        "cluster": { "name": "staging", "capacity_providers": ["FARGATE"] },
        "subnets": ["subnet-0a1b2c3d"],
    });
    serde_json::from_value(observed).expect("it is what was observed")
}

fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).expect("it is JSON")
}

/// A service as ECS tells it: its only rollout stands so.
fn service(name: &str, rollout: usize, state: &str) -> Value {
    let revision = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}:1");
    json!({
        "serviceArn": format!("arn:aws:ecs:eu-west-1:123456789012:service/staging/{name}"),
        "serviceName": name, "status": "ACTIVE", "taskDefinition": revision, "desiredCount": 1, "runningCount": 1,
        "deployments": [{
            "id": format!("ecs-svc/{rollout}"), "status": "PRIMARY", "taskDefinition": revision, "desiredCount": 1,
            "runningCount": 1, "rolloutState": state, "rolloutStateReason": "no reason",
        }],
    })
}

/// An account in which a rollout is through when `is_through` says so of a service, of how many rollouts all services
/// have had, and of how long ago its own began.
fn script(
    is_through: impl Fn(&str, &BTreeMap<String, usize>, Duration) -> bool + Send + 'static,
) -> Scripted {
    type Rollouts = (BTreeMap<String, usize>, BTreeMap<String, Instant>);
    let rollouts: Arc<Mutex<Rollouts>> = Arc::default();
    let begun = |field: &'static str| {
        let rollouts = Arc::clone(&rollouts);
        move |asked: &Asked| {
            let name = body(asked)[field].as_str().unwrap_or_default().to_owned();
            let (counts, times) = &mut *lock(&rollouts);
            times.insert(name.clone(), Instant::now());
            let count = counts.entry(name.clone()).or_default();
            *count += 1;
            Reply::Json(json!({ "service": service(&name, *count, "IN_PROGRESS") }))
        }
    };
    let (created, updated) = (begun("serviceName"), begun("service"));
    Scripted::start()
        .on("Logs.CreateLogGroup", [json!({})])
        .on("CloudMap.CreateHttpNamespace", [json!({ "OperationId": "1" })])
        .on("CloudMap.GetOperation", [json!({ "Operation": { "Status": "SUCCESS" } })])
        .by("ECS.RegisterTaskDefinition", move |asked| {
            let family = body(asked)["family"].as_str().unwrap_or_default().to_owned();
            let arn = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{family}:1");
            Reply::Json(json!({ "taskDefinition": { "taskDefinitionArn": arn } }))
        })
        .by("ECS.CreateService", created)
        .by("ECS.UpdateService", updated)
        .on("ECS.TagResource", [json!({})])
        .on("ECS.ListTasks", [json!({ "taskArns": [] })])
        .by("ECS.DescribeServices", move |asked| {
            let name = body(asked)["services"][0].as_str().unwrap_or_default().to_owned();
            let (counts, times) = &*lock(&rollouts);
            let short = name.trim_start_matches("shop-feature-login-");
            let is_through =
                times.get(&name).is_some_and(|it| is_through(short, counts, it.elapsed()));
            let state = if is_through { "COMPLETED" } else { "IN_PROGRESS" };
            let count = counts.get(&name).copied().unwrap_or_default();
            Reply::Json(json!({ "services": [service(&name, count, state)] }))
        })
}

/// The services in the order in which they were created and updated.
pub(crate) fn brought_up(calls: &[Call]) -> Vec<String> {
    let step = |it: &Call| {
        let body = it.json();
        let (verb, field) = match it.name.as_str() {
            "ECS.CreateService" => ("create", "serviceName"),
            "ECS.UpdateService" => ("update", "service"),
            _ => return None,
        };
        let name = body[field].as_str()?.trim_start_matches("shop-feature-login-").to_owned();
        Some(format!("{verb} {name}"))
    };
    calls.iter().filter_map(step).collect()
}

/// Each takes more than half of the patience, and one waits for the other.
async fn own_patience() {
    let chain = stack(["depends_on: [api]", "depends_on: [db]", "init: true"]);
    let aws = script(|_, _, since| since > Duration::from_millis(1200));
    let outcome = scene::up_within(aws, &chain, &account(), Duration::from_secs(2)).await;
    outcome.succeeded();
    assert_eq!(brought_up(&outcome.calls), ["create db", "create api", "create web"]);
}

async fn time_runs_out() {
    let chain = stack(["depends_on: [api]", "depends_on: [db]", "init: true"]);
    let aws = script(|_, _, _| false);
    let outcome = scene::up_within(aws, &chain, &account(), Duration::from_millis(100)).await;
    let expected = "`shop-feature-login-db` was not ready in time; it stood at: 1 of 1 tasks run; `shop-feature-login-api`, \
                    `shop-feature-login-web` were not brought up, which come after it";
    assert_eq!(outcome.failure(), (ErrorKind::TimedOut, expected));
    let failure = outcome.result.as_ref().ok().and_then(|it| it.failure.as_ref());
    let help = &failure.expect("it failed").help;
    assert!(help.contains("`shop-feature-login-web` were not begun"), "{help}");
    assert_eq!(brought_up(&outcome.calls), ["create db"]);
}

/// Each of two comes up once the other's name is there; who was begun first finds it in its second rollout.
async fn circle() {
    let pair = stack([
        "environment: { API: 'http://api:3000' }",
        "environment: { WEB: 'http://web:80' }",
        "init: true",
    ]);
    let aws = script(|name, rollouts, _| {
        let of = |it: &str| rollouts.get(&format!("shop-feature-login-{it}")).copied();
        match name {
            "api" => of("web").is_some() && of("api") > Some(1),
            "web" => of("api").is_some(),
            _ => true,
        }
    });
    let outcome = scene::up(aws, &pair, &account()).await;
    outcome.succeeded();
    let mut steps = brought_up(&outcome.calls);
    steps.retain(|it| !it.ends_with("db"));
    assert_eq!(steps, ["create api", "create web", "update api"]);
    let notes = outcome.calls.iter().filter(|it| it.name == "ECS.TagResource").map(Call::json);
    let notes = notes.filter(|it| it["tags"][0]["key"] == "compose2ecs:connect");
    let arns: Vec<Value> = notes.map(|it| it["resourceArn"].clone()).collect();
    assert_eq!(arns, ["arn:aws:ecs:eu-west-1:123456789012:service/staging/shop-feature-login-api"]);
    assert!(!outcome.called("ECS.DescribeClusters"), "nothing is planned anew");
}

async fn does_not_wait() {
    let chain = stack(["environment: { API: 'http://api:3000' }", "init: true", "init: true"]);
    let aws = script(|name, rollouts, _| {
        name != "api" || rollouts.contains_key("shop-feature-login-web")
    });
    let outcome = scene::up(aws, &chain, &account()).await;
    outcome.succeeded();
    let mut steps = brought_up(&outcome.calls);
    steps.retain(|it| !it.ends_with("db"));
    assert_eq!(steps, ["create api", "create web"]);
}
