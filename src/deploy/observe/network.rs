//! Subnets and security groups by id, name or tag; lifecycle policies of repositories.

use aws_sdk_ecs::error::ProvideErrorMetadata;
use futures_util::future::try_join_all;
use indexmap::IndexMap;

use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::stack::{Network, Reference, Stack};

/// The ids that the references mean, and a sentence for each that means nothing.
pub(super) async fn network(
    clients: &Clients,
    network: &Network,
) -> Result<(Vec<String>, Vec<String>, Vec<String>), Error> {
    let subnets = network.subnets.iter().map(|it| subnets(clients, it));
    let groups = network.security_groups.iter().map(|it| security_groups(clients, it));
    let (subnets, groups) = tokio::try_join!(try_join_all(subnets), try_join_all(groups))?;
    let gaps = |kind: &str, references: &[Reference], found: &[Vec<String>]| -> Vec<String> {
        let empty = references.iter().zip(found).filter(|(_, ids)| ids.is_empty());
        empty
            .map(|(it, _)| format!("there is no {kind} {} in {}", words(it), clients.region))
            .collect()
    };
    let mut missing = gaps("subnet", &network.subnets, &subnets);
    missing.extend(gaps("security group", &network.security_groups, &groups));
    Ok((unique(subnets), unique(groups), missing))
}

fn unique(found: Vec<Vec<String>>) -> Vec<String> {
    let mut ids: Vec<String> = found.into_iter().flatten().collect();
    ids.sort();
    ids.dedup();
    ids
}

fn words(reference: &Reference) -> String {
    match reference {
        Reference::Id(id) => format!("`{id}`"),
        Reference::Name(name) => format!("with the name `{name}`"),
        Reference::Tag { key, value } => format!("with the tag `{key}={value}`"),
    }
}

/// The subnets that a reference means.
pub(in crate::deploy) async fn subnets(
    clients: &Clients,
    reference: &Reference,
) -> Result<Vec<String>, Error> {
    match reference {
        Reference::Id(id) => Ok(vec![id.clone()]),
        Reference::Name(name) => describe(clients, Kind::Subnet, "tag:Name", name).await,
        Reference::Tag { key, value } => {
            describe(clients, Kind::Subnet, &format!("tag:{key}"), value).await
        }
    }
}

/// A name is that of the group, which is what the console shows, or its tag `Name`.
pub(in crate::deploy) async fn security_groups(
    clients: &Clients,
    reference: &Reference,
) -> Result<Vec<String>, Error> {
    match reference {
        Reference::Id(id) => Ok(vec![id.clone()]),
        Reference::Name(name) => {
            let (by_name, by_tag) = tokio::try_join!(
                describe(clients, Kind::SecurityGroup, "group-name", name),
                describe(clients, Kind::SecurityGroup, "tag:Name", name)
            )?;
            Ok(if by_name.is_empty() { by_tag } else { by_name })
        }
        Reference::Tag { key, value } => {
            describe(clients, Kind::SecurityGroup, &format!("tag:{key}"), value).await
        }
    }
}

/// What is asked of EC2.
#[derive(Clone, Copy)]
enum Kind {
    Subnet,
    SecurityGroup,
}

async fn describe(
    clients: &Clients,
    kind: Kind,
    filter: &str,
    value: &str,
) -> Result<Vec<String>, Error> {
    let (action, element, doing) = match kind {
        Kind::Subnet => ("DescribeSubnets", "subnetId", "look the subnets up"),
        Kind::SecurityGroup => ("DescribeSecurityGroups", "groupId", "look the security groups up"),
    };
    let mut ids = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut parameters = vec![
            ("Filter.1.Name".to_owned(), filter.to_owned()),
            ("Filter.1.Value.1".to_owned(), value.to_owned()),
        ];
        parameters.extend(token.take().map(|it| ("NextToken".to_owned(), it)));
        let xml = clients.signed.query("ec2", (action, "2016-11-15"), &parameters, doing).await?;
        let document = roxmltree::Document::parse(&xml)
            .map_err(|error| Error::refused(format!("cannot {doing}: {error}")))?;
        let items = document.descendants().filter(|it| {
            // Rules of a security group name other groups in items of their own, deeper down.
            let is_item = it.tag_name().name() == "item";
            let list = it.parent().map(|it| it.tag_name().name().to_owned()).unwrap_or_default();
            is_item && matches!(list.as_str(), "subnetSet" | "securityGroupInfo")
        });
        let id = |item: roxmltree::Node<'_, '_>| {
            item.children().find(|it| it.tag_name().name() == element)?.text().map(str::to_owned)
        };
        ids.extend(items.filter_map(id));
        token = document
            .descendants()
            .find(|it| it.tag_name().name() == "nextToken")
            .and_then(|it| it.text())
            .filter(|it| !it.is_empty())
            .map(str::to_owned);
        if token.is_none() {
            return Ok(ids);
        }
    }
}

/// The lifecycle policies of the repositories that the stack wants one for.
pub(super) async fn lifecycle_policies(
    clients: &Clients,
    stack: &Stack,
) -> Result<IndexMap<String, String>, Error> {
    let policy = |name: String| async move {
        let answer = clients.ecr.get_lifecycle_policy().repository_name(&name).send().await;
        let text = match answer {
            Ok(answer) => answer.lifecycle_policy_text.unwrap_or_default(),
            Err(error) if error.code() == Some("LifecyclePolicyNotFoundException") => String::new(),
            Err(error) => {
                let doing = format!("read the lifecycle policy of the repository `{name}`");
                return Err(refused(doing)(error));
            }
        };
        Ok((name, text))
    };
    let names: IndexMap<String, ()> =
        stack.repositories.iter().map(|it| (it.name.clone(), ())).collect();
    Ok(try_join_all(names.into_keys().map(policy)).await?.into_iter().collect())
}
