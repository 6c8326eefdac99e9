//! Emulators of AWS that are replaced by AWS itself: its endpoints, the buckets, and the credentials made up for the laptop.

use super::stand_in::StandIn;
use super::{Part, is_said};
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::environment::Values;
use crate::lower::placement::Placement;
use crate::lower::{Findings, Input, Scope};
use crate::overlay::Target;
use crate::redact::{mask_value, words};
use crate::source::{Span, Spanned};

/// The host name of a service of AWS in the region of the stack.
pub(super) fn endpoint(
    input: Input<'_>,
    service: &str,
    span: Span,
    findings: &mut Findings<'_>,
) -> Option<String> {
    let name = if service == "s3" { "S3" } else { "DynamoDB" };
    let region = input.required_region(span, &format!("the endpoint of {name}"), findings)?;
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    Some(format!("{service}.{region}.amazonaws.com{suffix}"))
}

/// Explains why a variable goes that names an emulator of AWS; one that names something in it cannot be found by the SDK.
pub(in crate::lower) fn leave_out(
    scope: &Scope<'_>,
    name: &str,
    value: &Spanned<String>,
    emulator: &str,
    findings: &mut Findings<'_>,
) {
    let subject = format!("{} {name}", scope.service.name);
    let before = Some(mask_value(name, &value.value));
    let reason = format!("`{emulator}` is replaced by AWS, which the SDKs find by themselves");
    findings.explain(value.span, subject, (before, None), reason);
    let rest = value.value.split_once("://").map_or("", |it| it.1);
    let path = rest.split_once('/').map_or("", |it| it.1).trim_matches('/');
    if path.is_empty() && !value.value.contains([',', ' ']) {
        return;
    }
    let message = format!("`{name}` names something in `{emulator}`, and is left out");
    let warning = Diagnostic::warning(Code::DroppedHost, value.span, message);
    findings
        .diagnostics
        .add(warning.help(format!("set `{name}` in the overlay to what it is in AWS")));
}

/// Sets the buckets of a service and takes away its made-up credentials, for a stand-in that it uses.
pub(super) fn rewrite(
    scope: &Scope<'_>,
    name: &str,
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    let target = &scope.placement.replaced[name].target;
    if let Target::S3(bucket) = target {
        set_buckets(scope, name, bucket, values, findings);
    }
    let words_of_it: &[&str] = match target {
        Target::S3(_) => &["s3", "minio", "bucket", "storage", "object"],
        Target::DynamoDb(_) => &["dynamo", "dynamodb"],
        Target::Aws => &["s3", "sqs", "sns", "ses", "kinesis", "dynamo", "dynamodb", "localstack"],
        _ => return,
    };
    set_region(scope, name, words_of_it, values, findings);
    let stand_in = StandIn::of(&scope.input.project.services[name]);
    let is_dummy = |variable: &str, value: &str| {
        names_credentials(variable, words_of_it)
            || matches!(stand_in.part(variable, value), Some(Part::User | Part::Password))
    };
    let dummies: Vec<String> = values
        .iter()
        .filter(|(variable, (value, _))| {
            is_dummy(variable, &value.value) && !is_said(scope, variable)
        })
        .map(|(variable, _)| variable.clone())
        .collect();
    for variable in dummies {
        let Some((value, _)) = values.shift_remove(&variable) else { continue };
        let subject = format!("{} {variable}", scope.service.name);
        let before = Some(mask_value(&variable, &value.value));
        let reason = format!(
            "`{name}` is replaced by AWS, and without these the SDK takes the role of the task"
        );
        findings.explain(value.span, subject, (before, None), reason);
    }
}

/// An endpoint of one region refuses requests that are signed for another, as emulators do not.
fn set_region(
    scope: &Scope<'_>,
    name: &str,
    words_of_it: &[&str],
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    let Some(region) = scope.input.region().filter(|_| scope.addresses.host_of(name).is_some())
    else {
        return;
    };
    for (variable, (value, _)) in values.iter_mut() {
        let words = words(variable);
        let is_of_it = || words.iter().any(|it| words_of_it.contains(&it.as_str()));
        let is_region = ["AWS_REGION", "AWS_DEFAULT_REGION"].contains(&variable.as_str())
            || (words.last().is_some_and(|it| it == "region") && is_of_it());
        if !is_region || value.value == region || is_said(scope, variable) {
            continue;
        }
        let subject = format!("{} {variable}", scope.service.name);
        let change = (Some(value.value.clone()), Some(region.to_owned()));
        let reason = format!("`{name}` is replaced by AWS in this region");
        findings.explain(value.span, subject, change, reason);
        region.clone_into(&mut value.value);
    }
}

/// Whether a variable names credentials for AWS in general, or for what was replaced.
fn names_credentials(variable: &str, words_of_it: &[&str]) -> bool {
    const OF_THE_SDK: [&str; 6] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
    ];
    let words = words(variable);
    let names_it = words.iter().any(|it| words_of_it.contains(&it.as_str()));
    let ends = |end: &[&str]| {
        words.len() >= end.len() && words[words.len() - end.len()..].iter().eq(end.iter())
    };
    let is_key = ends(&["access", "key"])
        || ends(&["access", "key", "id"])
        || ends(&["secret", "key"])
        || ends(&["key", "secret"])
        || ends(&["root", "user"])
        || ends(&["root", "password"]);
    OF_THE_SDK.contains(&variable) || (names_it && is_key)
}

/// `AWS_BUCKET`, `S3_BUCKET_NAME`.
fn names_bucket(variable: &str) -> bool {
    let words = words(variable);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), [.., "bucket"] | [.., "bucket", "name"])
}

fn set_buckets(
    scope: &Scope<'_>,
    name: &str,
    bucket: &Spanned<String>,
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    let mut merged: Vec<(String, Spanned<String>)> = Vec::new();
    for (variable, (value, _)) in values.iter_mut() {
        if !names_bucket(variable) || is_said(scope, variable) || value.value == bucket.value {
            continue;
        }
        merged.push((variable.clone(), value.clone()));
        let subject = format!("{} {variable}", scope.service.name);
        let change = (Some(value.value.clone()), Some(bucket.value.clone()));
        let reason = format!("`{name}` is replaced by this bucket of S3");
        findings.explain(value.span, subject, change, reason);
        value.value.clone_from(&bucket.value);
    }
    set_paths(scope, name, (&merged, bucket), values, findings);
    for (_, before) in merged {
        findings.merged.entry((name.to_owned(), before.value)).or_insert(before.span);
    }
}

/// `https://s3.REGION.amazonaws.com/BUCKET` names a bucket as well.
fn set_paths(
    scope: &Scope<'_>,
    name: &str,
    (merged, bucket): (&[(String, Spanned<String>)], &Spanned<String>),
    values: &mut Values,
    findings: &mut Findings<'_>,
) {
    let Some(host) = scope.addresses.host_of(name) else { return };
    let starts = [format!("{host}/"), "s3://".to_owned()];
    for (variable, (value, _)) in values.iter_mut() {
        let start = starts.iter().find_map(|it| Some(value.value.find(it)? + it.len()));
        let Some((before, path)) = start.map(|it| value.value.split_at(it)) else { continue };
        let end = path.find(['/', '?', '#']).unwrap_or(path.len());
        if !merged.iter().any(|(_, it)| it.value == path[..end]) || is_said(scope, variable) {
            continue;
        }
        let text = format!("{before}{}{}", bucket.value, &path[end..]);
        let subject = format!("{} {variable}", scope.service.name);
        let change = (mask_value(variable, &value.value), mask_value(variable, &text));
        let reason = format!("`{name}` is replaced by this bucket of S3");
        findings.explain(value.span, subject, (Some(change.0), Some(change.1)), reason);
        value.value = text;
    }
}

/// What is AWS's own is reached with the role of the task.
pub(in crate::lower) fn report_missing_role(
    input: Input<'_>,
    placement: &Placement,
    findings: &mut Findings<'_>,
) {
    let raw = input.overlay.task_definition.as_ref();
    if input.overlay.roles.task.is_some() || raw.is_some_and(|it| it.field("taskRoleArn").is_some())
    {
        return;
    }
    for (name, replacement) in &placement.replaced {
        let what = match replacement.target {
            Target::S3(_) => "S3",
            Target::DynamoDb(_) => "DynamoDB",
            Target::Aws => "AWS",
            _ => continue,
        };
        if !findings.used.contains(name) {
            continue;
        }
        let message =
            format!("`{name}` is replaced by {what}, and the task has no role to reach it with");
        let warning = Diagnostic::warning(Code::TaskRole, replacement.span, message);
        let help = "write `roles: { task: NAME }` under `x-ecs` in the overlay; the role has to allow what the code does there";
        findings.diagnostics.add(warning.help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::{names_bucket, names_credentials};

    #[test]
    fn credentials_of_the_emulator_are_told_from_others() {
        let s3 = ["s3", "minio"];
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "MINIO_ACCESS_KEY",
            "MINIO_ROOT_PASSWORD",
            "LANGFUSE_S3_MEDIA_UPLOAD_SECRET_ACCESS_KEY",
            "s3.accessKey",
        ] {
            assert!(names_credentials(name, &s3), "{name}");
        }
        for name in
            ["AWS_REGION", "AWS_DEFAULT_REGION", "SECRET_KEY", "STRIPE_SECRET_KEY", "S3_KEY_PREFIX"]
        {
            assert!(!names_credentials(name, &s3), "{name}");
        }
    }

    #[test]
    fn buckets_are_known_by_their_names() {
        for (name, expected) in [
            ("AWS_BUCKET", true),
            ("S3_BUCKET_NAME", true),
            ("uploadBucket", true),
            ("BUCKET_URL", false),
            ("TOKEN_BUCKET_SIZE", false),
        ] {
            assert_eq!(names_bucket(name), expected, "{name}");
        }
    }
}
