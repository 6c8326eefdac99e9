//! What does not carry the environment's tags is never changed: `up` says whose it is, `down` leaves it.

use aws_sdk_ecs::types::{ContainerDefinition, Tag};
use aws_sdk_route53::types::{
    Change as RecordChange, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use compose2ecs::deploy::Change;

use crate::aws::emulator::{Emulator, Kind, Seeded};
use crate::project::{Project, deployer};
use crate::snapshot::Account;
use crate::together::foreign_rule;
use crate::{run, start};

/// An account in which somebody made things by hand.
struct Others {
    emulator: Emulator,
    seeded: Seeded,
    account: Account,
    project: Project,
}

impl Others {
    fn new(kind: Kind) -> Self {
        let emulator = start(kind);
        let seeded = emulator.seed(&["main"]);
        let account = Account::new(&emulator.endpoint());
        Self { emulator, seeded, account, project: Project::service() }
    }

    /// `up` refuses and says what is in its way; neither command changes anything.
    async fn are_left_alone(&self, branch: &str, named: &[&str]) {
        let deployer = deployer(&self.emulator.endpoint());
        let before = self.account.snapshot().await;
        let errors = self.project.up(&deployer, branch).await.expect_err("it is somebody else's");
        let message = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for name in named {
            assert!(message.contains(name), "`{name}` is not in: {message}");
        }
        assert_eq!(self.account.snapshot().await, before, "after up");
        let done = self.project.down(&deployer, branch).await.expect("it goes down");
        assert_eq!(done, [], "down finds nothing of its own");
        assert_eq!(self.account.snapshot().await, before, "after down");
    }

    /// `up` and `down` work, and leave what was there.
    async fn are_used(&self, branch: &str) {
        let deployer = deployer(&self.emulator.endpoint());
        let before = self.account.snapshot().await;
        self.project.up(&deployer, branch).await.expect("it comes up");
        assert_ne!(self.account.snapshot().await, before);
        self.project.down(&deployer, branch).await.expect("it goes down");
        assert_eq!(self.account.snapshot().await, before);
    }

    async fn definition(&self, family: &str) {
        let container = ContainerDefinition::builder().name("app").image("app").memory(128).build();
        let call = self.account.ecs.register_task_definition().family(family);
        call.container_definitions(container).send().await.expect("a definition is registered");
    }
}

pub(crate) fn a_namespace(kind: Kind) {
    let others = Others { project: Project::connected(), ..Others::new(kind) };
    run(async {
        let endpoint = others.emulator.endpoint();
        let body = serde_json::json!({ "Name": "shop-main" });
        crate::cloud_map::call(&endpoint, "CreateHttpNamespace", &body).await;
        others
            .are_left_alone("main", &["the Cloud Map namespace `shop-main`", "did not make it"])
            .await;
    });
}

pub(crate) fn a_service(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        others.definition("theirs").await;
        let call = others.account.ecs.create_service().cluster("staging").service_name("shop-main");
        call.task_definition("theirs").desired_count(1).send().await.expect("a service is made");
        others.are_left_alone("main", &["the service `shop-main`", "did not make it"]).await;
    });
}

/// The same project and branch runs in two clusters; the index of tags knows both.
pub(crate) fn a_service_of_another_cluster(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        others.definition("theirs").await;
        let ecs = &others.account.ecs;
        ecs.create_cluster().cluster_name("other").send().await.expect("a cluster is made");
        let tags = [("project", "shop"), ("environment", "shop-main"), ("branch", "main")];
        let tag =
            |(key, value)| Tag::builder().key(format!("compose2ecs:{key}")).value(value).build();
        let call = ecs.create_service().cluster("other").service_name("shop-main");
        let call = call.task_definition("theirs").desired_count(1);
        call.set_tags(Some(tags.map(tag).to_vec())).send().await.expect("a service is made");
        let deployer = deployer(&others.emulator.endpoint());
        for _ in 0..2 {
            let done = others.project.up(&deployer, "main").await.expect("it comes up");
            assert!(
                done.actions.iter().all(|it| it.change != Change::Delete),
                "{:?}",
                done.actions
            );
        }
        others.project.down(&deployer, "main").await.expect("it goes down");
        let found = ecs.describe_services().cluster("other").services("shop-main").send().await;
        let found = found.expect("services can be described");
        assert_eq!(found.services()[0].status(), Some("ACTIVE"), "the other cluster's stays");
    });
}

pub(crate) fn a_target_group(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        let call = others.account.elb.create_target_group().name("shop-main-nginx-80").port(80);
        let call = call.protocol("HTTP".into()).vpc_id(&others.seeded.vpc).target_type("ip".into());
        call.send().await.expect("a target group is made");
        others.are_left_alone("main", &["the target group `shop-main-nginx-80`"]).await;
    });
}

pub(crate) fn a_listener_rule(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        foreign_rule(&others.account, &others.seeded.http_listener, "main.example.com", 7).await;
        others.are_left_alone("main", &["rule for `main.example.com`", "priority 7"]).await;
    });
}

pub(crate) fn a_record(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        let value = ResourceRecord::builder().value("192.0.2.1").build().expect("a value");
        let set = ResourceRecordSet::builder().name("main.example.com").r#type(RrType::A).ttl(60);
        let set = set.resource_records(value).build().expect("a record");
        let change = RecordChange::builder().action(ChangeAction::Create).resource_record_set(set);
        let batch = ChangeBatch::builder().changes(change.build().expect("a change")).build();
        let call = others.account.route53.change_resource_record_sets();
        let call = call.hosted_zone_id(&others.seeded.zone).change_batch(batch.expect("a batch"));
        call.send().await.expect("a record is made");
        others.are_left_alone("main", &["record for `main.example.com`"]).await;
    });
}

pub(crate) fn a_log_group(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        let logs = &others.account.logs;
        logs.create_log_group().log_group_name("/ecs/shop-main").send().await.expect("a log group");
        let call = logs.put_retention_policy().log_group_name("/ecs/shop-main");
        call.retention_in_days(3).send().await.expect("a retention");
        others.are_used("main").await;
    });
}

pub(crate) fn a_task_definition(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        others.definition("shop-main").await;
        others.are_used("main").await;
    });
}

/// `feature/a` and `feature-a` have one name; the second is told whose it is.
pub(crate) fn a_branch_of_the_same_name(kind: Kind) {
    let others = Others::new(kind);
    run(async {
        let deployer = deployer(&others.emulator.endpoint());
        others.project.up(&deployer, "feature/a").await.expect("it comes up");
        others
            .are_left_alone("feature-a", &["`feature/a`", "`feature-a`", "`shop-feature-a`"])
            .await;
        others.project.down(&deployer, "feature/a").await.expect("it goes down");
        assert_eq!(others.account.snapshot().await.0, [""; 0]);
    });
}
