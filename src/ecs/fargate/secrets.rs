//! Environment and secrets of a container into the rules they break.
//!
//! The rules are those of ecs-rules.md, Roles, secrets, environment.

use super::{
    Site,
    rule::Rule,
    violation::{Subject, Violation, unlisted},
};
use crate::ecs::container_definition::Secret;

pub(super) fn check(site: Site<'_>, out: &mut Vec<Violation>) {
    check_environment(site, out);
    check_files(site, out);
    check_secrets(site, out);
    let logging = site.container.log_configuration.as_ref();
    for (item, secret) in
        logging.iter().flat_map(|logging| logging.secret_options.iter().enumerate())
    {
        check_reference(secret, site.item("logConfiguration.secretOptions", item), out);
    }
}

fn check_environment(site: Site<'_>, out: &mut Vec<Violation>) {
    let variables = &site.container.environment;
    for (item, variable) in variables.iter().enumerate() {
        if variables[..item].iter().any(|other| other.name == variable.name) {
            let message = format!("the variable `{}` is set twice", variable.name);
            out.push(Violation::new(
                Rule::DuplicateEnvironment,
                site.item("environment", item),
                message,
            ));
        }
    }
}

fn check_files(site: Site<'_>, out: &mut Vec<Violation>) {
    const FIELD: &str = "environmentFiles";
    let files = &site.container.environment_files;
    if files.len() > 10 {
        let message =
            format!("the container has {} environment files; 10 are allowed", files.len());
        out.push(Violation::new(Rule::EnvironmentFile, site.at(FIELD), message));
    }
    for (item, file) in files.iter().enumerate() {
        let (value, subject) = (&file.value, site.item(FIELD, item));
        out.extend(unlisted(subject.key("type"), "type", Some(&file.kind), &["s3"]));
        let is_object = value.starts_with("arn:") && value.contains(":s3:::");
        if !is_object || value.strip_suffix(".env").is_none() {
            let message = format!("`{value}` is not the ARN of an object of S3 ending in `.env`");
            out.push(Violation::new(Rule::EnvironmentFile, subject.key("value"), message));
        }
    }
}

fn check_secrets(site: Site<'_>, out: &mut Vec<Violation>) {
    let secrets = &site.container.secrets;
    for (item, secret) in secrets.iter().enumerate() {
        let (name, subject) = (&secret.name, site.item("secrets", item));
        if secrets[..item].iter().any(|other| other.name == *name) {
            out.push(Violation::new(
                Rule::DuplicateSecret,
                subject,
                format!("the secret `{name}` is set twice"),
            ));
        }
        if site.container.environment.iter().any(|variable| variable.name == *name) {
            let message = format!("`{name}` is a secret and an environment variable");
            out.push(
                Violation::new(Rule::SecretInEnvironment, subject, message)
                    .with_help("keep one of them"),
            );
        }
        check_reference(secret, subject, out);
    }
}

fn check_reference(secret: &Secret, subject: Subject, out: &mut Vec<Violation>) {
    if let Some((message, help)) = bad_reference(secret) {
        out.push(
            Violation::new(Rule::SecretReference, subject.key("valueFrom"), message)
                .with_help(help),
        );
    }
}

fn bad_reference(secret: &Secret) -> Option<(String, &'static str)> {
    let (name, parts) = (&secret.name, secret.value_from.split(':').collect::<Vec<_>>());
    match parts.as_slice() {
        ["arn", _, "secretsmanager", _, _, "secret", id, rest @ ..] if !id.is_empty() => {
            (!matches!(rest.len(), 0 | 3)).then(|| {
                let fields = if rest.len() == 1 { "field" } else { "fields" };
                let message = format!(
                    "the secret `{name}` has {} {fields} after its name, but has to have 3",
                    rest.len()
                );
                (message, "write `:key:stage:version`, or `:key::` for the current version")
            })
        }
        ["arn", _, "ssm", _, _, parameter, ..] if parameter.starts_with("parameter/") => None,
        [parameter] | [parameter, _]
            if is_parameter(parameter) && parts.get(1).is_none_or(|text| is_number(text)) =>
        {
            None
        }
        _ => {
            let message = format!("the secret `{name}` refers to neither Secrets Manager nor SSM");
            Some((message, "write the ARN of a secret or a parameter, or the name of a parameter"))
        }
    }
}

fn is_parameter(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
pub(super) mod tests {
    use crate::ecs::{
        EnvironmentFile, KeyValuePair, LogConfiguration, Secret, TaskDefinition,
        fargate::tests::{Case, check_all},
    };

    fn variable(t: &mut TaskDefinition, name: &str) {
        let (name, value) = (name.to_owned(), "1".to_owned());
        t.container_definitions[0].environment.push(KeyValuePair { name, value });
    }

    fn secret(t: &mut TaskDefinition, name: &str, value: &str) {
        let (name, value_from) = (name.to_owned(), value.to_owned());
        t.container_definitions[0].secrets.push(Secret { name, value_from });
    }

    fn file(t: &mut TaskDefinition, value: &str, kind: &str) {
        let (value, kind) = (value.to_owned(), kind.to_owned());
        t.container_definitions[0].environment_files.push(EnvironmentFile { value, kind });
    }

    pub(in crate::ecs::fargate) const CASES: &[Case] = &[
        (
            |t| {
                variable(t, "A");
                variable(t, "B");
                variable(t, "A");
            },
            &["duplicate-environment containerDefinitions[0].environment[2]: the variable `A` \
                 is set twice"],
        ),
        (|t| (0..10).for_each(|_| file(t, "arn:aws:s3:::bucket/a.env", "s3")), &[]),
        (
            |t| (0..11).for_each(|_| file(t, "arn:aws-cn:s3:::bucket/a.env", "s3")),
            &["environment-file containerDefinitions[0].environmentFiles: the container has 11 \
                 environment files; 10 are allowed"],
        ),
        (
            |t| file(t, "s3://bucket/a.env", "S3"),
            &[
                "unknown-value containerDefinitions[0].environmentFiles[0].type: `S3` is not a value \
                 of `type`; use `s3`",
                "environment-file containerDefinitions[0].environmentFiles[0].value: \
                 `s3://bucket/a.env` is not the ARN of an object of S3 ending in `.env`",
            ],
        ),
        (
            |t| {
                secret(t, "A", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf");
                secret(
                    t,
                    "B",
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::",
                );
                secret(t, "C", "arn:aws:ssm:eu-west-1:123456789012:parameter/staging/key");
                secret(t, "D", "/staging/key");
                secret(t, "E", "key:3");
            },
            &[],
        ),
        (
            |t| {
                secret(
                    t,
                    "A",
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password",
                );
                secret(t, "B", "staging/db:password");
                secret(t, "C", "");
                secret(t, "D", "arn:aws:s3:::bucket/key");
            },
            &[
                "secret-reference containerDefinitions[0].secrets[0].valueFrom: the secret `A` has 1 \
                 field after its name, but has to have 3; write `:key:stage:version`, or \
                 `:key::` for the current version",
                "secret-reference containerDefinitions[0].secrets[1].valueFrom: the secret `B` refers to \
                 neither Secrets Manager nor SSM; write the ARN of a secret or a parameter, or \
                 the name of a parameter",
                "secret-reference containerDefinitions[0].secrets[2].valueFrom: the secret `C` refers to \
                 neither Secrets Manager nor SSM; write the ARN of a secret or a parameter, or \
                 the name of a parameter",
                "secret-reference containerDefinitions[0].secrets[3].valueFrom: the secret `D` refers to \
                 neither Secrets Manager nor SSM; write the ARN of a secret or a parameter, or \
                 the name of a parameter",
            ],
        ),
        (
            |t| {
                variable(t, "A");
                secret(t, "A", "a");
                secret(t, "A", "b");
            },
            &[
                "secret-in-environment containerDefinitions[0].secrets[0]: `A` is a secret and \
                 an environment variable; keep one of them",
                "duplicate-secret containerDefinitions[0].secrets[1]: the secret `A` is set twice",
                "secret-in-environment containerDefinitions[0].secrets[1]: `A` is a secret and \
                 an environment variable; keep one of them",
            ],
        ),
        (
            |t| {
                let (name, value_from) = ("apikey".to_owned(), String::new());
                t.container_definitions[0].log_configuration = Some(LogConfiguration {
                    log_driver: "awsfirelens".to_owned(),
                    secret_options: vec![Secret { name, value_from }],
                    ..LogConfiguration::default()
                });
                t.container_definitions[1].firelens_configuration =
                    Some(super::super::logging::tests::router());
            },
            &[
                "secret-reference containerDefinitions[0].logConfiguration.secretOptions[0].valueFrom: the \
                 secret `apikey` refers to neither Secrets Manager nor SSM; write the ARN of a \
                 secret or a parameter, or the name of a parameter",
            ],
        ),
    ];

    #[test]
    fn secrets_and_environment_are_checked() {
        check_all(CASES);
    }
}
