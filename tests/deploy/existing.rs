//! What `init` takes over of a service that runs already.

use crate::aws::emulator::Kind;
use crate::project::{Project, deployer};
use crate::quirks::lacks;
use crate::{run, start};

/// A service that a deployment has made says of its surroundings what the deployment was told.
pub(crate) fn a_service(kind: Kind) {
    run(async {
        let emulator = start(kind);
        let seeded = emulator.seed(&["main"]);
        let deployer = deployer(&emulator.endpoint());
        Project::service().up(&deployer, "main").await.expect("it comes up");
        let known = deployer.existing("staging/shop-main").await.expect("it is there");
        let same = format!("arn:aws:ecs:eu-west-1:{}:service/staging/shop-main", seeded.account);
        assert_eq!(deployer.existing(&same).await.as_ref(), Ok(&known), "{same}");
        assert_eq!(known.cluster.as_deref(), Some("staging"));
        assert_eq!(known.account.as_ref(), Some(&seeded.account));
        let mut subnets = seeded.subnets.clone();
        subnets.sort();
        assert_eq!(known.subnets, subnets);
        assert_eq!((known.security_groups.len(), known.public_ip), (1, Some(false)));
        assert_eq!((known.cpu, known.memory), (Some(256), Some(512)));
        let role = |it: &Option<String>| {
            it.as_ref().and_then(|it| Some(it.rsplit_once('/')?.1.to_owned()))
        };
        assert_eq!(role(&known.execution_role).as_deref(), Some("ecsTaskExecutionRole"));
        assert_eq!(role(&known.task_role).as_deref(), Some("app"));
        assert_eq!(known.log_group.as_deref(), Some("/ecs/shop-main"));
        assert_eq!(known.target, Some(("nginx".to_owned(), 80)));
        if lacks(kind, "existing/load_balancer").is_none() {
            assert_eq!(known.host.as_deref(), Some("main.example.com"));
            let listener = known.listener.as_ref().expect("a rule leads to it");
            assert!(listener.contains(":listener/app/staging/"), "{listener}");
        }
        assert_eq!(known.health_check.map(|it| it.0).as_deref(), Some("/"));
        let error = deployer.existing("staging/nobody").await.expect_err("it is not there");
        assert!(error.message.contains("no service `nobody` in the cluster `staging`"), "{error}");
    });
}
