//! Tasks that nothing keeps running: from the first answer of ECS to the record on their address.

use compose2ecs::deploy::{ErrorKind, Observed};
use compose2ecs::stack::Stack;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{Outcome, account, described, revision, stack, trial, up};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("task_alone/its_record_points_to_its_public_address", points_to_its_address),
        trial("task_alone/a_new_one_that_is_not_listed_yet_is_waited_for", not_listed_yet),
        trial("task_alone/spot_taking_it_is_a_failure_that_says_so", spot_takes_it),
        trial("task_alone/one_that_never_started_is_a_failure", never_started),
    ]
}

const TASK: &str = "arn:aws:ecs:eu-west-1:123456789012:task/staging/0123456789abcdef";

fn alone() -> (Stack, Observed) {
    let mut stack = stack(
        "1",
        "  dns: { zone: example.com }\n  ingress: [{ service: web, port: 80, host: a.example.com }]\n",
    );
    stack.network.public_ip = true;
    let mut observed = account(&stack, 1);
    let zone = json!({ "id": "Z1", "name": "example.com" });
    observed.zone = serde_json::from_value(zone).expect("it is a zone");
    (stack, observed)
}

fn task(status: &str, more: &Value) -> Value {
    let mut task = json!({
        "taskArn": TASK, "taskDefinitionArn": revision(1), "lastStatus": status, "desiredStatus": "RUNNING",
        "attachments": [{ "details": [{ "name": "networkInterfaceId", "value": "eni-1" }] }],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        task[key] = value.clone();
    }
    json!({ "tasks": [task] })
}

async fn run(tasks: impl IntoIterator<Item = Value>) -> Outcome {
    let (stack, observed) = alone();
    let address = |association: &str| {
        Reply::Xml(format!(
            "<DescribeNetworkInterfacesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><networkInterfaceSet><item>\
             <networkInterfaceId>eni-1</networkInterfaceId>{association}</item></networkInterfaceSet>\
             </DescribeNetworkInterfacesResponse>"
        ))
    };
    let changed = "<ChangeResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeInfo><Id>C1\
                   </Id><Status>INSYNC</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>\
                   </ChangeResourceRecordSetsResponse>";
    let aws = Scripted::start()
        .on("ECS.RunTask", [json!({ "tasks": [{ "taskArn": TASK }] })])
        .on("ECS.DescribeTasks", tasks)
        .on("ECS.DescribeTaskDefinition", [described(&stack, 1)])
        .on(
            "EC2.DescribeNetworkInterfaces",
            [address(""), address("<association><publicIp>203.0.113.7</publicIp></association>")],
        )
        .on("Route53.ChangeResourceRecordSets", [Reply::Xml(changed.to_owned())])
        .on("ECS.TagResource", [json!({})]);
    up(aws, &stack, &observed).await
}

async fn points_to_its_address() {
    let none = json!({});
    let steps = ["PROVISIONING", "PENDING", "RUNNING"];
    let outcome = run(steps.map(|it| task(it, &none))).await;
    outcome.succeeded();
    for step in ["provisioning", "pending"] {
        let sentence = format!("shop-feature-login: the task is {step}");
        assert!(outcome.told.contains(&sentence), "{:?}", outcome.told);
    }
    let changed = outcome.calls.iter().find(|it| it.name == "Route53.ChangeResourceRecordSets");
    let body = String::from_utf8_lossy(&changed.expect("there is a record").body).into_owned();
    assert!(body.contains("<Name>a.example.com</Name><Type>A</Type>"), "{body}");
    assert!(body.contains("<Value>203.0.113.7</Value>"), "{body}");
}

async fn not_listed_yet() {
    let nothing = json!({ "tasks": [], "failures": [{ "arn": TASK, "reason": "MISSING" }] });
    run([nothing.clone(), nothing, task("RUNNING", &json!({}))]).await.succeeded();
}

async fn spot_takes_it() {
    let interrupted = json!({
        "desiredStatus": "STOPPED", "stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted.",
    });
    let outcome = run([task("PENDING", &json!({})), task("RUNNING", &interrupted)]).await;
    let expected =
        "`shop-feature-login` was not deployed: the task stopped: Your Spot Task was interrupted.";
    assert_eq!(outcome.failure(), (ErrorKind::Failed, expected));
    let stopped = outcome.result.as_ref().ok().and_then(|it| it.stopped.as_ref());
    assert_eq!(stopped.map(|it| it.code.as_str()), Some("SpotInterruption"));
    assert!(!outcome.called("Route53.ChangeResourceRecordSets"));
}

async fn never_started() {
    let reason = "ResourceInitializationError: unable to pull secrets or registry auth";
    let failed = json!({
        "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stopCode": "TaskFailedToStart", "stoppedReason": reason,
        "containers": [{ "name": "web", "lastStatus": "STOPPED" }],
    });
    let outcome = run([task("STOPPED", &failed)]).await;
    let (kind, message) = outcome.failure();
    assert_eq!(kind, ErrorKind::Failed);
    assert!(message.ends_with(reason), "{message}");
}
