//! Subnets and security groups that a stack names, in the network that an emulator has from the start.

use crate::deploy::connection::Clients;
use crate::deploy::error::Error;
use crate::deploy::observe::{security_groups, subnets};
use crate::stack::{Reference, Stack};

use super::made;

type Parameters = Vec<(String, String)>;

/// Makes those that are named or tagged. Identifiers are taken as they are: an emulator does not ask whose they are.
pub(super) async fn furnish(clients: &Clients, stack: &Stack) -> Result<(), Error> {
    let network = &stack.network;
    let vpc = vpc(clients).await?;
    for (index, reference) in network.subnets.iter().enumerate() {
        if subnets(clients, reference).await?.is_empty() {
            subnet(clients, &vpc, index, reference).await?;
        }
    }
    for reference in &network.security_groups {
        if security_groups(clients, reference).await?.is_empty() {
            group(clients, &vpc, reference).await?;
        }
    }
    Ok(())
}

/// The first network; a load balancer of the emulator is in it, whatever its subnets.
async fn vpc(clients: &Clients) -> Result<String, Error> {
    let doing = "look the network up";
    let answer = clients.signed.query("ec2", ("DescribeVpcs", "2016-11-15"), &[], doing).await?;
    let document = roxmltree::Document::parse(&answer);
    let id = document.ok().and_then(|it| {
        let node = it.descendants().find(|it| it.tag_name().name() == "vpcId")?;
        node.text().map(str::to_owned)
    });
    id.ok_or_else(|| Error::refused("the emulator has no network"))
}

async fn subnet(
    clients: &Clients,
    vpc: &str,
    index: usize,
    reference: &Reference,
) -> Result<(), Error> {
    let mut parameters = vec![
        pair("VpcId", vpc),
        pair("CidrBlock", &format!("172.31.{}.0/24", 128 + index)),
        pair("AvailabilityZone", &format!("{}{}", clients.region, ["a", "b", "c"][index % 3])),
    ];
    parameters.extend(tags("subnet", reference));
    ec2(clients, "CreateSubnet", &parameters, "make a subnet").await
}

async fn group(clients: &Clients, vpc: &str, reference: &Reference) -> Result<(), Error> {
    let name = match reference {
        Reference::Id(name) | Reference::Name(name) => name.clone(),
        Reference::Tag { key, value } => format!("{key} {value}"),
    };
    let mut parameters =
        vec![pair("VpcId", vpc), pair("GroupName", &name), pair("GroupDescription", "sandbox")];
    parameters.extend(tags("security-group", reference));
    ec2(clients, "CreateSecurityGroup", &parameters, "make a security group").await
}

async fn ec2(
    clients: &Clients,
    action: &str,
    parameters: &Parameters,
    doing: &str,
) -> Result<(), Error> {
    made(clients.signed.query("ec2", (action, "2016-11-15"), parameters, doing).await)
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn tags(kind: &str, reference: &Reference) -> Parameters {
    let (key, value) = match reference {
        Reference::Id(name) | Reference::Name(name) => ("Name", name),
        Reference::Tag { key, value } => (key.as_str(), value),
    };
    vec![
        pair("TagSpecification.1.ResourceType", kind),
        pair("TagSpecification.1.Tag.1.Key", key),
        pair("TagSpecification.1.Tag.1.Value", value),
    ]
}
