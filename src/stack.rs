//! All that one environment consists of on AWS, as plain data.

use crate::ecs::TaskDefinition;
use crate::environment::Environment;

/// One environment: what `render` prints and a deployment brings about.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// Whose names everything carries.
    pub environment: Environment,
    /// One definition a task, in the order of the overlay's `tasks`.
    pub task_definitions: Vec<TaskDefinition>,
}
