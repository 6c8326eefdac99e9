//! The way back of several tasks: those that the last deployment changed, in their order, or none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compose2ecs::deploy::plan::Plan;
use compose2ecs::deploy::{Error, Way};
use compose2ecs::stack::Stack;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::calls::{Asked, lock};
use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{deployer, trial};
use crate::waves::{brought_up, stack};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("rollback/what_the_last_deployment_changed_goes_back_in_order", in_order),
        trial("rollback/what_the_last_deployment_left_alone_stays", left_alone),
        trial("rollback/a_revision_that_never_ran_well_is_what_was_changed", never_ran_well),
        trial("rollback/a_revision_without_an_offered_port_is_refused_before", without_port),
    ]
}

/// Since when each revision of a task has run well; `None` never did. The last one runs.
type History = BTreeMap<&'static str, Vec<Option<&'static str>>>;

fn chain() -> Stack {
    stack([
        "depends_on: [api], environment: { API: 'http://api:3000' }",
        "init: true",
        "init: true",
    ])
}

fn arn(task: &str, number: usize) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-feature-login-{task}:{number}")
}

/// What `DescribeTaskDefinition` answers.
fn described(stack: &Stack, (task, number): (&str, usize), since: Option<&str>) -> Value {
    let found = stack.tasks.iter().find(|it| it.name.as_deref() == Some(task));
    let definition = &found.expect("it is a task").definition;
    let mut definition = serde_json::to_value(definition).expect("it is plain data");
    let mut tags = definition["tags"].take();
    if let (Some(since), Some(tags)) = (since, tags.as_array_mut()) {
        tags.push(json!({ "key": "compose2ecs:deployed", "value": since }));
    }
    definition["taskDefinitionArn"] = json!(arn(task, number));
    definition["status"] = json!("ACTIVE");
    definition["containerDefinitions"][0]["image"] = json!(format!("example.com/{task}:{number}"));
    if (task, number) == ("api", 1) && since == Some("without port") {
        definition["containerDefinitions"][0]["portMappings"] = json!([]);
    }
    json!({ "taskDefinition": definition, "tags": tags })
}

/// A service that runs a revision, with what it offers.
fn service(stack: &Stack, task: &str, number: usize) -> Value {
    let found = stack.tasks.iter().find(|it| it.name.as_deref() == Some(task));
    let connect = &found.expect("it is a task").connect;
    let tags = stack.environment.tags().into_iter();
    let tags: Vec<Value> = tags.map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let name = format!("shop-feature-login-{task}");
    json!({
        "serviceArn": format!("arn:aws:ecs:eu-west-1:123456789012:service/staging/{name}"),
        "serviceName": name, "status": "ACTIVE", "taskDefinition": arn(task, number), "desiredCount": 1,
        "runningCount": 1, "tags": tags,
        "deployments": [{
            "id": format!("ecs-svc/{number}"), "status": "PRIMARY", "taskDefinition": arn(task, number),
            "desiredCount": 1, "runningCount": 1, "rolloutState": "COMPLETED",
            "serviceConnectConfiguration": connect,
        }],
    })
}

fn script(history: History) -> Scripted {
    let short = |name: &str| name.trim_start_matches("shop-feature-login-").to_owned();
    let body =
        |asked: &Asked| -> Value { serde_json::from_slice(&asked.body).expect("it is JSON") };
    let running = history.iter().map(|(task, of)| ((*task).to_owned(), of.len())).collect();
    let running: Arc<Mutex<BTreeMap<String, usize>>> = Arc::new(Mutex::new(running));
    let good = history.iter().flat_map(|(task, of)| {
        let marked = of.iter().enumerate().filter(|(_, since)| since.is_some());
        marked.map(|(at, _)| json!({ "ResourceARN": arn(task, at + 1), "Tags": [] }))
    });
    let good: Vec<Value> = good.collect();
    let updated = Arc::clone(&running);
    Scripted::start()
        .on("Tagging.GetResources", [json!({ "ResourceTagMappingList": good })])
        .by("ECS.DescribeTaskDefinition", move |asked| {
            let asked = body(asked)["taskDefinition"].as_str().unwrap_or_default().to_owned();
            let (task, number) = asked.rsplit_once(':').expect("it is a revision");
            let (task, number) =
                (short(task.rsplit('/').next().unwrap_or(task)), number.parse().unwrap_or(1));
            let since = history[task.as_str()][number - 1];
            Reply::Json(described(&chain(), (&task, number), since))
        })
        .by("ECS.UpdateService", move |asked| {
            let body = body(asked);
            let revision =
                body["taskDefinition"].as_str().and_then(|it| it.rsplit(':').next()?.parse().ok());
            let task = short(body["service"].as_str().unwrap_or_default());
            lock(&updated).insert(task, revision.expect("it is a revision"));
            Reply::Json(json!({ "service": {} }))
        })
        .by("ECS.DescribeServices", move |asked| {
            let names = body(asked)["services"].clone();
            let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
            let running = lock(&running);
            let found: Vec<Value> =
                names.map(short).map(|it| service(&chain(), &it, running[&it])).collect();
            Reply::Json(json!({ "services": found }))
        })
        .on("ECS.DeregisterTaskDefinition", [json!({ "taskDefinition": {} })])
}

async fn plan(aws: &Scripted) -> Result<Plan, Vec<Error>> {
    deployer(aws).plan_rollback(&chain(), &Way::default()).await
}

fn lines(plan: &Plan) -> Vec<String> {
    let lines =
        plan.lines().into_iter().skip(1).map(|it| it.text.replace("shop-feature-login-", ""));
    lines.collect()
}

async fn in_order() {
    let both = || vec![Some("2026-11-01T12:00:00Z"), Some("2026-11-03T12:00:00Z")];
    let aws = script(
        [("web", both()), ("api", both()), ("db", vec![Some("2026-11-01T12:00:00Z")])].into(),
    );
    let plan = plan(&aws).await.expect("there is a way");
    let expected = [
        "  ~ service api: back from api:2 to api:1",
        "  ~ service web: back from web:2 to web:1; once `api` runs",
        "  - task definition web:2: web:2 is deregistered",
        "  - task definition api:2: api:2 is deregistered",
    ];
    assert_eq!(lines(&plan), expected);
    let patience = Duration::from_mins(1);
    let deployment = deployer(&aws).roll_back(&plan, patience, &|_| {}).await;
    assert_eq!(deployment.expect("it is written").failure, None);
    let calls = aws.finish();
    assert_eq!(brought_up(&calls), ["update api", "update web"]);
    let at = |name: &str, service: &str| {
        calls.iter().rposition(|it| it.name == name && it.json().to_string().contains(service))
    };
    let first = calls.iter().position(|it| it.name == "ECS.UpdateService").expect("one");
    let look = |it: &&crate::aws::calls::Call| it.name == "ECS.DescribeServices";
    let second = at("ECS.UpdateService", "-web").expect("another");
    assert!(calls[first..second].iter().any(|it| look(&it)), "the verdict on `api` comes between");
}

async fn left_alone() {
    let (first, second, third) =
        (Some("2026-11-01T12:00:00Z"), Some("2026-11-02T12:00:00Z"), Some("2026-11-03T12:00:00Z"));
    let aws = script(
        [("web", vec![first, third]), ("api", vec![first, second]), ("db", vec![first])].into(),
    );
    let plan = plan(&aws).await.expect("there is a way");
    let expected = [
        "  ~ service web: back from web:2 to web:1",
        "  - task definition web:2: web:2 is deregistered",
    ];
    assert_eq!(lines(&plan), expected);
}

async fn never_ran_well() {
    let first = Some("2026-11-01T12:00:00Z");
    let later = Some("2026-11-02T12:00:00Z");
    let aws = script(
        [("web", vec![first, later]), ("api", vec![first, None]), ("db", vec![first])].into(),
    );
    let plan = plan(&aws).await.expect("there is a way");
    assert_eq!(lines(&plan)[0], "  ~ service api: back from api:2 to api:1");
    assert_eq!(lines(&plan).len(), 2);
}

async fn without_port() {
    let later = Some("zzz");
    let aws = script(
        [
            ("web", vec![Some("2026-11-01T12:00:00Z"), later]),
            ("api", vec![Some("without port"), later]),
            ("db", vec![Some("2026-11-01T12:00:00Z")]),
        ]
        .into(),
    );
    let errors = plan(&aws).await.expect_err("ECS would not take it");
    let expected = "`shop-feature-login-api` cannot go back to shop-feature-login-api:1: that has not the port `api-3000`, \
                    which the service offers to other tasks";
    assert_eq!(errors[0].message, expected);
    assert_eq!(errors.len(), 1);
}
