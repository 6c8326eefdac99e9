//! The hosted zone and the records of an environment's hosts.

use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use futures_util::future::try_join_all;
use indexmap::IndexSet;

use super::Depth;
use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::deploy::observed::{Record, Zone};
use crate::stack::Stack;

/// The name of the TXT record that says whose a host is: records carry no tags.
pub(in crate::deploy) fn owner_name(host: &str) -> String {
    format!("_compose2ecs.{host}")
}

/// The zone by name or id; a sentence when there is none, or none that a name decides.
pub(super) async fn zone(
    clients: &Clients,
    wanted: &str,
    stack: &Stack,
    depth: Depth,
) -> Result<Result<Zone, String>, Error> {
    let is_id = wanted.starts_with('Z') && !wanted.contains('.');
    let (id, name) = if is_id {
        let zone = clients.route53.get_hosted_zone().id(wanted).send().await;
        let zone =
            zone.map_err(refused(format!("look the hosted zone `{wanted}` up")))?.hosted_zone;
        (wanted.to_owned(), plain(zone.as_ref().map_or("", |it| it.name())))
    } else {
        match by_name(clients, wanted).await? {
            Ok(id) => (id, plain(wanted)),
            Err(sentence) => return Ok(Err(sentence)),
        }
    };
    let records = match depth {
        Depth::Whole => all_records(clients, &id).await?,
        Depth::Named => {
            let hosts: IndexSet<&str> =
                stack.ingress.iter().filter_map(|it| it.host.as_deref()).collect();
            let names = hosts.iter().flat_map(|it| [plain(it), plain(&owner_name(it))]);
            let found = try_join_all(names.map(|it| named_records(clients, &id, it))).await?;
            found.into_iter().flatten().collect()
        }
    };
    Ok(Ok(Zone { id, name, records }))
}

/// A private zone of the same name is not meant: nobody outside would see its records.
async fn by_name(clients: &Clients, name: &str) -> Result<Result<String, String>, Error> {
    let call = clients.route53.list_hosted_zones_by_name().dns_name(name);
    let answer = call.send().await.map_err(refused(format!("look the hosted zone `{name}` up")))?;
    let is_meant = |it: &&aws_sdk_route53::types::HostedZone| plain(it.name()) == plain(name);
    let zones: Vec<_> = answer.hosted_zones().iter().filter(is_meant).collect();
    let public = zones.iter().filter(|it| {
        !it.config().is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone)
    });
    let ids: Vec<String> =
        public.map(|it| it.id().trim_start_matches("/hostedzone/").to_owned()).collect();
    Ok(match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(format!("there is no public hosted zone `{name}`")),
        several => Err(format!(
            "there are {} public hosted zones `{name}`: name one by its id ({})",
            several.len(),
            several.join(", ")
        )),
    })
}

/// All records of one name; a list begins at a name and goes on in the order of the zone.
pub(super) async fn named_records(
    clients: &Clients,
    zone: &str,
    name: String,
) -> Result<Vec<Record>, Error> {
    let call =
        clients.route53.list_resource_record_sets().hosted_zone_id(zone).start_record_name(&name);
    let answer = call.max_items(50).send().await;
    let answer = answer.map_err(refused(format!("read the records of `{name}`")))?;
    let records = answer.resource_record_sets().iter().map(record);
    Ok(records.filter(|it| it.name == name).collect())
}

async fn all_records(clients: &Clients, zone: &str) -> Result<Vec<Record>, Error> {
    let mut records = Vec::new();
    let mut start: Option<(String, RrType, Option<String>)> = None;
    loop {
        let mut call = clients.route53.list_resource_record_sets().hosted_zone_id(zone);
        if let Some((name, kind, identifier)) = start.take() {
            call = call
                .start_record_name(name)
                .start_record_type(kind)
                .set_start_record_identifier(identifier);
        }
        let answer = call.send().await.map_err(refused("read the records of the hosted zone"))?;
        records.extend(answer.resource_record_sets().iter().map(record));
        match (answer.is_truncated, answer.next_record_name, answer.next_record_type) {
            (true, Some(name), Some(kind)) => {
                start = Some((name, kind, answer.next_record_identifier));
            }
            _ => return Ok(records),
        }
    }
}

fn record(set: &ResourceRecordSet) -> Record {
    Record {
        name: plain(set.name()),
        kind: set.r#type().as_str().to_owned(),
        ttl: set.ttl(),
        values: set.resource_records().iter().map(|it| it.value().to_owned()).collect(),
        alias: set.alias_target().map(|it| {
            let name = plain(it.dns_name());
            (name, it.hosted_zone_id().to_owned())
        }),
        set_identifier: set.set_identifier().map(str::to_owned),
        weight: set.weight(),
    }
}

/// Lower case, without the dot at the end and without Route 53's octal escapes.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.replace("\\052", "*").replace("\\137", "_")
}
