//! What containers and volumes use into the roles the task has to name.
//!
//! The rules are those of ecs-rules.md, Roles, secrets, environment.

use super::{
    rule::Rule,
    violation::{Subject, Violation},
};
use crate::ecs::{container_definition::ContainerDefinition, task_definition::TaskDefinition};

pub(super) fn check(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    if is_blank(definition.execution_role_arn.as_deref()) {
        check_execution_role(definition, out);
    }
    if is_blank(definition.task_role_arn.as_deref()) {
        check_task_role(definition, out);
    }
}

fn is_blank(role: Option<&str>) -> bool {
    role.is_none_or(str::is_empty)
}

/// The role itself where somebody has emptied it, else what needs it.
fn subject(role: Option<&str>, field: &'static str, needed_by: Subject) -> Subject {
    role.map_or(needed_by, |_| Subject::task(field))
}

fn check_execution_role(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let need = |(index, it): (usize, &ContainerDefinition)| {
        need(it).map(|(field, need)| (index, it.name.clone(), field, need))
    };
    let mut containers = definition.container_definitions.iter().enumerate();
    if let Some((index, name, field, need)) = containers.find_map(need) {
        let message = format!("`executionRoleArn` is missing, but `{name}` needs it to {need}");
        let needed_by = Subject::Container { index, field: Some(field), item: None, key: None };
        let role = definition.execution_role_arn.as_deref();
        let subject = subject(role, "executionRoleArn", needed_by);
        out.push(Violation::new(Rule::ExecutionRole, subject, message));
    }
}

/// The field of a container that needs an execution role, and what for.
fn need(container: &ContainerDefinition) -> Option<(&'static str, &'static str)> {
    let logging = container.log_configuration.as_ref();
    let is_secret = !container.secrets.is_empty()
        || logging.is_some_and(|logging| !logging.secret_options.is_empty());
    let needs = [
        (is_ecr(&container.image), "image", "pull its image from ECR"),
        (
            container.repository_credentials.is_some(),
            "repositoryCredentials",
            "log in to a private registry",
        ),
        (!container.environment_files.is_empty(), "environmentFiles", "read its environment files"),
        (is_secret, "secrets", "read its secrets"),
        (
            logging.is_some_and(|logging| logging.log_driver == "awslogs"),
            "logConfiguration.logDriver",
            "write logs with `awslogs`",
        ),
    ];
    needs.into_iter().find_map(|(is_needed, field, what)| is_needed.then_some((field, what)))
}

/// Whether an image is in a private registry of ECR, which has a dual-stack host too.
fn is_ecr(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    host.contains(".dkr.ecr.") || host.contains(".dkr-ecr.")
}

fn check_task_role(definition: &TaskDefinition, out: &mut Vec<Violation>) {
    let mut volumes = definition.volumes.iter().enumerate();
    let is_authorized = volumes.find(|(_, volume)| {
        let efs = volume.efs_volume_configuration.as_ref();
        let authorization = efs.and_then(|efs| efs.authorization_config.as_ref());
        authorization.is_some_and(|authorization| authorization.iam.as_deref() == Some("ENABLED"))
    });
    if let Some((index, volume)) = is_authorized {
        let message = format!(
            "`taskRoleArn` is missing, but the volume `{}` has IAM authorization",
            volume.name
        );
        let needed_by = Subject::volume(index, "efsVolumeConfiguration.authorizationConfig.iam");
        let subject = subject(definition.task_role_arn.as_deref(), "taskRoleArn", needed_by);
        out.push(Violation::new(Rule::TaskRole, subject, message));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        EfsAuthorization, EfsVolume, EnvironmentFile, RepositoryCredentials, Secret,
        TaskDefinition, Volume,
        fargate::tests::{Case, check_all},
    };

    fn secret(t: &mut TaskDefinition) {
        let (name, value_from) = ("KEY".to_owned(), "/staging/key".to_owned());
        t.container_definitions[1].secrets.push(Secret { name, value_from });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (|t| t.execution_role_arn = None, &[]),
        (secret, &[]),
        (
            |t| {
                t.execution_role_arn = None;
                secret(t);
            },
            &[
                "execution-role containerDefinitions[1].secrets: `executionRoleArn` is missing, but \
                 `db` needs it to read its secrets",
            ],
        ),
        (
            |t| {
                t.execution_role_arn = Some(String::new());
                t.container_definitions[0].image =
                    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1".to_owned();
                secret(t);
            },
            &["execution-role executionRoleArn: `executionRoleArn` is missing, but `app` needs \
                 it to pull its image from ECR"],
        ),
        (
            |t| {
                t.execution_role_arn = None;
                t.container_definitions[0].image = "public.ecr.aws/nginx/nginx:1".to_owned();
            },
            &[],
        ),
        (
            |t| {
                t.execution_role_arn = None;
                t.container_definitions[0].repository_credentials =
                    Some(RepositoryCredentials::default());
            },
            &[
                "execution-role containerDefinitions[0].repositoryCredentials: `executionRoleArn` is \
                 missing, but `app` needs it to log in to a private registry",
            ],
        ),
        (
            |t| {
                t.execution_role_arn = None;
                let (value, kind) = ("arn:aws:s3:::bucket/x.env".to_owned(), "s3".to_owned());
                t.container_definitions[0].environment_files =
                    vec![EnvironmentFile { value, kind }];
            },
            &["execution-role containerDefinitions[0].environmentFiles: `executionRoleArn` is \
                 missing, but `app` needs it to read its environment files"],
        ),
        (
            |t| {
                let iam = Some("ENABLED".to_owned());
                let efs = EfsVolume {
                    file_system_id: "fs-1".to_owned(),
                    transit_encryption: iam.clone(),
                    authorization_config: Some(EfsAuthorization { access_point_id: None, iam }),
                    ..EfsVolume::default()
                };
                let name = "data".to_owned();
                t.volumes =
                    vec![Volume { name, efs_volume_configuration: Some(efs), ..Volume::default() }];
            },
            &[
                "task-role volumes[0].efsVolumeConfiguration.authorizationConfig.iam: `taskRoleArn` \
                 is missing, but the volume `data` has IAM authorization",
            ],
        ),
    ];

    #[test]
    fn what_needs_a_role_says_so() {
        check_all(CASES);
    }
}
