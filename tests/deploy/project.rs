//! A project as text, and what the commands do with it, through the library alone.

use compose2ecs::deploy::plan::{Patience, Plan, Request};
use compose2ecs::deploy::{Action, Deployer, Deployment, Error, Pace};
use compose2ecs::facts::Facts;
use compose2ecs::stack::Stack;
use compose2ecs::world::MemoryWorld;
use compose2ecs::{Options, compile};
use std::time::Duration;

use crate::aws::config;

const COMPOSE: &str = "
name: shop
services:
  nginx: { image: 'nginx:1.27', ports: ['8080:80'], environment: { APP: 'app:9000' }, depends_on: [app] }
  app:
    image: app
    environment: { DB_HOST: mysql, LEVEL: info }
    depends_on: [mysql]
  mysql: { image: 'mysql:8' }
";

const OVERLAY: &str = "
x-ecs:
  cluster: staging
  size: { cpu: 256, memory: 512 }
  roles: { execution: ecsTaskExecutionRole, task: app }
  network: { subnets: [staging-a, staging-c], security_groups: [web] }
  logs: { retention_days: 14 }
  ingress:
    - { service: nginx, port: 80, listener: { load_balancer: staging, port: 80 }, host: '{{branch}}.example.com', health_check: { path: / } }
  dns: { zone: example.com }
  replace: { mysql: { rds: staging-db } }
services:
  app: { image: '{{ecr \"app\"}}:main' }
";

/// The emulators answer at once; what takes longer than this hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A Compose file and its overlay.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    compose: String,
    overlay: String,
}

impl Project {
    /// Nginx and an application with a database elsewhere: a service behind a listener.
    pub(crate) fn service() -> Self {
        Self { compose: COMPOSE.to_owned(), overlay: OVERLAY.to_owned() }
    }

    /// The same without the listener: a task at its private address.
    pub(crate) fn bare() -> Self {
        Self::service()
            .with(", listener: { load_balancer: staging, port: 80 }", "")
            .with(", health_check: { path: / }", "")
            // Moto starts no task whose containers do not say how much memory they need.
            .with("ports:", "mem_limit: 128m, ports:")
            .with("    image: app", "    image: app\n    mem_limit: 128m")
    }

    /// The same in two tasks, of which the second has no way in.
    pub(crate) fn two_tasks() -> Self {
        Self::service()
            .with("depends_on: [app]", "init: true")
            .with(", environment: { APP: 'app:9000' }", "")
            .with(
                "  dns:",
                "  tasks: { web: [nginx], worker: { services: [app], count: 1 } }\n  dns:",
            )
    }

    /// The same in two tasks, of which the first finds the second by its name.
    pub(crate) fn connected() -> Self {
        Self::service().with("  dns:", "  tasks: { web: [nginx], back: [app] }\n  dns:")
    }

    /// The same, where the second finds the first too, which comes after it.
    pub(crate) fn circle() -> Self {
        Self::connected().with("LEVEL: info", "LEVEL: info, SITE: 'http://nginx'")
    }

    /// With a piece of text replaced by another, wherever it stands; it must stand somewhere.
    pub(crate) fn with(&self, before: &str, after: &str) -> Self {
        let found = self.compose.contains(before) || self.overlay.contains(before);
        assert!(found, "`{before}` is not in the project");
        let [compose, overlay] = [&self.compose, &self.overlay].map(|it| it.replace(before, after));
        Self { compose, overlay }
    }

    /// With an update that makes a new revision, and one that makes none.
    pub(crate) fn updated(&self) -> Self {
        self.with("LEVEL: info", "LEVEL: debug").with("retention_days: 14", "retention_days: 30")
    }

    /// The stack as far as `facts` go, and what else has to be known.
    fn compile(&self, branch: &str, facts: Facts) -> (Stack, compose2ecs::facts::Needs, bool) {
        let world = MemoryWorld::new([
            ("/shop/compose.yaml", self.compose.as_str()),
            ("/shop/compose2ecs.yml", self.overlay.as_str()),
        ]);
        let mut options =
            Options { branch: Some(branch.to_owned()), known: facts, ..Options::default() };
        options.project.directory = "/shop".into();
        let compilation = compile(&world, &options);
        let is_whole = compilation.stack.is_some();
        let said: Vec<_> = compilation.diagnostics.iter().map(|it| it.message.clone()).collect();
        let stack = compilation.stack.or(compilation.draft);
        (stack.unwrap_or_else(|| panic!("{said:?}\n{}", self.overlay)), compilation.needs, is_whole)
    }

    /// Compiled with all that AWS knows.
    pub(crate) async fn stack(
        &self,
        deployer: &Deployer,
        branch: &str,
    ) -> Result<Stack, Vec<Error>> {
        let mut facts = Facts { region: Some(deployer.region().to_owned()), ..Facts::default() };
        let mut asked = compose2ecs::facts::Needs::default();
        loop {
            let (stack, needs, is_whole) = self.compile(branch, facts.clone());
            if needs.is_empty() || needs == asked {
                assert!(is_whole, "{needs:?} cannot be known");
                return Ok(stack);
            }
            facts = facts.or(deployer.lookup(&needs).await?);
            asked = needs;
        }
    }

    /// What `up` would do.
    pub(crate) async fn plan(&self, deployer: &Deployer, branch: &str) -> Result<Plan, Vec<Error>> {
        let stack = self.stack(deployer, branch).await?;
        Box::pin(deployer.plan(&stack, &request())).await
    }

    /// `up`. That what was wanted does not run is an error here.
    pub(crate) async fn up(
        &self,
        deployer: &Deployer,
        branch: &str,
    ) -> Result<Deployment, Vec<Error>> {
        let stack = Box::pin(self.stack(deployer, branch)).await?;
        let plan = Box::pin(deployer.plan(&stack, &request())).await?;
        // Its future is too large for many of them on the stack of a test.
        let deployment = Box::pin(deployer.deploy(&stack, &request(), plan, &|_| {})).await?;
        match deployment.failure {
            Some(failure) => Err(vec![failure]),
            None => Ok(deployment),
        }
    }

    /// `down`.
    pub(crate) async fn down(
        &self,
        deployer: &Deployer,
        branch: &str,
    ) -> Result<Vec<Action>, Vec<Error>> {
        let (stack, _, _) = self.compile(
            branch,
            Facts { region: Some(deployer.region().to_owned()), ..Facts::default() },
        );
        let plan = Box::pin(deployer.plan_down(&stack)).await?;
        Box::pin(deployer.tear_down(&stack, plan, PATIENCE, &|_| {})).await
    }
}

fn request() -> Request {
    Request { patience: Patience::Wait(PATIENCE), expires: None }
}

/// A deployer of its own, as every run of the command has one.
pub(crate) fn deployer(endpoint: &str) -> Deployer {
    let pause = Duration::from_millis(50);
    let deployer = Deployer::new(config(endpoint)).expect("the configuration has a region");
    deployer.with_pace(Pace { first: pause, later: pause })
}

/// `create service`, a phrase for each step of a plan.
pub(crate) fn words(actions: &[Action]) -> Vec<String> {
    let word = |it: &Action| format!("{:?} {}", it.change, it.kind()).to_lowercase();
    actions.iter().map(word).collect()
}
