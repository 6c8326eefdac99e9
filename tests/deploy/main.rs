//! Deployments against AWS emulators, and against answers from a script.
//!
//! What needs an emulator is ignored where Python, `venv` or the packages are missing, unless
//! `COMPOSE2ECS_REQUIRE_EMULATORS` is set.
#![expect(
    clippy::print_stderr,
    reason = "says why trials are ignored; the harness has no place for it"
)]

#[path = "../support/aws.rs"]
mod aws;
mod cloud_map;
mod connect;
mod connected;
mod convergence;
mod crash;
mod existing;
mod login;
mod lookup;
mod ownership;
mod project;
mod quirks;
mod rollback;
mod rollout;
mod scene;
mod sdk;
mod signed;
mod snapshot;
#[path = "../support/mod.rs"]
mod support;
mod task_alone;
mod together;
mod waiting;
mod wire;

use std::time::{Duration, Instant};

use aws::calls::{names, rounds};
use aws::emulator::{Emulator, KINDS, Kind, Seeded, missing};
use aws::proxy::{Fault, Proxy};
use aws::scripted::{Reply, Scripted};
use aws::{ACCESS_KEY, config};
use libtest_mimic::{Arguments, Trial};
use serde_json::json;
use tokio::runtime::Runtime;

/// A trial and what it runs.
type Behaviour = (&'static str, fn(Kind));

/// What the deployer does, against each emulator.
const BEHAVIOURS: [Behaviour; 25] = [
    ("lookup/databases_and_caches", lookup::databases_and_caches),
    ("sdk/the_example_of_the_library_brings_a_branch_up", sdk::the_example),
    ("existing/a_service", existing::a_service),
    ("convergence/each_change_is_planned_alone", convergence::each_change_is_planned_alone),
    (
        "convergence/what_a_removed_way_in_needed_goes",
        convergence::what_a_removed_way_in_needed_goes,
    ),
    ("convergence/two_tasks", convergence::two_tasks),
    ("convergence/a_bare_task", convergence::a_bare_task),
    ("convergence/down_twice", convergence::down_twice),
    ("connect/two_tasks", connected::two_tasks_that_find_each_other),
    ("connect/a_circle", connected::a_circle),
    ("connect/a_namespace_of_the_overlay", connected::a_namespace_of_the_overlay),
    ("crash/killed_at_every_call", crash::killed_at_every_call),
    ("crash/tasks_that_find_each_other", crash::tasks_that_find_each_other),
    ("crash/every_call_fails_once", crash::every_call_fails_once),
    ("together/two_runs_of_one_branch", together::two_runs_of_one_branch),
    ("together/twenty_branches_on_one_listener", together::twenty_branches_on_one_listener),
    ("ownership/a_namespace", ownership::a_namespace),
    ("ownership/a_service", ownership::a_service),
    ("ownership/a_service_of_another_cluster", ownership::a_service_of_another_cluster),
    ("ownership/a_target_group", ownership::a_target_group),
    ("ownership/a_listener_rule", ownership::a_listener_rule),
    ("ownership/a_record", ownership::a_record),
    ("ownership/a_log_group", ownership::a_log_group),
    ("ownership/a_task_definition", ownership::a_task_definition),
    ("ownership/a_branch_of_the_same_name", ownership::a_branch_of_the_same_name),
];

fn main() {
    let arguments = Arguments::from_args();
    // Looking for the emulators may install them, which a list is not worth.
    let missing = if arguments.list { None } else { missing() };
    if let Some(reason) = &missing {
        eprintln!("the emulators are not run: {reason}");
    }
    let always = |name: &str, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let mut trials = vec![
        always("scripted/answers_in_turn", || run(answers_in_turn())),
        always("scripted/refuses_what_is_not_in_it", || run(refuses_what_is_not_in_it())),
        always("wire/what_render_prints_is_sent", wire::what_render_prints_is_sent),
        always(
            "wire/the_services_that_render_prints_are_sent",
            wire::the_services_that_render_prints_are_sent,
        ),
    ];
    trials.extend(rollout::trials());
    trials.extend(waiting::trials());
    trials.extend(task_alone::trials());
    trials.extend(rollback::trials());
    trials.extend(login::trials());
    trials.extend(lookup::trials());
    trials.extend(connect::trials());
    trials.extend(signed::trials());
    for kind in KINDS {
        let trial = |name: &str, test: fn(Kind)| {
            let is_skipped = quirks::lacks(kind, name).is_some();
            let run = move || {
                test(kind);
                Ok(())
            };
            let trial = Trial::test(format!("{}/{name}", kind.name()), run);
            trial.with_ignored_flag(missing.is_some() || is_skipped)
        };
        trials.push(trial("has_an_account", has_an_account));
        trials.push(trial("ends_with_its_test", ends_with_its_test));
        trials.push(trial("proxy", the_proxy));
        for (name, test) in BEHAVIOURS {
            trials.push(trial(name, test));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(test: impl Future<Output = ()>) {
    Runtime::new().expect("a runtime").block_on(test);
}

fn start(kind: Kind) -> Emulator {
    Emulator::start(kind).unwrap_or_else(|reason| panic!("{}: {reason}", kind.name()))
}

fn has_an_account(kind: Kind) {
    let emulator = start(kind);
    let first = emulator.seed(&["main", "feature-login"]);
    assert_eq!(first.account, ACCESS_KEY);
    let Seeded { digests, subnets, load_balancer, .. } = &first;
    let different: std::collections::BTreeSet<_> = digests.values().collect();
    assert_eq!((digests.len(), different.len()), (4, 4), "{digests:?}");
    assert_eq!(subnets.len(), 2);
    let clients = config(&emulator.endpoint());
    let found = async |name: &str| {
        let elb = aws_sdk_elasticloadbalancingv2::Client::new(&clients);
        let answer = elb.describe_load_balancers().names(name).send().await;
        answer.ok().and_then(|it| it.load_balancers?.pop()?.load_balancer_arn)
    };
    let runtime = Runtime::new().expect("a runtime");
    assert_eq!(runtime.block_on(found("staging")).as_ref(), Some(load_balancer));
    emulator.reset();
    assert_eq!(runtime.block_on(found("staging")), None);
    emulator.seed(&[]);
}

fn ends_with_its_test(kind: Kind) {
    let emulator = start(kind);
    let address = emulator.endpoint().trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    let panics = std::thread::spawn(move || {
        let _emulator = emulator;
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(panics.join().is_err());
    assert!(std::net::TcpStream::connect(&address).is_err(), "it still listens");
}

fn the_proxy(kind: Kind) {
    let emulator = start(kind);
    let proxy = Proxy::start(&emulator.endpoint());
    run(async {
        records(&proxy).await;
        breaks_one_call(&proxy).await;
        kills(&proxy).await;
    });
}

async fn records(proxy: &Proxy) {
    let clients = config(&proxy.endpoint());
    let (ecs, sts) = (aws_sdk_ecs::Client::new(&clients), aws_sdk_sts::Client::new(&clients));
    let route53 = aws_sdk_route53::Client::new(&clients);
    ecs.create_cluster().cluster_name("other").send().await.expect("a cluster is made");
    proxy.reset();
    proxy.latency(Duration::from_millis(50));
    let start = Instant::now();
    let together = tokio::join!(
        ecs.describe_clusters().clusters("other").send(),
        sts.get_caller_identity().send(),
        route53.list_hosted_zones_by_name().dns_name("example.com").send(),
    );
    assert!(together.0.is_ok() && together.1.is_ok() && together.2.is_ok(), "{together:?}");
    assert_eq!(rounds(&proxy.calls()), 1);
    ecs.list_clusters().send().await.expect("clusters are listed");
    assert!(start.elapsed() >= Duration::from_millis(100));
    let calls = proxy.calls();
    let mut names = names(&calls);
    names[..3].sort_unstable();
    let expected = [
        "ECS.DescribeClusters",
        "Route53.ListHostedZonesByName",
        "STS.GetCallerIdentity",
        "ECS.ListClusters",
    ];
    assert_eq!(names, expected);
    assert_eq!(rounds(&calls), 2);
    assert!(calls.iter().all(|it| it.status == Some(200)));
    let described = calls.iter().find(|it| it.name == "ECS.DescribeClusters");
    assert_eq!(described.map(|it| it.json()["clusters"][0].clone()), Some(json!("other")));
    proxy.latency(Duration::ZERO);
}

/// The clients try again, for every way in which a service writes its answers.
async fn breaks_one_call(proxy: &Proxy) {
    let clients = config(&proxy.endpoint());
    let delay = Duration::from_millis(30);
    let faults = [
        (Fault::ThrottleOnce(0), Some(400)),
        (Fault::ErrorPageOnce(0), Some(500)),
        (Fault::CutOnce(0), None),
        (Fault::DelayOnce(0, delay), Some(200)),
    ];
    for (fault, status) in faults {
        for service in ["ECS", "STS", "Route53"] {
            proxy.reset();
            proxy.fault(fault);
            let answered = match service {
                "ECS" => aws_sdk_ecs::Client::new(&clients).list_clusters().send().await.is_ok(),
                "STS" => {
                    aws_sdk_sts::Client::new(&clients).get_caller_identity().send().await.is_ok()
                }
                _ => {
                    aws_sdk_route53::Client::new(&clients).list_hosted_zones().send().await.is_ok()
                }
            };
            let calls = proxy.calls();
            assert!(answered, "{service} {fault:?} {calls:?}");
            assert_eq!(calls[0].status, status, "{service} {fault:?}");
            let tries = if matches!(fault, Fault::DelayOnce(..)) { 1 } else { 2 };
            assert_eq!(calls.len(), tries, "{service} {fault:?}");
        }
    }
}

async fn kills(proxy: &Proxy) {
    let ecs = aws_sdk_ecs::Client::new(&config(&proxy.endpoint()));
    let work = async {
        for name in ["one", "two", "three"] {
            ecs.create_cluster().cluster_name(name).send().await.expect("a cluster is made");
        }
    };
    proxy.reset();
    proxy.fault(Fault::KillAfter(2));
    tokio::select! {
        () = work => panic!("the third call got through"),
        () = proxy.killed() => {}
    }
    proxy.settled().await;
    proxy.reset();
    let made = ecs.list_clusters().send().await.expect("clusters are listed");
    let made: Vec<_> = made.cluster_arns().iter().filter_map(|it| it.rsplit('/').next()).collect();
    assert!(made.contains(&"one") && made.contains(&"two") && !made.contains(&"three"), "{made:?}");
}

async fn answers_in_turn() {
    let aws = Scripted::start()
        .on(
            "ECS.ListClusters",
            [json!({ "clusterArns": ["a"], "nextToken": "1" }), json!({ "clusterArns": ["b"] })],
        )
        .on(
            "STS.GetCallerIdentity",
            [
                Reply::refused("ExpiredToken", "The token has expired"),
                Reply::Xml(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
                        .to_owned(),
                ),
            ],
        );
    let clients = config(&aws.endpoint());
    let (ecs, sts) = (aws_sdk_ecs::Client::new(&clients), aws_sdk_sts::Client::new(&clients));
    for expected in ["a", "b", "b"] {
        let answer = ecs.list_clusters().send().await.expect("it is in the script");
        assert_eq!(answer.cluster_arns(), [expected]);
    }
    let error = sts.get_caller_identity().send().await.expect_err("the first answer is an error");
    assert!(format!("{error:?}").contains("ExpiredToken"), "{error:?}");
    let answer = sts.get_caller_identity().send().await.expect("the second one is not");
    assert_eq!(answer.account(), Some("1"));
    assert_eq!(rounds(&aws.finish()), 5);
}

async fn refuses_what_is_not_in_it() {
    let aws = Scripted::start();
    let ecs = aws_sdk_ecs::Client::new(&config(&aws.endpoint()));
    assert!(ecs.list_clusters().send().await.is_err());
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || aws.finish()));
    let reason = failed.expect_err("an operation that is not in the script fails the test");
    let reason = reason.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(reason.contains("ECS.ListClusters"), "{reason}");
}
