//! What `render` prints is what is sent, field for field.

use std::collections::BTreeMap;

use compose2ecs::compile;
use compose2ecs::deploy::plan::Request;
use compose2ecs::deploy::{Deployer, Observed, Patience, plan};
use compose2ecs::stack::{Listener, Resources, Shape, Stack};
use serde_json::{Value, json};

use crate::aws::calls::{Asked, Call};
use crate::aws::scripted::{Reply, Scripted};
use crate::project::deployer;
use crate::run;
use crate::support::cases;

/// For each case that compiles.
pub(crate) fn what_render_prints_is_sent() {
    let answer = json!({ "taskDefinition": { "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/x:1" } });
    let aws = Scripted::start().on("ECS.RegisterTaskDefinition", [answer]);
    let deployer = deployer(&aws.endpoint());
    let mut printed: Vec<(String, Value)> = Vec::new();
    run(async {
        for case in cases() {
            let Some(stack) = compile(&case.world(), &case.options()).stack else { continue };
            for definition in stack.task_definitions() {
                let json = serde_json::to_value(definition).expect("it can be printed");
                printed.push((case.name(), json));
                // One at a time, so that calls come in this order.
                let mut one = stack.clone();
                one.tasks.retain(|it| it.definition.family == definition.family);
                let plan = plan::register(&one, &Observed::default()).expect("a plan");
                deployer.register(&plan, &|_| {}).await.expect("it is registered");
            }
        }
    });
    let sent: Vec<Value> = aws.finish().iter().map(Call::json).collect();
    assert!(printed.len() > 50, "{}", printed.len());
    assert_eq!(printed.len(), sent.len());
    for ((name, printed), mut sent) in printed.into_iter().zip(sent) {
        // A container without a share of the processor is sent as one with a share of none, which is the same.
        let containers = sent["containerDefinitions"].as_array_mut();
        for (index, container) in containers.into_iter().flatten().enumerate() {
            if printed["containerDefinitions"][index].get("cpu").is_none() && container["cpu"] == 0
            {
                let fields = container.as_object_mut().expect("a container is an object");
                fields.shift_remove("cpu");
            }
        }
        assert_eq!(sent, printed, "{name}");
    }
}

/// The ARN that the script gives the target group of a name.
fn target_group(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/1")
}

/// An AWS that makes everything it is asked for.
fn obliging() -> Scripted {
    let group = |asked: &Asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        // No character of such a name is escaped in a form.
        let name = body.split('&').find_map(|it| it.strip_prefix("Name=")).unwrap_or_default();
        Reply::Xml(format!(
            "<CreateTargetGroupResponse><CreateTargetGroupResult><TargetGroups><member><TargetGroupArn>{}</TargetGroupArn>\
             </member></TargetGroups></CreateTargetGroupResult></CreateTargetGroupResponse>",
            target_group(name)
        ))
    };
    let rule = "<CreateRuleResponse><CreateRuleResult><Rules><member><RuleArn>rule</RuleArn></member></Rules>\
                </CreateRuleResult></CreateRuleResponse>";
    let revision = json!({ "taskDefinition": { "taskDefinitionArn": REVISION } });
    Scripted::start()
        .on("ECS.RegisterTaskDefinition", [revision])
        .on("ECS.CreateService", [json!({ "service": {} })])
        .on("Logs.CreateLogGroup", [json!({})])
        .on("Logs.PutRetentionPolicy", [json!({})])
        .by("ELB.CreateTargetGroup", group)
        .on("ELB.CreateRule", [Reply::Xml(rule.to_owned())])
}

const REVISION: &str = "arn:aws:ecs:eu-west-1:1:task-definition/x:1";

/// An account that has what a stack names, and nothing of the environment.
fn observed(stack: &Stack, resources: &Resources) -> Observed {
    let listeners = stack.ingress.iter().flat_map(|it| &it.listeners).map(|it| {
        let (protocol, port) = match it {
            Listener::Of { port: Some(80), .. } => ("HTTP", 80),
            _ => ("HTTPS", 443),
        };
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/staging/1/2";
        let listener =
            json!({ "arn": arn, "protocol": protocol, "port": port, "vpc": "vpc-0a1b2c3d" });
        (it.to_string(), listener)
    });
    let listeners: serde_json::Map<String, Value> = listeners.collect();
    let tags: BTreeMap<String, String> = stack.environment.tags().into_iter().collect();
    let namespace =
        |name: &String| json!({ "id": "ns-1", "arn": name, "name": name, "tags": tags });
    let namespaces: Vec<Value> = stack.namespace.iter().map(|it| namespace(&it.name)).collect();
    serde_json::from_value(json!({
        "account": stack.account,
        "cluster": { "name": "staging", "capacity_providers": ["FARGATE", "FARGATE_SPOT"] },
        "subnets": resources.subnets,
        "security_groups": resources.security_groups,
        "listeners": listeners,
        "namespaces": namespaces,
    }))
    .expect("it is what was observed")
}

/// For each case whose tasks are services: `CreateService` is sent what `render --service-definitions` prints. Only what a
/// run knows better differs: the cluster by its name, the revision instead of its family, and the URL of a listener whose
/// protocol the overlay does not say.
pub(crate) fn the_services_that_render_prints_are_sent() {
    let aws = obliging();
    let deployer = deployer(&aws.endpoint());
    let mut printed: Vec<(String, Vec<Value>)> = Vec::new();
    run(async {
        for case in cases() {
            let Some(stack) = compile(&case.world(), &case.options()).stack else { continue };
            if stack.tasks.iter().all(|it| it.shape == Shape::Service) {
                let services = deployed(alone(stack), &deployer).await;
                printed.push((case.name(), services));
            }
        }
    });
    let calls = aws.finish();
    let mut sent = calls.iter().filter(|it| it.name == "ECS.CreateService").map(Call::json);
    for (name, services) in &printed {
        let sent: Vec<Value> = sent.by_ref().take(services.len()).collect();
        assert_eq!(comparable(sent), comparable(services.clone()), "{name}");
    }
    assert_eq!(sent.next(), None);
    assert!(printed.len() > 50, "{}", printed.len());
}

/// Without what lies beside the services.
fn alone(mut stack: Stack) -> Stack {
    (stack.dns, stack.repositories) = (None, Vec::new());
    for ingress in &mut stack.ingress {
        ingress.authenticate = None;
    }
    stack
}

/// Deploys a stack, and gives back what would be printed of its services.
async fn deployed(stack: Stack, deployer: &Deployer) -> Vec<Value> {
    let groups = stack.ingress.iter().map(|it| &it.target_group);
    let resources = Resources {
        subnets: vec!["subnet-0a1b2c3d".to_owned(), "subnet-0a1b2c3e".to_owned()],
        security_groups: vec!["sg-0a1b2c3d".to_owned()],
        target_groups: groups.map(|it| (it.clone(), target_group(it))).collect(),
    };
    let request = Request { patience: Patience::Detach, ..Request::default() };
    let plan = plan::up(&stack, &observed(&stack, &resources), &request);
    let plan = plan.expect("nothing stands in the way");
    deployer.deploy(&stack, &request, plan, &|_| {}).await.expect("everything is written");
    let services = stack.service_definitions(&resources);
    services.iter().map(|it| serde_json::to_value(it).expect("it can be printed")).collect()
}

/// Without what a run knows better, by name.
fn comparable(mut services: Vec<Value>) -> Vec<Value> {
    for service in &mut services {
        service["cluster"] = json!("staging");
        service["taskDefinition"] = json!(REVISION);
        let tags = service["tags"].as_array_mut().expect("a service has tags");
        tags.retain(|it| {
            !["compose2ecs:url", "compose2ecs:connect"].iter().any(|key| it["key"] == *key)
        });
    }
    services.sort_by_key(|it| it["serviceName"].as_str().unwrap_or_default().to_owned());
    services
}
