//! Waiting for a rollout: answers that are old, late, refused or none.

use std::time::Duration;

use compose2ecs::deploy::ErrorKind;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::scripted::Reply;
use crate::rollout::{done, script};
use crate::scene::{
    NAME, account, deployment, described, running, service, stack, trial, up, up_within,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("waiting/an_old_answer_is_not_believed_at_once", old_answer),
        trial("waiting/a_service_that_is_not_listed_yet_is_waited_for", not_listed_yet),
        trial("waiting/a_deleted_service_is_a_failure", deleted),
        trial("waiting/time_running_out_says_where_it_stood", times_out),
        trial("waiting/throttling_does_not_end_the_wait", throttled),
        trial("waiting/error_pages_do_not_end_the_wait", error_pages),
        trial("waiting/a_refusal_ends_the_wait", refused),
        trial("waiting/what_ran_before_is_no_verdict_on_the_same_revision", same_revision),
    ]
}

/// The network changes and the revision stays: what ECS answers first looks like what is wanted.
async fn same_revision() {
    let before = stack("1", "");
    let mut after = before.clone();
    after.network.public_ip = true;
    let old = || service(&[deployment(0, "PRIMARY", 1, "COMPLETED", 2)]);
    let mut new = deployment(9, "PRIMARY", 1, "FAILED", 0);
    new["rolloutStateReason"] = json!("tasks failed to start.");
    let aws = script([old(), old(), service(&[new])]);
    let aws = aws.by("ECS.DescribeTaskDefinition", move |_| Reply::Json(described(&before, 1)));
    let outcome = up(aws, &after, &running(&stack("1", ""), 1)).await;
    let (kind, message) = outcome.failure();
    assert_eq!(kind, ErrorKind::Failed);
    assert!(message.contains("tasks failed to start"), "{message}");
}

async fn old_answer() {
    let (before, after) = (stack("1", ""), stack("2", ""));
    let old = || service(&[deployment(1, "PRIMARY", 1, "COMPLETED", 2)]);
    let (first, second) = (described(&before, 1), described(&after, 2));
    let aws = script([old(), old(), old(), old(), done()]).by(
        "ECS.DescribeTaskDefinition",
        move |asked| {
            let is_first = String::from_utf8_lossy(&asked.body).contains(":1\"");
            Reply::Json(if is_first { first.clone() } else { second.clone() })
        },
    );
    up(aws, &after, &running(&before, 1)).await.succeeded();
}

fn nothing() -> Value {
    json!({ "services": [], "failures": [{ "arn": NAME, "reason": "MISSING" }] })
}

async fn not_listed_yet() {
    let aws =
        script([nothing(), nothing(), done()]).on("ECS.CreateService", [json!({ "service": {} })]);
    up(aws, &stack("2", ""), &account(&stack("1", ""), 1)).await.succeeded();
}

async fn deleted() {
    let begun = service(&[deployment(2, "PRIMARY", 2, "IN_PROGRESS", 0)]);
    let outcome =
        up(script([begun, nothing()]), &stack("2", ""), &running(&stack("1", ""), 1)).await;
    let (kind, message) = outcome.failure();
    assert_eq!(kind, ErrorKind::Failed);
    assert!(message.ends_with("the service is gone: somebody deleted it meanwhile"), "{message}");
}

async fn times_out() {
    let aws = script([service(&[deployment(2, "PRIMARY", 2, "IN_PROGRESS", 1)])]);
    let patience = Duration::from_millis(100);
    let outcome = up_within(aws, &stack("2", ""), &running(&stack("1", ""), 1), patience).await;
    let expected = "`shop-feature-login` was not ready in time; it stood at: 1 of 2 tasks run";
    assert_eq!(outcome.failure(), (ErrorKind::TimedOut, expected));
}

/// Waits through a stretch of answers, and returns how often it was told of them.
async fn through(trouble: Reply, length: usize) -> usize {
    let begun: Reply = service(&[deployment(2, "PRIMARY", 2, "IN_PROGRESS", 1)]).into();
    let mut replies = vec![begun];
    replies.extend(std::iter::repeat_n(trouble, length));
    replies.push(done().into());
    let aws = script([]).on("ECS.DescribeServices", replies);
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    outcome.succeeded();
    let told = |it: &&String| it.starts_with("shop-feature-login: cannot read the services");
    outcome.told.iter().filter(told).count()
}

async fn throttled() {
    let slow = Reply::refused("ThrottlingException", "Rate exceeded");
    assert_eq!(through(slow, 1).await, 0, "the client tries again itself");
}

async fn error_pages() {
    let page = "<html><body>500 Internal Server Error</body></html>".to_owned();
    let page = Reply::Other(500, "text/html".to_owned(), page);
    assert_eq!(through(page, 9).await, 1, "the client gives up after eight");
}

async fn refused() {
    let aws = script([]).on(
        "ECS.DescribeServices",
        [Reply::refused(
            "AccessDeniedException",
            "not authorized to perform: ecs:DescribeServices",
        )],
    );
    let outcome = up(aws, &stack("2", ""), &running(&stack("1", ""), 1)).await;
    let (kind, message) = outcome.failure();
    assert_eq!(kind, ErrorKind::Refused);
    assert!(message.contains("AccessDenied"), "{message}");
}
