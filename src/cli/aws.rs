//! What every command that talks to AWS does first: connect, compile, look up, compile again, observe.

use compose2ecs::deploy::{Connection, Deployer, Error, ErrorKind, Observed};
use compose2ecs::diagnostic::{Policy, Report};
use compose2ecs::facts::{Facts, Needs};
use compose2ecs::stack::Stack;
use compose2ecs::world::OsWorld;
use compose2ecs::{Compilation, Options, compile};

use super::args::AwsArguments;
use super::{Outcome, terminal};

/// Why a command ends early. What there is to say is said.
pub(super) enum Halt {
    /// With this outcome.
    Said(Outcome),
    /// With a failure of the command line.
    Failure(anyhow::Error),
}

impl From<anyhow::Error> for Halt {
    fn from(error: anyhow::Error) -> Self {
        Self::Failure(error)
    }
}

impl Halt {
    /// The end of a command.
    pub(super) fn end(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Said(outcome) => Ok(outcome),
            Self::Failure(error) => Err(error),
        }
    }
}

/// What a refusal of AWS or of a deployment means for the exit code.
pub(super) fn outcome(errors: &[Error]) -> Outcome {
    let has = |kind: ErrorKind| errors.iter().any(|it| it.kind == kind);
    if errors.iter().all(|it| it.kind == ErrorKind::TimedOut) {
        Outcome::TimedOut
    } else if has(ErrorKind::Failed) && !has(ErrorKind::Refused) {
        Outcome::Failed
    } else {
        Outcome::Refused
    }
}

/// Says what went wrong, and ends the command.
pub(super) fn refuse(errors: &[Error]) -> Halt {
    for error in errors {
        terminal::failure(&error);
    }
    Halt::Said(outcome(errors))
}

/// Runs a command's future to its end, or until Ctrl-C.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<Option<T>> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = future => Some(outcome),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    // A look-up of a host name that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(outcome)
}

/// Connects to the region that the arguments name, else the overlay, else the AWS CLI.
pub(super) async fn connect(aws: &AwsArguments, options: &Options) -> Result<Deployer, Halt> {
    let mut connection = Connection {
        profile: aws.profile.clone(),
        region: aws.region.clone(),
        endpoint: aws.endpoint_url.clone(),
        credentials: None,
    };
    let compilation = compile(&OsWorld, options);
    let written = compilation.stack.or(compilation.draft).and_then(|it| it.region);
    if let (Some(asked), Some(written)) = (&aws.region, &written)
        && asked != written
    {
        return Err(anyhow::anyhow!(
            "`--region {asked}` contradicts the overlay, which names {written}"
        )
        .into());
    }
    connection.region = connection.region.or(written);
    Deployer::connect(&connection).await.map_err(|error| refuse(&[error]))
}

/// How much has to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Everything, images and databases included; the state of the environment is observed along the way.
    Whole,
    /// The names alone.
    Names,
}

/// A compiled branch.
pub(super) struct Prepared {
    pub(super) stack: Stack,
    /// What AWS holds; `None` when only names were asked for.
    pub(super) observed: Option<Observed>,
    pub(super) compilation: Compilation,
}

/// Why a branch cannot be prepared. Its diagnostics are not shown yet.
pub(super) enum Unprepared {
    /// The files are wrong.
    Diagnostics(Box<Compilation>),
    /// AWS refused.
    Aws(Vec<Error>),
}

/// Compiles a branch with what AWS knows of it.
pub(super) async fn prepare(
    deployer: &Deployer,
    mut options: Options,
    knowledge: Knowledge,
) -> Result<Prepared, Unprepared> {
    options.known = Facts { region: Some(deployer.region().to_owned()), ..Facts::default() };
    let mut observed = None;
    let mut asked = Needs::default();
    loop {
        let mut compilation = compile(&OsWorld, &options);
        let stack = compilation.stack.take().or_else(|| compilation.draft.take());
        let is_known = compilation.needs.is_empty()
            || compilation.needs == asked
            || knowledge == Knowledge::Names;
        if is_known {
            let has_errors = compilation.diagnostics.has_errors() && knowledge == Knowledge::Whole;
            return match stack.filter(|_| !has_errors) {
                Some(stack) => finish(deployer, stack, observed, (compilation, knowledge)).await,
                None => Err(Unprepared::Diagnostics(Box::new(compilation))),
            };
        }
        if stack.is_none() && !lacks_only_facts(&compilation) {
            return Err(Unprepared::Diagnostics(Box::new(compilation)));
        }
        asked = compilation.needs.clone();
        // The names in a draft are right already, so observing need not wait for what is looked up.
        let observing = async {
            match (&stack, &observed) {
                (Some(stack), None) => deployer.observe(stack).await.map(Some),
                _ => Ok(None),
            }
        };
        let (facts, found) = tokio::join!(deployer.lookup(&asked), observing);
        let found = found.map_err(|error| Unprepared::Aws(vec![error]))?;
        observed = found.or(observed);
        options.known = options.known.clone().or(facts.map_err(Unprepared::Aws)?);
    }
}

fn lacks_only_facts(compilation: &Compilation) -> bool {
    use compose2ecs::diagnostic::{Code, Severity};
    let errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    errors.into_iter().all(|it| it.code == Code::MissingFact)
}

async fn finish(
    deployer: &Deployer,
    stack: Stack,
    observed: Option<Observed>,
    (compilation, knowledge): (Compilation, Knowledge),
) -> Result<Prepared, Unprepared> {
    let observed = match (observed, knowledge) {
        (None, Knowledge::Whole) => {
            Some(deployer.observe(&stack).await.map_err(|error| Unprepared::Aws(vec![error]))?)
        }
        (observed, _) => observed,
    };
    Ok(Prepared { stack, observed, compilation })
}

/// Shows what a branch's compilation has to say, and lets it through when nothing stands in the way.
pub(super) fn settle(
    prepared: Result<Prepared, Unprepared>,
    policy: &Policy,
) -> Result<Prepared, Halt> {
    let show = |compilation: &Compilation| {
        let report = Report::new(&compilation.sources, &compilation.diagnostics, policy);
        terminal::problems(&report, terminal::Detail::Warnings);
        report.has_errors()
    };
    match prepared {
        Ok(prepared) if show(&prepared.compilation) => Err(Halt::Said(Outcome::Diagnostics)),
        Ok(prepared) => Ok(prepared),
        Err(Unprepared::Diagnostics(compilation)) => {
            show(&compilation);
            Err(Halt::Said(Outcome::Diagnostics))
        }
        Err(Unprepared::Aws(errors)) => Err(refuse(&errors)),
    }
}

/// Names of an environment for a command that changes nothing of what the files say.
pub(super) async fn names(deployer: &Deployer, mut options: Options) -> Result<Stack, Halt> {
    // What an environment is called does not depend on it.
    options.commit = options.commit.or_else(|| Some("none".to_owned()));
    match prepare(deployer, options, Knowledge::Names).await {
        Ok(prepared) => Ok(prepared.stack),
        Err(unprepared) => Err(match settle(Err(unprepared), &Policy::default()) {
            Err(halt) => halt,
            Ok(_) => Halt::Said(Outcome::Diagnostics),
        }),
    }
}
