//! What `render` prints is what is sent, field for field.

use compose2ecs::compile;
use compose2ecs::deploy::{Observed, plan};
use serde_json::{Value, json};

use crate::aws::calls::Call;
use crate::aws::scripted::Scripted;
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
