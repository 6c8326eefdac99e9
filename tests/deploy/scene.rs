//! What the scripted deployments have in common: a stack, what AWS holds of it, and a deployment that is listened to.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use compose2ecs::deploy::plan::{self, Plan, Request};
use compose2ecs::deploy::{
    Deployer, Deployment, Error, ErrorKind, Observed, Pace, Patience, Progress, Revision,
};
use compose2ecs::facts::Facts;
use compose2ecs::stack::Stack;
use compose2ecs::world::MemoryWorld;
use compose2ecs::{Options, compile};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::aws::calls::{Call, lock};
use crate::aws::config;
use crate::aws::scripted::Scripted;

/// The name of the environment, its family and its service.
pub(crate) const NAME: &str = "shop-feature-login";
/// The secret at the end of a login.
pub(crate) const LOGIN: &str =
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:staging/login-AbCdEf";

/// A trial that needs nothing but this machine.
pub(crate) fn trial<F: Future<Output = ()> + 'static>(name: &str, test: fn() -> F) -> Trial {
    Trial::test(name, move || {
        Runtime::new().expect("a runtime").block_on(test());
        Ok(())
    })
}

/// The ARN of a revision.
pub(crate) fn revision(number: u32) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{NAME}:{number}")
}

/// The ARN of a target group.
pub(crate) const GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-feature-login-web-80/1";

/// A stack whose container runs an image, with more lines of the overlay's `x-ecs`.
pub(crate) fn stack(image: &str, more: &str) -> Stack {
    let compose =
        format!("name: shop\nservices: {{ web: {{ image: 'example.com/web:{image}' }} }}");
    let overlay = format!(
        "x-ecs:\n  region: eu-west-1\n  account: '123456789012'\n  cluster: staging\n  roles: {{ execution: ecs }}\n  \
         network: {{ subnets: [subnet-0a1b2c3d], security_groups: [sg-0a1b2c3d] }}\n{more}"
    );
    let world = MemoryWorld::new([
        ("/app/compose.yaml", compose.as_str()),
        ("/app/compose2ecs.yml", overlay.as_str()),
    ]);
    let mut options = Options::default();
    options.project.directory = "/app".into();
    options.branch = Some("feature/login".to_owned());
    options.commit = Some(image.to_owned());
    let secrets = [("staging/login".to_owned(), LOGIN.to_owned())].into();
    options.known = Facts { secrets, ..Facts::default() };
    let compilation = compile(&world, &options);
    compilation.stack.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

/// The tags of everything that belongs to the environment.
pub(crate) fn tags(stack: &Stack) -> Value {
    stack.environment.tags().into_iter().map(|(key, value)| (key, Value::String(value))).collect()
}

/// An account that holds the revision of a stack, and nothing that runs it.
pub(crate) fn account(stack: &Stack, number: u32) -> Observed {
    let mut observed: Observed = serde_json::from_value(json!({
        "account": "123456789012",
        "cluster": { "name": "staging", "capacity_providers": ["FARGATE", "FARGATE_SPOT"] },
        "subnets": ["subnet-0a1b2c3d"],
        "security_groups": ["sg-0a1b2c3d"],
        "log_group": { "name": "/ecs/shop-feature-login", "tags": tags(stack) },
    }))
    .expect("it is what was observed");
    let definition = stack.tasks[0].definition.clone();
    observed.revisions.insert(
        NAME.to_owned(),
        Revision { arn: revision(number), definition, ..Revision::default() },
    );
    observed
}

/// The same, with a service that runs the revision.
pub(crate) fn running(stack: &Stack, number: u32) -> Observed {
    let mut observed = account(stack, number);
    let service = json!({
        "arn": "arn:aws:ecs:eu-west-1:123456789012:service/staging/shop-feature-login",
        "status": "ACTIVE",
        "task_definition": revision(number),
        "desired": 1,
        "running": 1,
        "network": { "subnets": ["subnet-0a1b2c3d"], "security_groups": ["sg-0a1b2c3d"] },
        "deployments": [{ "id": "ecs-svc/0", "status": "PRIMARY", "task_definition": revision(number), "rollout_state": "COMPLETED" }],
        "tags": tags(stack),
    });
    let service = serde_json::from_value(service).expect("it is a service");
    observed.services.insert(NAME.to_owned(), service);
    observed
}

/// One rollout as ECS tells it: id, status, revision, state, and how many of two tasks run.
pub(crate) fn deployment(id: u32, status: &str, number: u32, state: &str, running: u32) -> Value {
    json!({
        "id": format!("ecs-svc/{id}"), "status": status, "taskDefinition": revision(number), "desiredCount": 2,
        "runningCount": running, "failedTasks": 0, "rolloutState": state, "rolloutStateReason": "",
    })
}

/// The answer of `DescribeServices`.
pub(crate) fn service(deployments: &[Value]) -> Value {
    with_events(deployments, &[])
}

/// The same with what the service says, the newest first.
pub(crate) fn with_events(deployments: &[Value], events: &[&str]) -> Value {
    let stack = stack("1", "");
    let tags = stack.environment.tags().into_iter();
    let tags: Vec<Value> = tags.map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let events: Vec<Value> = events.iter().map(|it| json!({ "id": it, "message": it })).collect();
    json!({ "services": [{
        "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/staging/shop-feature-login", "serviceName": NAME,
        "status": "ACTIVE", "taskDefinition": deployments[0]["taskDefinition"], "desiredCount": 2, "runningCount": 1,
        "deployments": deployments, "events": events, "tags": tags,
    }] })
}

/// The answer of `DescribeTaskDefinition`.
pub(crate) fn described(stack: &Stack, number: u32) -> Value {
    let mut definition =
        serde_json::to_value(&stack.tasks[0].definition).expect("it is plain data");
    let tags = definition.as_object_mut().and_then(|it| it.remove("tags"));
    let tags = tags.unwrap_or_default().as_array().cloned().unwrap_or_default();
    definition["taskDefinitionArn"] = json!(revision(number));
    definition["status"] = json!("ACTIVE");
    json!({ "taskDefinition": definition, "tags": tags })
}

/// What came of a deployment.
pub(crate) struct Outcome {
    pub(crate) result: Result<Deployment, Vec<Error>>,
    /// All that was told while it went on, a line each.
    pub(crate) told: Vec<String>,
    pub(crate) calls: Vec<Call>,
    /// All that a caller could print, in one text.
    pub(crate) shown: String,
}

impl Outcome {
    /// The failure of a deployment that was written and does not run.
    pub(crate) fn failure(&self) -> (ErrorKind, &str) {
        let deployment = self.result.as_ref().expect("everything was written");
        let failure = deployment.failure.as_ref().expect("it does not run");
        (failure.kind, &failure.message)
    }

    /// Asserts that what was wanted runs.
    pub(crate) fn succeeded(&self) {
        let deployment = self.result.as_ref().expect("everything was written");
        assert_eq!(deployment.failure, None, "{:?}", self.told);
    }

    /// Whether an operation was called.
    pub(crate) fn called(&self, name: &str) -> bool {
        self.calls.iter().any(|it| it.name == name)
    }
}

/// A deployer that does not sleep between two looks.
pub(crate) fn deployer(aws: &Scripted) -> Deployer {
    let pause = Duration::from_millis(1);
    let deployer = Deployer::new(config(&aws.endpoint())).expect("there is a region");
    deployer.with_pace(Pace { first: pause, later: pause })
}

/// Plans and deploys a stack against a script.
pub(crate) async fn up(aws: Scripted, stack: &Stack, observed: &Observed) -> Outcome {
    up_within(aws, stack, observed, Duration::from_mins(1)).await
}

/// The same with less patience.
pub(crate) async fn up_within(
    aws: Scripted,
    stack: &Stack,
    observed: &Observed,
    patience: Duration,
) -> Outcome {
    let request = Request { patience: Patience::Wait(patience), ..Request::default() };
    let plan = plan::up(stack, observed, &request).expect("nothing stands in the way");
    let mut shown = shown(&plan);
    let told = Mutex::new(Vec::new());
    let result = deployer(&aws).deploy(stack, &request, plan, &|it| tell(&told, &it)).await;
    let told = lock(&told).clone();
    let _ = write!(shown, "{result:?}{told:?}");
    Outcome { result, told, calls: aws.finish(), shown }
}

/// A plan in all its forms.
fn shown(plan: &Plan) -> String {
    let lines: String = plan.lines().into_iter().map(|it| it.text + "\n").collect();
    format!("{lines}{}{plan:?}", plan.json())
}

/// Takes note of progress.
pub(crate) fn tell(told: &Mutex<Vec<String>>, progress: &Progress<'_>) {
    lock(told).push(match progress {
        Progress::Begun(it) => format!("begun: {} {}", it.kind(), it.name()),
        Progress::Done(it) => format!("done: {} {}", it.kind(), it.name()),
        Progress::Waiting(sentence) => sentence.clone(),
        Progress::Event(sentence) => format!("event: {sentence}"),
    });
}
