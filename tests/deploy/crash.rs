//! A run that is killed at any call, and one of which any call fails: the next run, or the same, ends where an undisturbed one
//! does.

use std::time::Duration;

use compose2ecs::deploy::Error;
use futures_util::StreamExt as _;
use futures_util::stream::iter;

use crate::aws::emulator::Kind;
use crate::aws::proxy::{Fault, Proxy};
use crate::convergence::seeded;
use crate::project::{Project, deployer};
use crate::snapshot::{Account, REVISIONS};
use crate::{quirks, run};

/// How many branches are on their way at once; an emulator has one processor.
const AT_ONCE: usize = 6;

#[derive(Clone, Copy, Debug)]
enum Command {
    Up,
    Update,
    Down,
}

const COMMANDS: [Command; 3] = [Command::Up, Command::Update, Command::Down];

impl Command {
    async fn run(self, project: &Project, endpoint: &str, branch: &str) -> Result<(), Vec<Error>> {
        let deployer = deployer(endpoint);
        match self {
            Self::Up => project.up(&deployer, branch).await.map(drop),
            Self::Update => project.updated().up(&deployer, branch).await.map(drop),
            Self::Down => project.updated().down(&deployer, branch).await.map(drop),
        }
    }
}

pub(crate) fn killed_at_every_call(kind: Kind) {
    killed_everywhere(kind, &Project::service(), 1);
}

pub(crate) fn tasks_that_find_each_other(kind: Kind) {
    // Its calls are many, and every third comes to every stage.
    killed_everywhere(kind, &Project::circle(), 3);
}

/// Every number of calls is a branch of its own, so that one account serves all of them.
fn killed_everywhere(kind: Kind, project: &Project, step: usize) {
    let emulator = seeded(kind);
    let endpoint = emulator.endpoint();
    run(async {
        let mut branches: Vec<(usize, String)> = Vec::new();
        for command in COMMANDS {
            let calls = undisturbed(project, &endpoint, command).await;
            for number in (0..calls).step_by(step).skip(branches.len()) {
                let branch = format!("n{number:03}x");
                // What the commands before did not need is brought to where the others are.
                if !matches!(command, Command::Up) {
                    Command::Update
                        .run(project, &endpoint, &branch)
                        .await
                        .expect("nothing disturbs it");
                }
                branches.push((number, branch));
            }
            let failures = iter(branches.iter().map(async |(number, branch)| {
                if *number < calls {
                    killed((project, command), &endpoint, branch, *number).await;
                }
                let result = command.run(project, &endpoint, branch).await;
                result.err().map(|it| format!("{command:?}, killed after {number} calls: {it:?}"))
            }));
            let failures: Vec<_> = failures.buffer_unordered(AT_ONCE).collect().await;
            let mut failures: Vec<String> = failures.into_iter().flatten().collect();
            let branches = branches.iter().map(|(_, branch)| branch.as_str());
            failures.extend(differences(&endpoint, branches, |_| true).await);
            assert!(failures.is_empty(), "{command:?}:\n{}", failures.join("\n"));
        }
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}

/// How many calls a command makes that nothing disturbs.
async fn undisturbed(project: &Project, endpoint: &str, command: Command) -> usize {
    let proxy = Proxy::start(endpoint);
    command.run(project, &proxy.endpoint(), REFERENCE).await.expect("nothing disturbs it");
    proxy.calls().len()
}

const REFERENCE: &str = "reference";

/// Makes so many calls and is gone.
async fn killed(
    (project, command): (&Project, Command),
    endpoint: &str,
    branch: &str,
    calls: usize,
) {
    let proxy = Proxy::start(endpoint);
    proxy.fault(Fault::KillAfter(calls));
    let endpoint = proxy.endpoint();
    tokio::select! {
        () = proxy.killed() => {}
        // Concurrent calls may come to fewer than in the run that was counted.
        result = command.run(project, &endpoint, branch) => result.expect("it was through before"),
    }
    proxy.settled().await;
}

/// What a branch has and the undisturbed one has not, and the other way round.
async fn differences(
    endpoint: &str,
    branches: impl Iterator<Item = &str>,
    counts: impl Fn(&String) -> bool,
) -> Vec<String> {
    let snapshot = Account::new(endpoint).snapshot().await;
    let lines =
        |branch: &str| -> Vec<String> { snapshot.of(branch).into_iter().filter(&counts).collect() };
    let expected = lines(REFERENCE);
    let mut differences = Vec::new();
    for branch in branches {
        let found = lines(branch);
        differences.extend(
            found.iter().filter(|it| !expected.contains(it)).map(|it| format!("{branch} has {it}")),
        );
        differences.extend(
            expected
                .iter()
                .filter(|it| !found.contains(it))
                .map(|it| format!("{branch} lacks {it}")),
        );
        if found.len() > expected.len() {
            differences.push(format!("{branch} has something twice: {found:#?}"));
        }
    }
    differences
}

/// Every so many calls one goes wrong; with as many branches as that, each call does once.
const STEP: usize = 8;

/// Ways of going wrong that the command itself has to survive.
const FAULTS: [fn(usize) -> Fault; 4] =
    [Fault::ThrottleOnce, Fault::ErrorPageOnce, Fault::CutOnce, |call| {
        Fault::DelayOnce(call, Duration::from_millis(100))
    }];

/// No call is the one that may not fail.
pub(crate) fn every_call_fails_once(kind: Kind) {
    let emulator = seeded(kind);
    let (endpoint, project) = (emulator.endpoint(), &Project::service());
    run(async {
        let numbers: Vec<(usize, usize)> = (0..FAULTS.len())
            .flat_map(|fault| (0..STEP).map(move |offset| (fault, offset)))
            .collect();
        let branch = |(fault, offset): &(usize, usize)| format!("f{fault}-{offset}x");
        for command in COMMANDS {
            undisturbed(project, &endpoint, command).await;
            let results = iter(numbers.iter().map(async |it| {
                let (fault, offset) = *it;
                let proxy = Proxy::start(&endpoint);
                proxy.faults((offset..500).step_by(STEP).map(FAULTS[fault]));
                let result = command.run(project, &proxy.endpoint(), &branch(it)).await;
                result
                    .err()
                    .map(|error| format!("{command:?}, {:?}: {error:?}", FAULTS[fault](offset)))
            }));
            let results: Vec<_> = results.buffer_unordered(AT_ONCE).collect().await;
            let mut failures: Vec<String> = results.into_iter().flatten().collect();
            let branches: Vec<String> = numbers.iter().map(branch).collect();
            // A registration whose answer is lost is made again: AWS cannot know that it is the same.
            let counts =
                |line: &String| !line.starts_with(REVISIONS) && !quirks::made_twice(kind, line);
            failures
                .extend(differences(&endpoint, branches.iter().map(String::as_str), counts).await);
            assert!(failures.is_empty(), "{}", failures.join("\n"));
        }
        assert_eq!(Account::new(&endpoint).snapshot().await.0, [""; 0]);
    });
}
