//! Tasks that find each other by name: the order in which they come up, and what is left when they go.

use compose2ecs::deploy::plan::{self, Patience, Request};
use compose2ecs::deploy::{ErrorKind, Observed};
use compose2ecs::stack::Stack;
use compose2ecs::world::MemoryWorld;
use compose2ecs::{Options, compile};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::calls::Call;
use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{self, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("connect/a_task_comes_up_when_what_it_finds_runs", comes_after),
        trial("connect/what_fails_keeps_back_what_waits_for_it", kept_back),
        trial("connect/without_waiting_all_is_written_in_order", detached),
        trial("connect/a_namespace_is_waited_for", namespace_is_waited_for),
        trial("connect/a_namespace_that_cannot_be_made_says_why", namespace_fails),
        trial("connect/an_operation_outlives_a_busy_moment", busy_operation),
        trial("connect/one_namespace_too_many_says_what_to_do", too_many_namespaces),
        trial("connect/a_name_is_free_before_another_task_offers_it", renamed),
        trial("connect/a_given_namespace_is_told_by_its_arn", told_by_arn),
        trial("connect/down_needs_no_rights_of_cloud_map", denied),
        trial("connect/a_namespace_that_still_drains_is_left_to_the_next_run", drains),
    ]
}

/// `web` finds `api`, and `mail` finds nobody.
fn stack() -> Stack {
    stack_of("  tasks: { web: [web], api: [api], mail: [mail] }")
}

fn stack_of(more: &str) -> Stack {
    let compose = "name: shop\nservices:\n  web: { image: 'example.com/web:1', environment: { API: 'http://api:3000' } }\n  \
                   api: { image: 'example.com/api:1' }\n  mail: { image: 'example.com/mail:1' }";
    let overlay = format!(
        "x-ecs:\n  region: eu-west-1\n  account: '123456789012'\n  cluster: staging\n  roles: {{ execution: ecs }}\n  \
                   network: {{ subnets: [subnet-0a1b2c3d] }}\n{more}"
    );
    let world =
        MemoryWorld::new([("/app/compose.yaml", compose), ("/app/compose2ecs.yml", &overlay)]);
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

async fn busy_operation() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let aws = script("COMPLETED").by("CloudMap.GetOperation", move |_| {
        // More often than a call is repeated by itself.
        if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 5 {
            return Reply::refused("ThrottlingException", "Rate exceeded");
        }
        Reply::Json(json!({ "Operation": { "Status": "SUCCESS" } }))
    });
    scene::up(aws, &stack(), &account()).await.succeeded();
}

async fn too_many_namespaces() {
    let aws = script("COMPLETED").by("CloudMap.CreateHttpNamespace", |_| {
        Reply::refused("ResourceLimitExceeded", "The resource limit was exceeded")
    });
    let outcome = scene::up(aws, &stack(), &account()).await;
    let errors = outcome.result.as_ref().expect_err("there is no namespace");
    assert!(errors[0].help.contains("50 namespaces"), "{:?}", errors[0]);
}

/// The environment's own namespace, or another one.
fn namespace(name: &str, tags: &Value) -> compose2ecs::deploy::Namespace {
    let arn = format!("arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-{name}");
    let namespace = json!({ "id": format!("ns-{name}"), "arn": arn, "name": name, "tags": tags });
    serde_json::from_value(namespace).expect("it is a namespace")
}

async fn renamed() {
    const OLD: &str = "shop-feature-login-api";
    let stack = stack_of("  tasks: { web: [web], back: [api], mail: [mail] }");
    let mut observed = account();
    observed.namespaces = vec![namespace("shop-feature-login", &scene::tags(&stack))];
    let arn = format!("arn:aws:ecs:eu-west-1:123456789012:service/staging/{OLD}");
    let offer =
        &stack.tasks.iter().find_map(|it| it.connect.clone().filter(|it| !it.services.is_empty()));
    let old = json!({
        "arn": arn, "status": "ACTIVE", "desired": 1, "running": 1, "tags": scene::tags(&stack), "connect": offer,
        "task_definition": format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{OLD}:1"),
    });
    observed.strays = vec![arn];
    let old = serde_json::from_value(old).expect("it is a service");
    observed.former_services.insert(OLD.to_owned(), old);
    let is_free = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let freed = std::sync::Arc::clone(&is_free);
    let aws = script("COMPLETED")
        .by("ECS.UpdateService", move |asked| {
            let body: Value = serde_json::from_slice(&asked.body).expect("it is JSON");
            let told = &body["serviceConnectConfiguration"];
            let is_free = body["service"] == OLD && told["services"].is_null();
            freed.fetch_or(is_free, std::sync::atomic::Ordering::Relaxed);
            Reply::Json(json!({ "service": {} }))
        })
        .by("ECS.CreateService", move |_| {
            if is_free.load(std::sync::atomic::Ordering::Relaxed) {
                return Reply::Json(json!({ "service": {} }));
            }
            let message =
                "SC service is already used by arn:aws:ecs:service/staging/shop-feature-login-api";
            Reply::refused("InvalidParameterException", message)
        })
        .on("ECS.DeleteService", [json!({ "service": {} })])
        .by("ECS.DescribeServices", |asked| {
            let body: Value = serde_json::from_slice(&asked.body).expect("it is JSON");
            let name = body["services"][0].as_str().unwrap_or_default();
            Reply::Json(if name == OLD {
                json!({ "services": [] })
            } else {
                service(name, "COMPLETED")
            })
        });
    let outcome = scene::up(aws, &stack, &observed).await;
    outcome.succeeded();
    let update = outcome.calls.iter().find(|it| it.name == "ECS.UpdateService");
    let update = update.expect("the old one lets go of the name").json();
    assert_eq!(
        update["taskDefinition"],
        format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{OLD}:1")
    );
    assert!(outcome.called("ECS.DeleteService"));
}

async fn told_by_arn() {
    let more = "  tasks: { web: [web], api: [api], mail: [mail] }\n  service_connect: { namespace: staging }";
    let mut observed = account();
    observed.namespaces = vec![namespace("staging", &json!({}))];
    let outcome = scene::up(script("COMPLETED"), &stack_of(more), &observed).await;
    outcome.succeeded();
    let created = outcome.calls.iter().filter(|it| it.name == "ECS.CreateService").map(Call::json);
    let told = created.map(|it| it["serviceConnectConfiguration"]["namespace"].clone());
    let told: Vec<Value> = told.filter(|it| !it.is_null()).collect();
    assert_eq!(told, [observed.namespaces[0].arn.as_str(); 2]);
}

async fn drains() {
    let stack = stack_of("  tasks: { all: [web, api, mail] }");
    let mut observed = account();
    observed.namespaces = vec![namespace("shop-feature-login", &scene::tags(&stack))];
    let aws = script("COMPLETED").by("CloudMap.DeleteNamespace", |_| {
        Reply::refused("ResourceInUse", "The namespace still has services")
    });
    let outcome = scene::up(aws, &stack, &observed).await;
    outcome.succeeded();
    let is_told = |it: &String| it.contains("the next `up` deletes it");
    assert!(outcome.told.iter().any(is_told), "{:?}", outcome.told);
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

/// A role that may do nothing in Cloud Map takes tasks down that never found each other.
async fn denied() {
    let stack = stack_of("  tasks: { all: [web, api, mail] }");
    let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
                    </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let cluster = json!({ "clusters": [{ "clusterName": "staging", "status": "ACTIVE" }] });
    let unknown = Reply::refused("ClientException", "Unable to describe task definition.");
    let subnets = "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><subnetSet><item><subnetId>\
                   subnet-0a1b2c3d</subnetId></item></subnetSet></DescribeSubnetsResponse>";
    let denied = Reply::refused("AccessDeniedException", "not authorized");
    let aws = Scripted::start()
        .on("STS.GetCallerIdentity", [Reply::Xml(identity.to_owned())])
        .on("EC2.DescribeSubnets", [Reply::Xml(subnets.to_owned())])
        .on("ECS.DescribeClusters", [cluster])
        .on("Logs.DescribeLogGroups", [json!({ "logGroups": [] })])
        .on("ECS.ListTasks", [json!({ "taskArns": [] })])
        .on("ECS.DescribeServices", [service("shop-feature-login-all", "COMPLETED")])
        .on("ECS.DescribeTaskDefinition", [unknown])
        .on("ECS.ListTaskDefinitions", [json!({ "taskDefinitionArns": [] })])
        .on("Tagging.GetResources", [json!({ "ResourceTagMappingList": [] })])
        .on("CloudMap.ListNamespaces", [denied]);
    let observed = scene::deployer(&aws).observe_whole(&stack).await;
    assert_eq!(observed.expect("it is not needed").namespaces, []);
    assert!(aws.finish().iter().any(|it| it.name == "CloudMap.ListNamespaces"));
}
