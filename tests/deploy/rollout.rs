//! Rollouts of services that no emulator plays: what becomes of each, and what is told on the way.

use compose2ecs::deploy::{ErrorKind, StoppedTask};
use compose2ecs::ecs::Tag;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::calls::Call;
use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{
    GROUP, NAME, account, deployment, described, revision, running, service, stack, tags, trial,
    up, with_events,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("rollout/counts_and_events_are_told_until_it_is_completed", is_told),
        trial("rollout/a_revision_is_marked_for_the_last_commit_that_it_ran_for", is_marked_again),
        trial("rollout/targets_have_to_be_healthy", waits_for_targets),
        trial("rollout/the_circuit_breaker_going_back_is_a_failure", goes_back),
        trial("rollout/only_the_way_back_is_left_and_is_a_failure", only_the_way_back_is_left),
        trial("rollout/tasks_that_cannot_start_say_why_and_have_no_log", cannot_start),
        trial("rollout/the_last_words_of_a_container_are_shown_without_passwords", last_words),
        trial("rollout/what_ecs_stopped_itself_is_no_cause", scaled_in_is_no_cause),
        trial("rollout/the_first_one_has_nothing_to_go_back_to", first_one_fails),
        trial("rollout/an_earlier_failure_says_nothing_of_a_new_try", earlier_failure),
        trial("rollout/spot_takes_a_task_and_it_goes_on", spot_takes_a_task),
        trial("rollout/another_deployment_taking_its_place_is_a_failure", another_one),
        trial("rollout/an_equal_revision_of_a_parallel_run_is_as_good", equal_one),
        trial("rollout/revisions_that_cannot_be_read_are_not_equal", unreadable_are_not_equal),
    ]
}

/// A script in which revision 2 is registered and rolled out.
pub(crate) fn script(services: impl IntoIterator<Item = Value>) -> Scripted {
    Scripted::start()
        .on(
            "ECS.RegisterTaskDefinition",
            [json!({ "taskDefinition": { "taskDefinitionArn": revision(2) } })],
        )
        .on("ECS.UpdateService", [json!({ "service": {} })])
        .on("ECS.TagResource", [json!({})])
        .on("ECS.ListTasks", [json!({ "taskArns": [] })])
        .on("ECS.DescribeTasks", [json!({ "tasks": [] })])
        .on("ECS.DescribeServices", services)
}

pub(crate) fn done() -> Value {
    service(&[deployment(2, "PRIMARY", 2, "COMPLETED", 2)])
}

/// PRIMARY is the old revision again, and why.
fn way_back() -> Value {
    let mut back = deployment(3, "PRIMARY", 1, "IN_PROGRESS", 1);
    back["rolloutStateReason"] =
        json!("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.");
    back
}

fn failed() -> Value {
    let mut failed = deployment(2, "ACTIVE", 2, "FAILED", 0);
    failed["rolloutStateReason"] = json!("ECS deployment circuit breaker: tasks failed to start.");
    failed
}

/// A task of revision 2 that stopped.
fn stopped(id: &str, at: i64, reason: &str, code: &str, container: &Value) -> Value {
    json!({
        "taskArn": format!("arn:aws:ecs:eu-west-1:123456789012:task/staging/{id}"), "taskDefinitionArn": revision(2),
        "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedReason": reason, "stopCode": code, "stoppedAt": at,
        "containers": [container],
    })
}

/// The evidence of a rollout that goes back because these tasks died.
async fn evidence(tasks: &[Value], log: Option<Value>) -> StoppedTask {
    let (before, after) = (stack("1", ""), stack("2", ""));
    let mut aws = Scripted::start()
        .on(
            "ECS.RegisterTaskDefinition",
            [json!({ "taskDefinition": { "taskDefinitionArn": revision(2) } })],
        )
        .on("ECS.UpdateService", [json!({ "service": {} })])
        .on("ECS.DescribeServices", [service(&[way_back(), failed()])])
        .on("ECS.ListTasks", [json!({ "taskArns": ["a", "b"] })])
        .on("ECS.DescribeTasks", [json!({ "tasks": tasks })])
        .on("ECS.DescribeTaskDefinition", [described(&after, 2)]);
    if let Some(log) = log {
        aws = aws.on("Logs.GetLogEvents", [log]);
    }
    let outcome = up(aws, &after, &running(&before, 1)).await;
    assert_eq!(outcome.failure().0, ErrorKind::Failed);
    assert!(!outcome.called("ECS.TagResource"), "it is marked as having run well");
    outcome.result.expect("it was written").stopped.expect("a task stopped")
}

async fn is_told() {
    let step = |running, state, events: &[&str]| {
        with_events(&[deployment(2, "PRIMARY", 2, state, running)], events)
    };
    let aws = script([
        step(0, "IN_PROGRESS", &["old news"]),
        step(1, "IN_PROGRESS", &["has started 2 tasks", "old news"]),
        step(2, "IN_PROGRESS", &["registered 1 target", "has started 2 tasks", "old news"]),
        step(2, "COMPLETED", &[]),
    ]);
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    outcome.succeeded();
    let expected = [
        "begun: task definition shop-feature-login",
        "done: task definition shop-feature-login",
        "begun: service shop-feature-login",
        "done: service shop-feature-login",
        "shop-feature-login: 0 of 2 tasks run",
        "event: has started 2 tasks",
        "shop-feature-login: 1 of 2 tasks run",
        "event: registered 1 target",
        "shop-feature-login: 2 of 2 tasks run",
        "begun: service shop-feature-login",
        "done: service shop-feature-login",
    ];
    assert_eq!(outcome.told, expected);
    let marked = outcome.calls.iter().find(|it| {
        it.name == "ECS.TagResource" && it.json()["resourceArn"] == revision(2).as_str()
    });
    let keys = marked.expect("it ran well").json()["tags"].clone();
    let keys: Vec<&str> =
        keys.as_array().into_iter().flatten().filter_map(|it| it["key"].as_str()).collect();
    assert_eq!(keys, ["compose2ecs:commit", "compose2ecs:deployed"]);
}

/// The commits that revision 2 is marked with, when it runs already and was marked with this one.
async fn marks(before: &str) -> Vec<Value> {
    let stack = stack("2", "");
    let mut observed = running(&stack, 2);
    let tags = &mut observed.revisions[NAME].definition.tags;
    for (key, value) in
        [("compose2ecs:deployed", "2026-11-01T12:00:00Z"), ("compose2ecs:commit", before)]
    {
        tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    let outcome = up(script([done()]), &stack, &observed).await;
    outcome.succeeded();
    assert!(!outcome.called("ECS.RegisterTaskDefinition"), "a mark is no difference");
    let tagged = outcome.calls.iter().filter(|it| it.name == "ECS.TagResource").map(Call::json);
    let of_revision = tagged.filter(|it| it["resourceArn"] == revision(2).as_str());
    of_revision.map(|it| it["tags"][0]["value"].clone()).collect()
}

async fn is_marked_again() {
    assert_eq!(marks("1").await, ["2"]);
    assert_eq!(marks("2").await, [] as [&str; 0]);
}

async fn waits_for_targets() {
    let overlay =
        "  ingress: [{ service: web, port: 80, listener: staging, host: a.example.com }]\n";
    let (before, after) = (stack("1", overlay), stack("2", overlay));
    let mut observed = running(&before, 1);
    let rule = json!({ "arn": "rule", "priority": 7, "hosts": ["a.example.com"], "target_group": GROUP, "tags": tags(&after) });
    let listener = json!({ "arn": "listener", "vpc": "vpc-1", "rules": [rule] });
    let group = json!({ "arn": GROUP, "vpc": "vpc-1", "tags": tags(&after) });
    let parsed = "it is what was observed";
    observed
        .listeners
        .insert("staging".to_owned(), serde_json::from_value(listener).expect(parsed));
    let name = "shop-feature-login-web-80".to_owned();
    observed.target_groups.insert(name, serde_json::from_value(group).expect(parsed));
    let balancers = json!([{ "target_group": GROUP, "container": "web", "port": 80 }]);
    observed.services[NAME].load_balancers = serde_json::from_value(balancers).expect(parsed);
    let health = |state: &str, description: &str| {
        Reply::Xml(format!(
            "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Id>10.0.0.1\
             </Id></Target><TargetHealth><State>{state}</State><Description>{description}</Description></TargetHealth></member>\
             </TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>"
        ))
    };
    let aws = script([done()]).on(
        "ELB.DescribeTargetHealth",
        [
            health("initial", "Target registration is in progress"),
            health("unhealthy", "Health checks failed with these codes: [502]"),
            health("healthy", ""),
        ],
    );
    let outcome = up(aws, &after, &observed).await;
    outcome.succeeded();
    let waits: Vec<&String> = outcome.told.iter().filter(|it| it.contains("balancer")).collect();
    assert_eq!(
        waits,
        [
            "shop-feature-login: 2 of 2 tasks run; the load balancer says initial (Target registration is in progress)",
            "shop-feature-login: 2 of 2 tasks run; the load balancer says unhealthy (Health checks failed with these codes: [502])",
        ]
    );
}

async fn goes_back() {
    let begun = service(&[
        deployment(2, "PRIMARY", 2, "IN_PROGRESS", 0),
        deployment(1, "ACTIVE", 1, "COMPLETED", 2),
    ]);
    let aws = script([begun, service(&[way_back(), failed()])]);
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    let expected = "`shop-feature-login` was not deployed: the rollout of shop-feature-login:2 failed: ECS deployment circuit \
                    breaker: tasks failed to start.";
    assert_eq!(outcome.failure(), (ErrorKind::Failed, expected));
    assert!(!outcome.called("ECS.TagResource"), "the commit and the mark are of what runs");
}

async fn only_the_way_back_is_left() {
    let aws = script([service(&[way_back()])]);
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    let expected = "`shop-feature-login` was not deployed: ECS went back to shop-feature-login:1: ECS deployment circuit \
                    breaker: rolling back to deploymentId ecs-svc/1.";
    assert_eq!(outcome.failure(), (ErrorKind::Failed, expected));
}

async fn cannot_start() {
    let reason =
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found";
    let container = json!({ "name": "web", "lastStatus": "STOPPED", "reason": reason });
    let task = stopped("a", 1, reason, "TaskFailedToStart", &container);
    // The script has no log: asking for one would fail the test.
    let evidence = evidence(&[task], None).await;
    assert_eq!((evidence.reason.as_str(), evidence.code.as_str()), (reason, "TaskFailedToStart"));
    assert_eq!((evidence.id.as_str(), evidence.revision.as_str()), ("a", "shop-feature-login:2"));
    let container = &evidence.containers[0];
    assert_eq!((container.exit_code, container.reason.as_str()), (None, reason));
    assert!(container.log.is_empty());
}

async fn last_words() {
    let container = json!({ "name": "web", "lastStatus": "STOPPED", "exitCode": 1 });
    let task = stopped(
        "a",
        1,
        "Essential container in task exited",
        "EssentialContainerExited",
        &container,
    );
    let log = json!({ "events": [
        { "message": "connecting to postgres://shop:hunter2@db.example.com/shop\n" },
        { "message": "connection refused" },
    ] });
    let evidence = evidence(&[task], Some(log)).await;
    let container = &evidence.containers[0];
    assert_eq!(container.exit_code, Some(1));
    assert_eq!(container.log.len(), 2);
    assert!(
        container.log[0].starts_with("connecting to postgres://shop:***"),
        "{:?}",
        container.log
    );
    assert!(!format!("{evidence:?}").contains("hunter2"));
    assert_eq!(container.log[1], "connection refused");
}

async fn scaled_in_is_no_cause() {
    let dead = json!({ "name": "web", "lastStatus": "STOPPED", "reason": "OutOfMemoryError: Container killed" });
    let cause =
        stopped("a", 1, "Essential container in task exited", "EssentialContainerExited", &dead);
    let fine = json!({ "name": "web", "lastStatus": "STOPPED" });
    let scaled = "Scaling activity initiated by (deployment ecs-svc/3)";
    let other = stopped("b", 2, scaled, "ServiceSchedulerInitiated", &fine);
    assert_eq!(evidence(&[other, cause], None).await.id, "a");
}

async fn first_one_fails() {
    let after = stack("2", "");
    let mut failed = failed();
    failed["status"] = json!("PRIMARY");
    let begun = service(&[deployment(2, "PRIMARY", 2, "IN_PROGRESS", 0)]);
    let aws =
        script([begun, service(&[failed])]).on("ECS.CreateService", [json!({ "service": {} })]);
    let outcome = up(aws, &after, &account(&stack("1", ""), 1)).await;
    let (kind, message) = outcome.failure();
    assert_eq!(kind, ErrorKind::Failed);
    assert!(message.contains("the rollout of shop-feature-login:2 failed"), "{message}");
}

async fn earlier_failure() {
    let after = stack("2", "");
    let mut observed = running(&after, 2);
    let first = &mut observed.services[NAME].deployments[0];
    (first.id, first.rollout_state) = ("ecs-svc/2".to_owned(), "FAILED".to_owned());
    let mut stale = failed();
    stale["status"] = json!("PRIMARY");
    let again = deployment(3, "PRIMARY", 2, "IN_PROGRESS", 1);
    let aws = script([
        service(&[stale]),
        service(&[again, failed()]),
        service(&[deployment(3, "PRIMARY", 2, "COMPLETED", 2)]),
    ]);
    let outcome = up(aws, &after, &observed).await;
    outcome.succeeded();
    let update = outcome.calls.iter().find(|it| it.name == "ECS.UpdateService");
    assert_eq!(update.expect("it is tried again").json()["forceNewDeployment"], true);
}

async fn spot_takes_a_task() {
    let mut taken = deployment(2, "PRIMARY", 2, "COMPLETED", 1);
    taken["failedTasks"] = json!(1);
    let event =
        "(service shop-feature-login) has stopped 1 running tasks: Your Spot Task was interrupted.";
    let aws = script([
        service(&[deployment(2, "PRIMARY", 2, "IN_PROGRESS", 2)]),
        with_events(&[taken], &[event]),
        done(),
    ]);
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    outcome.succeeded();
    let sentence = "shop-feature-login: 1 of 2 tasks run; 1 did not start".to_owned();
    assert!(outcome.told.contains(&sentence), "{:?}", outcome.told);
    assert!(outcome.told.contains(&format!("event: {event}")), "{:?}", outcome.told);
}

/// A service that runs revision 3, which somebody else registered.
fn taken_over(other: &compose2ecs::stack::Stack) -> Scripted {
    let (other, after) = (described(other, 3), described(&stack("2", ""), 2));
    script([service(&[deployment(3, "PRIMARY", 3, "COMPLETED", 2)])]).by(
        "ECS.DescribeTaskDefinition",
        move |asked| {
            let is_other = String::from_utf8_lossy(&asked.body).contains(":3\"");
            Reply::Json(if is_other { other.clone() } else { after.clone() })
        },
    )
}

async fn another_one() {
    let aws = taken_over(&stack("another", ""));
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    let expected = "`shop-feature-login` was not deployed: the service runs shop-feature-login:3: another deployment took its place";
    assert_eq!(outcome.failure(), (ErrorKind::Failed, expected));
}

async fn equal_one() {
    let aws = taken_over(&stack("2", ""));
    up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await.succeeded();
}

async fn unreadable_are_not_equal() {
    let gone = Reply::refused("ClientException", "Unable to describe task definition.");
    let aws = script([service(&[deployment(3, "PRIMARY", 3, "COMPLETED", 2)])])
        .on("ECS.DescribeTaskDefinition", [gone]);
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    assert_eq!(outcome.failure().0, ErrorKind::Failed);
}
