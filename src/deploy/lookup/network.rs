//! What service definitions call by identifier: subnets, security groups, target groups.

use aws_sdk_elasticloadbalancingv2::error::ProvideErrorMetadata;
use futures_util::future::join_all;
use indexmap::IndexSet;

use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::deploy::observe::{security_groups, subnets};
use crate::facts::{Facts, Needs};
use crate::stack::Reference;

/// Adds the identifiers to the facts. A target group that is not there yet is none; anything else is a refusal.
pub(super) async fn find(
    clients: &Clients,
    needs: &Needs,
    facts: &mut Facts,
    errors: &mut Vec<Error>,
) {
    let found = join_all(needs.subnets.iter().map(|it| {
        let reference = Reference::parse(it, "subnet-");
        async move { subnets(clients, &reference).await }
    }));
    let groups = join_all(needs.security_groups.iter().map(|it| {
        let reference = Reference::parse(it, "sg-");
        async move { security_groups(clients, &reference).await }
    }));
    let targets = join_all(needs.target_groups.iter().map(|it| target_group(clients, it)));
    let (found, groups, targets) = tokio::join!(found, groups, targets);
    let here = |what: &str| format!("there is no {what} in {}", clients.region);
    for (names, found, kind, known) in [
        (&needs.subnets, found, "subnet", &mut facts.subnets),
        (&needs.security_groups, groups, "security group", &mut facts.security_groups),
    ] {
        for (name, ids) in names.iter().zip(found) {
            match ids {
                Ok(ids) if ids.is_empty() => {
                    errors.push(Error::refused(here(&format!("{kind} `{name}`"))));
                }
                Ok(ids) => drop(known.insert(name.clone(), ids)),
                Err(error) => errors.push(error),
            }
        }
    }
    collect(&needs.target_groups, targets, facts, errors);
}

fn collect(
    names: &IndexSet<String>,
    found: Vec<Result<Option<String>, Error>>,
    facts: &mut Facts,
    errors: &mut Vec<Error>,
) {
    for (name, arn) in names.iter().zip(found) {
        match arn {
            Ok(arn) => facts.target_groups.extend(arn.map(|it| (name.clone(), it))),
            Err(error) => errors.push(error),
        }
    }
}

async fn target_group(clients: &Clients, name: &str) -> Result<Option<String>, Error> {
    match clients.elb.describe_target_groups().names(name).send().await {
        Ok(answer) => {
            let group = answer.target_groups().first();
            Ok(group.and_then(|it| it.target_group_arn()).map(str::to_owned))
        }
        Err(error) if error.code() == Some("TargetGroupNotFound") => Ok(None),
        Err(error) => Err(refused(format!("look the target group `{name}` up"))(error)),
    }
}
