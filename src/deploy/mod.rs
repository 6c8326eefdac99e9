//! A [`Stack`](crate::stack::Stack) <-> AWS: look up, observe, plan, apply, wait for the verdict.
//!
//! | step | module | turns | into |
//! |---|---|---|---|
//! | look up | `lookup` | what a compilation needs | [`Facts`](crate::facts::Facts) |
//! | observe | `observe` | AWS | [`Observed`], by reads alone |
//! | plan | [`plan`] | a stack and what was observed | a [`Plan`], without asking anybody |
//! | apply | `apply` | a plan | AWS, by the only writes; it decides nothing |
//! | verdict | `rollout`, `verdict` | what runs | whether it is what was wanted |
//!
//! There is no state but the tags of the resources, so a laptop, CI and a Lambda function agree, and a run that was killed is
//! mended by the next.
//!
//! A whole deployment, as a program of its own does it:
//!
//! ```no_run
#![doc = include_str!("../../tests/deploy/sdk_example.rs")]
//! ```

mod action;
mod apply;
mod connection;
mod convert;
mod deployer;
mod diff;
mod error;
mod evidence;
mod existing;
mod inventory;
mod lookup;
mod namespace;
mod observe;
mod observed;
mod pace;
pub mod plan;
mod rollback;
mod rollout;
mod sandbox;
mod signed;
mod verdict;

pub use action::{Action, Change};
pub use apply::Progress;
pub use connection::Connection;
pub use deployer::{Deployer, Deployment};
pub use diff::{DiffLine, DiffTag};
pub use error::{Error, ErrorKind};
pub use evidence::{DeadContainer, StoppedTask};
pub use inventory::{EnvironmentState, ServiceState, TaskState};
pub use observed::{
    Cluster, Container, Deployment as Rolling, Event, Listener, LoadBalancerOf, LogGroup,
    Namespace, NetworkOf, Observed, Record, Revision, Rule, Service, Tags, Target, TargetGroup,
    Task, Zone,
};
pub use pace::Pace;
pub use plan::{Patience, Plan, Request};
pub use rollback::Way;
pub use verdict::{Verdict, verdict};

/// The tag of a revision that ran well, with the date: where a rollback goes.
const DEPLOYED_TAG: &str = "compose2ecs:deployed";

/// The tag of the commit: of the one that a service runs, and of the last one that a revision ran well for.
const COMMIT_TAG: &str = "compose2ecs:commit";

/// The tag of what a service found by Service Connect when it was deployed: a hash of the names.
const CONNECT_TAG: &str = "compose2ecs:connect";
