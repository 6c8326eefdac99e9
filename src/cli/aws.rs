//! What every command that talks to AWS does first: connect, compile, look up, compile again, observe.

use std::ops::Deref;

use compose2ecs::deploy::{Connection, Deployer, Error, ErrorKind, Observed};
use compose2ecs::diagnostic::{Code, Policy, Report};
use compose2ecs::facts::{Facts, Needs};
use compose2ecs::stack::Stack;
use compose2ecs::world::OsWorld;
use compose2ecs::{Compilation, Options};

use super::args::AwsArguments;
use super::sandbox::Sandbox;
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
            // Ctrl-C is listened for before the first call goes out.
            biased;
            _ = tokio::signal::ctrl_c() => None,
            outcome = future => Some(outcome),
        }
    });
    // A look-up of a host name that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(outcome)
}

/// AWS as a command asks it, real or made up.
pub(super) struct Session {
    deployer: Deployer,
    sandbox: Option<Sandbox>,
}

impl Deref for Session {
    type Target = Deployer;

    fn deref(&self) -> &Deployer {
        &self.deployer
    }
}

impl Session {
    /// What is known without asking.
    fn known(&self) -> Facts {
        Facts {
            region: Some(self.region().to_owned()),
            account: self.sandbox.as_ref().map(|it| it.account.clone()),
            ..Facts::default()
        }
    }

    /// Makes in a sandbox what a draft names, and gives it back as it is called there.
    async fn furnish(
        &self,
        stack: Option<Stack>,
        needs: &Needs,
    ) -> Result<Option<Stack>, Unprepared> {
        let (Some(sandbox), Some(stack)) = (&self.sandbox, stack.clone()) else { return Ok(stack) };
        let _alone = sandbox.alone().await.map_err(Unprepared::Failure)?;
        self.deployer.furnish(stack, needs).await.map(Some).map_err(Unprepared::Aws)
    }
}

/// Connects to the region that the arguments name, else the overlay, else the AWS CLI.
pub(super) async fn connect(aws: &AwsArguments, options: &Options) -> Result<Session, Halt> {
    let compilation = compose2ecs::compile(&OsWorld, options);
    let written = compilation.stack.or(compilation.draft).or(compilation.outline);
    let (account, region) = written.map(|it| (it.account, it.region)).unwrap_or_default();
    if let (Some(asked), Some(written)) = (&aws.region, &region)
        && asked != written
    {
        return Err(anyhow::anyhow!(
            "`--region {asked}` contradicts the overlay, which names {written}"
        )
        .into());
    }
    let region = aws.region.clone().or(region);
    let sandbox =
        if aws.sandbox { Some(Sandbox::start(account, region.clone()).await?) } else { None };
    let connection = match &sandbox {
        Some(sandbox) => sandbox.connection(),
        None => Connection {
            profile: aws.profile.clone(),
            region,
            endpoint: aws.endpoint_url.clone(),
            credentials: None,
        },
    };
    let deployer = Deployer::connect(&connection).await.map_err(|error| refuse(&[error]))?;
    Ok(Session { deployer, sandbox })
}

/// How much has to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Everything, images and databases included; the state of the environment is observed along the way.
    Whole,
    /// Everything, and nothing is observed.
    Facts,
    /// The names alone.
    Names,
}

/// A compiled branch.
pub(super) struct Prepared {
    pub(super) stack: Stack,
    /// What AWS holds; `None` when nobody asked for it.
    pub(super) observed: Option<Observed>,
    pub(super) compilation: Compilation,
}

/// Why a branch cannot be prepared. Its diagnostics are not shown yet.
pub(super) enum Unprepared {
    /// The files are wrong.
    Diagnostics(Box<Compilation>),
    /// AWS refused.
    Aws(Vec<Error>),
    /// The sandbox failed.
    Failure(anyhow::Error),
}

/// Compiles a branch with what AWS knows of it.
pub(super) async fn prepare(
    session: &Session,
    mut options: Options,
    knowledge: Knowledge,
) -> Result<Prepared, Unprepared> {
    options.known = session.known();
    let mut observed = None;
    let mut asked = Needs::default();
    loop {
        let mut compilation = compose2ecs::compile(&OsWorld, &options);
        let outline = compilation.outline.take().filter(|_| knowledge == Knowledge::Names);
        let stack = compilation.stack.take().or_else(|| compilation.draft.take()).or(outline);
        let stack = session.furnish(stack, &compilation.needs).await?;
        let is_known = compilation.needs.is_empty()
            || compilation.needs == asked
            || knowledge == Knowledge::Names;
        if is_known {
            let has_errors = compilation.diagnostics.has_errors() && knowledge != Knowledge::Names;
            return match stack.filter(|_| !has_errors) {
                Some(stack) => finish(session, stack, observed, (compilation, knowledge)).await,
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
                (Some(stack), None) if knowledge == Knowledge::Whole => {
                    session.observe(stack).await.map(Some)
                }
                _ => Ok(None),
            }
        };
        let (facts, found) = tokio::join!(session.lookup(&asked), observing);
        let found = found.map_err(|error| Unprepared::Aws(vec![error]))?;
        observed = found.or(observed);
        options.known = options.known.clone().or(facts.map_err(Unprepared::Aws)?);
    }
}

/// Compiles a branch with what AWS knows, for commands that change nothing: the stack and the diagnostics.
pub(super) fn compile(aws: &AwsArguments, options: Options) -> Result<Compilation, Halt> {
    let run = async {
        let session = connect(aws, &options).await?;
        match prepare(&session, options, Knowledge::Facts).await {
            Ok(Prepared { stack, compilation, .. }) => {
                Ok(Compilation { stack: Some(stack), ..compilation })
            }
            Err(Unprepared::Diagnostics(mut compilation)) => {
                // What is not known yet is looked up as soon as the files are right.
                compilation.diagnostics.forget(Code::MissingFact);
                Ok(*compilation)
            }
            Err(Unprepared::Aws(errors)) => Err(refuse(&errors)),
            Err(Unprepared::Failure(error)) => Err(error.into()),
        }
    };
    block_on(run)?.unwrap_or(Err(Halt::Said(Outcome::Interrupted)))
}

fn lacks_only_facts(compilation: &Compilation) -> bool {
    use compose2ecs::diagnostic::Severity;
    let errors = compilation.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    errors.into_iter().all(|it| it.code == Code::MissingFact)
}

async fn finish(
    session: &Session,
    stack: Stack,
    observed: Option<Observed>,
    (compilation, knowledge): (Compilation, Knowledge),
) -> Result<Prepared, Unprepared> {
    let observed = match (observed, knowledge) {
        (None, Knowledge::Whole) => {
            Some(session.observe(&stack).await.map_err(|error| Unprepared::Aws(vec![error]))?)
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
        Err(Unprepared::Diagnostics(mut compilation)) => {
            // What is not known yet is looked up as soon as the files are right.
            compilation.diagnostics.forget(Code::MissingFact);
            show(&compilation);
            Err(Halt::Said(Outcome::Diagnostics))
        }
        Err(Unprepared::Aws(errors)) => Err(refuse(&errors)),
        Err(Unprepared::Failure(error)) => Err(error.into()),
    }
}

/// Names of an environment for a command that changes nothing of what the files say.
pub(super) async fn names(session: &Session, mut options: Options) -> Result<Stack, Halt> {
    // What an environment is called does not depend on it.
    options.commit = options.commit.or_else(|| Some("none".to_owned()));
    match prepare(session, options, Knowledge::Names).await {
        Ok(prepared) => {
            if !lacks_only_facts(&prepared.compilation) {
                terminal::message(
                    "the files have errors, which `compose2ecs check` shows; the names in the overlay are enough here\n",
                );
            }
            Ok(prepared.stack)
        }
        Err(unprepared) => Err(match settle(Err(unprepared), &Policy::default()) {
            Err(halt) => halt,
            Ok(_) => Halt::Said(Outcome::Diagnostics),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, outcome};
    use compose2ecs::deploy::{Error, ErrorKind};

    #[test]
    fn one_outcome_stands_for_several_branches() {
        use ErrorKind::{Failed, Raced, Refused, TimedOut, Unreachable};
        for (kinds, expected) in [
            (vec![Refused], Outcome::Refused),
            (vec![Raced], Outcome::Refused),
            (vec![Unreachable], Outcome::Refused),
            (vec![Failed], Outcome::Failed),
            (vec![TimedOut, TimedOut], Outcome::TimedOut),
            (vec![TimedOut, Failed], Outcome::Failed),
            (vec![Failed, Refused], Outcome::Refused),
            (vec![TimedOut, Refused], Outcome::Refused),
        ] {
            let error = |kind| Error { kind, message: String::new(), help: String::new() };
            let errors: Vec<Error> = kinds.iter().copied().map(error).collect();
            assert_eq!(outcome(&errors), expected, "{kinds:?}");
        }
    }
}
