//! Health checks in ECS's ranges: what is outside is moved to the edge, with a warning.

use super::{Findings, Scope, hosts};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ecs::{ContainerDefinition, HealthCheck};
use crate::source::Spanned;

/// Docker's defaults, written out so that the container is judged as on the laptop.
const DEFAULT_INTERVAL: i32 = 30;
const DEFAULT_TIMEOUT: i32 = 30;
const DEFAULT_RETRIES: u32 = 3;

/// A field of ECS's health check and what it takes, in seconds (`ecs-rules.md`, Ordering and health).
struct Field {
    name: &'static str,
    least: i64,
    most: i64,
}

const INTERVAL: Field = Field { name: "interval", least: 5, most: 300 };
const TIMEOUT: Field = Field { name: "timeout", least: 2, most: 60 };
const START_PERIOD: Field = Field { name: "start_period", least: 0, most: 300 };

/// Sets `healthCheck`.
pub(super) fn lower(
    scope: &Scope<'_>,
    container: &mut ContainerDefinition,
    findings: &mut Findings<'_>,
) {
    let Some(check) = &scope.service.healthcheck else {
        return;
    };
    if check.disabled {
        return;
    }
    if check.test.is_empty() {
        let message = "ECS does not see the image's own health check, and the file names no `test`";
        let warning = Diagnostic::warning(Code::UncheckedDependency, check.span, message);
        findings.diagnostics.add(warning.help("repeat the image's check as `test:`"));
        return;
    }
    super::container::warn_plaintext(scope, "healthcheck", &check.test, findings);
    let command = hosts::rewrite_words(scope, "healthcheck", &check.test, findings);
    let sink = &mut *findings.diagnostics;
    let retries = check.retries.as_ref().map_or(DEFAULT_RETRIES, |it| clamp_retries(it, sink));
    container.health_check = Some(HealthCheck {
        command,
        interval: Some(clamp(check.interval.as_ref(), &INTERVAL, sink).unwrap_or(DEFAULT_INTERVAL)),
        timeout: Some(clamp(check.timeout.as_ref(), &TIMEOUT, sink).unwrap_or(DEFAULT_TIMEOUT)),
        retries: i32::try_from(retries).ok(),
        start_period: clamp(check.start_period.as_ref(), &START_PERIOD, sink),
    });
}

/// Nanoseconds as seconds within the field's range.
fn clamp(
    value: Option<&Spanned<i64>>,
    field: &Field,
    diagnostics: &mut Diagnostics,
) -> Option<i32> {
    const SECOND: i64 = 1_000_000_000;
    let value = value?;
    if value.value == 0 {
        // Docker takes zero for its default.
        return None;
    }
    let seconds = value.value.div_euclid(SECOND) + i64::from(value.value.rem_euclid(SECOND) > 0);
    let clamped = seconds.clamp(field.least, field.most);
    if clamped != seconds {
        let message = format!("`{}` of a health check becomes {clamped} s", field.name);
        let warning = Diagnostic::warning(Code::ClampedValue, value.span, message);
        diagnostics.add(warning.help(format!("ECS takes {} s to {} s", field.least, field.most)));
    }
    i32::try_from(clamped).ok()
}

fn clamp_retries(value: &Spanned<u32>, diagnostics: &mut Diagnostics) -> u32 {
    let clamped = if value.value == 0 { DEFAULT_RETRIES } else { value.value.min(10) };
    if value.value > 10 {
        let warning = Diagnostic::warning(
            Code::ClampedValue,
            value.span,
            "`retries` of a health check becomes 10",
        );
        diagnostics.add(
            warning.help("ECS takes 1 to 10; a longer `start_period` gives more time to start"),
        );
    }
    clamped
}
