//! Several runs at once: of one branch, and of twenty on one listener.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, RuleCondition,
};
use futures_util::future::{join_all, try_join_all};

use crate::aws::emulator::Kind;
use crate::convergence::seeded;
use crate::project::{Project, deployer, words};
use crate::snapshot::{Account, REVISIONS};
use crate::{quirks, run};

/// A rule that somebody else made.
pub(crate) async fn foreign_rule(account: &Account, listener: &str, host: &str, priority: i32) {
    let response = FixedResponseActionConfig::builder().status_code("404").build();
    let action =
        Action::builder().r#type(ActionTypeEnum::FixedResponse).fixed_response_config(response);
    let condition = RuleCondition::builder().field("host-header").values(host).build();
    let call = account.elb.create_rule().listener_arn(listener).priority(priority);
    call.actions(action.build()).conditions(condition).send().await.expect("a rule is made");
}

/// Both come up, and what they leave is what one would have.
pub(crate) fn two_runs_of_one_branch(kind: Kind) {
    let emulator = seeded(kind);
    let endpoint = emulator.endpoint();
    run(async {
        let project = Project::service();
        let up = async |branch: &str| project.up(&deployer(&endpoint), branch).await;
        up("alone").await.expect("it comes up");
        let branches: Vec<String> = (0..5).map(|it| format!("pair{it}x")).collect();
        let runs = branches.iter().flat_map(|it| [up(it), up(it)]);
        try_join_all(runs).await.expect("both come up");
        let snapshot = Account::new(&endpoint).snapshot().await;
        let lines = |branch: &str| -> Vec<String> {
            let counts = |it: &String| !it.starts_with(REVISIONS) && !quirks::made_twice(kind, it);
            snapshot.of(branch).into_iter().filter(counts).collect()
        };
        for branch in &branches {
            assert_eq!(lines(branch), lines("alone"), "{branch}");
            let plan = project.plan(&deployer(&endpoint), branch).await.expect("a plan");
            assert_eq!(words(&plan.actions), [""; 0], "{branch}");
        }
        let down = async |branch: &str| project.down(&deployer(&endpoint), branch).await;
        let runs = branches.iter().flat_map(|it| [down(it), down(it)]);
        try_join_all(runs).await.expect("both go down");
        down("alone").await.expect("it goes down");
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}

/// A rule for all hosts leaves few priorities, so that many of the twenty want the same.
pub(crate) fn twenty_branches_on_one_listener(kind: Kind) {
    let emulator = seeded(kind);
    let listener = {
        emulator.reset();
        emulator.seed(&["main"]).http_listener
    };
    let endpoint = emulator.endpoint();
    run(async {
        let (account, project) = (Account::new(&endpoint), Project::service());
        foreign_rule(&account, &listener, "*.example.com", 60).await;
        let before = account.snapshot().await;
        let branches: Vec<String> = (0..20).map(|it| format!("b{it:02}x")).collect();
        let ups = branches.iter().map(async |it| project.up(&deployer(&endpoint), it).await);
        for (branch, result) in branches.iter().zip(join_all(ups).await) {
            result.unwrap_or_else(|errors| panic!("{branch}: {errors:?}"));
        }
        let rules = account.listener_rules().await;
        let priorities: BTreeSet<_> = rules.iter().filter_map(|(_, it)| it.priority()).collect();
        assert_eq!(rules.len(), 21, "{rules:#?}");
        if quirks::lacks(kind, "together/priorities").is_none() {
            assert_eq!(priorities.len(), 21, "{priorities:?}");
        }
        let snapshot = account.snapshot().await;
        for branch in &branches {
            assert_eq!(snapshot.of(branch), snapshot.of(&branches[0]), "{branch}");
        }
        let downs = branches.iter().map(async |it| project.down(&deployer(&endpoint), it).await);
        for (branch, result) in branches.iter().zip(join_all(downs).await) {
            result.unwrap_or_else(|errors| panic!("{branch}: {errors:?}"));
        }
        assert_eq!(account.snapshot().await, before);
    });
}
