//! The example in the documentation of the library, run.

#[expect(clippy::print_stdout, unreachable_pub, reason = "it is a text to read")]
#[path = "sdk_example.rs"]
mod example;

use aws_credential_types::Credentials;
use compose2ecs::Options;
use compose2ecs::deploy::Connection;
use compose2ecs::world::MemoryWorld;

use crate::aws::emulator::Kind;
use crate::aws::{ACCESS_KEY, REGION};

/// As in the documentation, against an account that knows one image of the branch.
pub(crate) fn the_example(kind: Kind) {
    let emulator = crate::start(kind);
    emulator.seed(&["feature-login"]);
    let connection = Connection {
        region: Some(REGION.to_owned()),
        endpoint: Some(emulator.endpoint()),
        credentials: Some(Credentials::new(ACCESS_KEY, "secret", None, None, "tests")),
        ..Connection::default()
    };
    let world = MemoryWorld::new([
        ("/shop/compose.yaml", "services: { app: { build: ., ports: ['80'], mem_limit: 128m } }"),
        (
            "/shop/compose2ecs.yml",
            "x-ecs:\n  cluster: staging\n  region: ap-northeast-1\n  roles: { execution: ecs }\n  \
             network: { subnets: [staging-a], security_groups: [web] }\n  \
             ingress: [{ service: app, port: 80, listener: staging, host: '{{branch}}.example.com' }]\n\
             services: { app: { image: '{{ecr \"app\"}}:{{branch}}' } }\n",
        ),
    ]);
    let mut options = Options { branch: Some("feature/login".to_owned()), ..Options::default() };
    options.project.directory = "/shop".into();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = runtime.block_on(example::deploy(&world, options, &connection));
    assert_eq!(url.expect("it comes up").as_deref(), Some("https://feature-login.example.com/"));
}
