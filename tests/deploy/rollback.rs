//! The way back: where it leads, and what it leaves behind when.

use std::sync::Mutex;
use std::time::Duration;

use compose2ecs::deploy::plan::Plan;
use compose2ecs::deploy::{Deployment, Error, ErrorKind, Way};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::calls::{Call, names};
use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{deployer, deployment, described, revision, service, stack, tell, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("rollback/goes_to_the_newest_that_ran_well_before", goes_to_what_ran_well),
        trial("rollback/a_given_revision_need_not_have_run_well", goes_where_it_is_told),
        trial("rollback/what_is_left_may_be_kept", keeps),
        trial("rollback/nothing_to_go_back_to_is_said", nowhere_to_go),
        trial("rollback/a_way_back_that_fails_deregisters_nothing", way_back_fails),
        trial("rollback/an_unknown_commit_is_not_claimed", unknown_commit),
        trial("rollback/a_service_of_somebody_else_stays", of_somebody_else),
    ]
}

/// The service runs revision 5. Revisions 1, 3, 4 and 6 ran well, of which 4 is deregistered; 2 did not.
fn script(services: Vec<Value>) -> Scripted {
    let good = [1, 3, 4, 6].map(|it| json!({ "ResourceARN": revision(it), "Tags": [] }));
    let stack = stack("1", "");
    Scripted::start()
        .on("Tagging.GetResources", [json!({ "ResourceTagMappingList": good })])
        .by("ECS.DescribeTaskDefinition", move |asked| {
            let body = String::from_utf8_lossy(&asked.body).into_owned();
            let number = body.split(":task-definition/").nth(1).unwrap_or(&body);
            let number = number.split('"').find_map(|it| it.rsplit(':').next()?.parse().ok());
            let number = number.unwrap_or_default();
            let mut answer = described(&stack, number);
            if number == 4 {
                answer["taskDefinition"]["status"] = json!("INACTIVE");
            }
            if let (3, Some(tags)) = (number, answer["tags"].as_array_mut()) {
                tags.push(json!({ "key": "compose2ecs:commit", "value": "c3" }));
            }
            Reply::Json(answer)
        })
        .on("ECS.DescribeServices", services)
        .on("ECS.UpdateService", [json!({ "service": {} })])
        .on("ECS.TagResource", [json!({})])
        .on("ECS.UntagResource", [json!({})])
        .on("ECS.DeregisterTaskDefinition", [json!({ "taskDefinition": {} })])
        .on("ECS.ListTasks", [json!({ "taskArns": [] })])
        .on("ECS.DescribeTasks", [json!({ "tasks": [] })])
}

/// The service as it is before: it says which commit it runs.
fn before() -> Value {
    let mut answer = service(&[deployment(5, "PRIMARY", 5, "COMPLETED", 2)]);
    if let Some(tags) = answer["services"][0]["tags"].as_array_mut() {
        tags.push(json!({ "key": "compose2ecs:commit", "value": "c5" }));
    }
    answer
}

fn after(number: u32) -> Value {
    service(&[deployment(7, "PRIMARY", number, "COMPLETED", 2)])
}

async fn plan(aws: &Scripted, way: &Way) -> Result<Plan, Vec<Error>> {
    deployer(aws).plan_rollback(&stack("1", ""), way).await
}

/// Plans, goes back, and returns the lines of the plan too.
async fn go(aws: Scripted, way: &Way) -> (Vec<String>, Deployment, Vec<Call>) {
    let plan = plan(&aws, way).await.expect("there is a way");
    let lines = plan.lines().into_iter().skip(1).map(|it| it.text).collect();
    let told = Mutex::new(Vec::new());
    let patience = Duration::from_mins(1);
    let deployment = deployer(&aws).roll_back(&plan, patience, &|it| tell(&told, &it)).await;
    (lines, deployment.expect("everything was written"), aws.finish())
}

fn body(calls: &[Call], name: &str) -> Value {
    calls.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no {name}")).json()
}

async fn goes_to_what_ran_well() {
    let (lines, deployment, calls) = go(script(vec![before(), after(3)]), &Way::default()).await;
    let expected = [
        "  ~ service shop-feature-login: back from shop-feature-login:5 to shop-feature-login:3",
        "  ~ service shop-feature-login: commit: c3",
        "  - task definition shop-feature-login:5: shop-feature-login:5 is deregistered",
    ];
    assert_eq!(lines, expected);
    assert_eq!(deployment.failure, None);
    assert_eq!(body(&calls, "ECS.UpdateService")["taskDefinition"], revision(3));
    assert_eq!(body(&calls, "ECS.TagResource")["tags"][0]["value"], "c3");
    assert_eq!(body(&calls, "ECS.DeregisterTaskDefinition")["taskDefinition"], revision(5));
    let names = names(&calls);
    let at = |name: &str| names.iter().rposition(|it| *it == name);
    assert!(at("ECS.DeregisterTaskDefinition") > at("ECS.DescribeServices"), "{names:?}");
}

async fn goes_where_it_is_told() {
    let way = Way { to: Some(2), keep_revision: false };
    let (_, deployment, calls) = go(script(vec![before(), after(2)]), &way).await;
    assert_eq!(deployment.failure, None);
    assert_eq!(body(&calls, "ECS.UpdateService")["taskDefinition"], revision(2));
    let aws = script(vec![before()]);
    let way = Way { to: Some(5), keep_revision: false };
    let errors = plan(&aws, &way).await.expect_err("it runs already");
    assert!(errors[0].message.contains("runs shop-feature-login:5 already"), "{errors:?}");
}

async fn keeps() {
    let way = Way { to: None, keep_revision: true };
    let (_, deployment, calls) = go(script(vec![before(), after(3)]), &way).await;
    assert_eq!(deployment.failure, None);
    assert!(!names(&calls).contains(&"ECS.DeregisterTaskDefinition"));
}

async fn nowhere_to_go() {
    let aws = script(vec![service(&[deployment(1, "PRIMARY", 1, "COMPLETED", 2)])]);
    let errors = plan(&aws, &Way::default()).await.expect_err("revision 1 is the first");
    assert_eq!(
        errors[0].message,
        "nothing of `shop-feature-login` before shop-feature-login:1 ever ran well"
    );
    assert!(errors[0].help.contains("--to"), "{errors:?}");
}

async fn way_back_fails() {
    let mut failed = deployment(7, "PRIMARY", 3, "FAILED", 0);
    failed["rolloutStateReason"] = json!("tasks failed to start.");
    let (_, deployment, calls) =
        go(script(vec![before(), service(&[failed])]), &Way::default()).await;
    assert_eq!(deployment.failure.map(|it| it.kind), Some(ErrorKind::Failed));
    let names = names(&calls);
    assert!(!names.contains(&"ECS.DeregisterTaskDefinition"), "{names:?}");
    assert!(!names.contains(&"ECS.TagResource"), "{names:?}");
}

async fn unknown_commit() {
    let way = Way { to: Some(2), keep_revision: true };
    let (lines, _, calls) = go(script(vec![before(), after(2)]), &way).await;
    assert_eq!(lines[1], "  ~ service shop-feature-login: commit: not known any more");
    assert_eq!(body(&calls, "ECS.UntagResource")["tagKeys"], json!(["compose2ecs:commit"]));
}

async fn of_somebody_else() {
    let mut theirs = before();
    theirs["services"][0]["tags"] = json!([{ "key": "team", "value": "platform" }]);
    let aws = script(vec![theirs]);
    let errors = plan(&aws, &Way::default()).await.expect_err("it is not ours");
    assert!(errors[0].message.contains("does not carry the tags"), "{errors:?}");
}
