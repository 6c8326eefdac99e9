//! Target groups, rules and records.

use aws_sdk_elasticloadbalancingv2::types as elb;
use aws_sdk_route53::types as dns;
use serde_json::{Value, json};

use super::Made;
use crate::deploy::action::{RecordChange, RuleSpec, TargetGroupSpec, Turn};
use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, ErrorKind, refused};
use crate::deploy::observed::{Record, Tags};
use crate::deploy::plan::Known;
use crate::stack::Authentication;

fn tags(tags: &Tags) -> Vec<elb::Tag> {
    tags.iter().map(|(key, value)| elb::Tag::builder().key(key).value(value).build()).collect()
}

fn whole(number: Option<u32>) -> Option<i32> {
    number.and_then(|it| i32::try_from(it).ok())
}

/// Elastic Load Balancing wants it below the interval; 5 seconds are what it takes by itself.
fn timeout(interval: Option<u32>) -> Option<u32> {
    interval.map(|it| it.saturating_sub(1).clamp(2, 5))
}

pub(super) async fn create_target_group(
    clients: &Clients,
    spec: &TargetGroupSpec,
) -> Result<Made, Error> {
    let check = &spec.health_check;
    let answer = clients
        .elb
        .create_target_group()
        .name(&spec.name)
        .protocol(elb::ProtocolEnum::Http)
        .port(i32::from(spec.port))
        .vpc_id(&spec.vpc)
        .target_type(elb::TargetTypeEnum::Ip)
        .set_health_check_path(check.path.clone())
        .set_health_check_interval_seconds(whole(check.interval))
        .set_health_check_timeout_seconds(whole(timeout(check.interval)))
        .set_matcher(check.matcher.as_ref().map(|it| elb::Matcher::builder().http_code(it).build()))
        .set_tags(Some(tags(&spec.tags)))
        .send()
        .await
        .map_err(refused(format!("create the target group `{}`", spec.name)))?;
    let arn =
        answer.target_groups().iter().find_map(|it| it.target_group_arn()).unwrap_or_default();
    Ok(Made::TargetGroup(spec.name.clone(), arn.to_owned()))
}

pub(super) async fn modify_target_group(
    clients: &Clients,
    arn: &str,
    spec: &TargetGroupSpec,
) -> Result<Made, Error> {
    let check = &spec.health_check;
    clients
        .elb
        .modify_target_group()
        .target_group_arn(arn)
        .set_health_check_path(check.path.clone())
        .set_health_check_interval_seconds(whole(check.interval))
        .set_health_check_timeout_seconds(whole(timeout(check.interval)))
        .set_matcher(check.matcher.as_ref().map(|it| elb::Matcher::builder().http_code(it).build()))
        .send()
        .await
        .map_err(refused(format!("change the target group `{}`", spec.name)))?;
    Ok(Made::Nothing)
}

pub(super) async fn create_rule(
    clients: &Clients,
    spec: &RuleSpec,
    known: &Known,
) -> Result<Made, Error> {
    let actions = actions(clients, spec, known, &Turn::At).await?;
    clients
        .elb
        .create_rule()
        .listener_arn(&spec.listener)
        .priority(whole(Some(spec.priority)).unwrap_or_default())
        .set_conditions(Some(conditions(spec)))
        .set_actions(Some(actions))
        .set_tags(Some(tags(&spec.tags)))
        .send()
        .await
        .map_err(refused(format!("create the listener rule for `{}`", spec.words())))?;
    Ok(Made::Nothing)
}

pub(super) async fn modify_rule(
    clients: &Clients,
    arn: &str,
    (spec, turn): (&RuleSpec, &Turn),
    known: &Known,
) -> Result<Made, Error> {
    let actions = actions(clients, spec, known, turn).await?;
    let call = clients.elb.modify_rule().rule_arn(arn).set_conditions(Some(conditions(spec)));
    let doing = format!("change the listener rule for `{}`", spec.words());
    call.set_actions(Some(actions)).send().await.map_err(refused(doing))?;
    Ok(Made::Nothing)
}

fn conditions(spec: &RuleSpec) -> Vec<elb::RuleCondition> {
    let host = spec.host.as_ref().map(|it| {
        let config = elb::HostHeaderConditionConfig::builder().values(it).build();
        elb::RuleCondition::builder().field("host-header").host_header_config(config).build()
    });
    let path = spec.path.as_ref().map(|it| {
        let config = elb::PathPatternConditionConfig::builder().values(it).build();
        elb::RuleCondition::builder().field("path-pattern").path_pattern_config(config).build()
    });
    host.into_iter().chain(path).collect()
}

/// The login, if any, and then the target group.
async fn actions(
    clients: &Clients,
    spec: &RuleSpec,
    known: &Known,
    turn: &Turn,
) -> Result<Vec<elb::Action>, Error> {
    let login = match &spec.authenticate {
        Some(it) => Some(login(clients, it).await?),
        None => None,
    };
    let group = known.target_groups.get(&spec.target_group).cloned().unwrap_or_default();
    let forward = elb::Action::builder().r#type(elb::ActionTypeEnum::Forward);
    let forward = match turn {
        Turn::At | Turn::Over => forward.target_group_arn(group),
        Turn::Before(serving) => {
            let share = |arn: &str, weight: i32| {
                elb::TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build()
            };
            let config = elb::ForwardActionConfig::builder();
            let config = config.target_groups(share(serving, 1)).target_groups(share(&group, 0));
            forward.forward_config(config.build())
        }
    };
    let all = login.into_iter().chain([forward]).enumerate();
    Ok(all.map(|(index, it)| it.order(i32::try_from(index + 1).unwrap_or(1)).build()).collect())
}

async fn login(
    clients: &Clients,
    authentication: &Authentication,
) -> Result<elb::builders::ActionBuilder, Error> {
    match authentication {
        Authentication::Cognito { user_pool_arn, client_id, domain } => {
            let config = elb::AuthenticateCognitoActionConfig::builder()
                .user_pool_arn(user_pool_arn)
                .user_pool_client_id(client_id)
                .user_pool_domain(domain)
                .build();
            let action = elb::Action::builder().r#type(elb::ActionTypeEnum::AuthenticateCognito);
            Ok(action.authenticate_cognito_config(config))
        }
        Authentication::Oidc {
            issuer,
            authorization_endpoint,
            token_endpoint,
            user_info_endpoint,
            client_id,
            client_secret,
        } => {
            let config = elb::AuthenticateOidcActionConfig::builder()
                .issuer(issuer)
                .authorization_endpoint(authorization_endpoint)
                .token_endpoint(token_endpoint)
                .user_info_endpoint(user_info_endpoint)
                .client_id(client_id)
                .client_secret(secret_value(clients, client_secret).await?)
                .build();
            let action = elb::Action::builder().r#type(elb::ActionTypeEnum::AuthenticateOidc);
            Ok(action.authenticate_oidc_config(config))
        }
    }
}

/// The value behind a reference as containers use it: `arn:…:secretsmanager:…:secret:NAME[:KEY::]` or `arn:…:ssm:…:parameter/NAME`.
/// Elastic Load Balancing takes the client's secret itself, so this is the one secret that passes through here.
async fn secret_value(clients: &Clients, reference: &str) -> Result<String, Error> {
    let parts: Vec<&str> = reference.split(':').collect();
    let missing = || Error::refused("the client's secret of the login holds no text");
    if parts.get(2) == Some(&"ssm") {
        // `parameter/a/b` is called `/a/b`, and `parameter/a` just `a`.
        let name = parts.get(5).and_then(|it| it.strip_prefix("parameter")).unwrap_or_default();
        let name = name.strip_prefix('/').filter(|it| !it.contains('/')).unwrap_or(name);
        let body = json!({ "Name": name, "WithDecryption": true });
        let doing = format!("read the parameter `{name}`");
        let answer = clients.signed.json("ssm", "AmazonSSM.GetParameter", &body, &doing).await?;
        return answer["Parameter"]["Value"].as_str().map(str::to_owned).ok_or_else(missing);
    }
    let id = parts.iter().take(7).copied().collect::<Vec<_>>().join(":");
    // An ARN without its last six characters is not taken by this call; the name is.
    let name = parts.get(6).copied().unwrap_or_default();
    let doing = format!("read the secret `{name}`");
    let ask = |id: String| {
        let doing = doing.clone();
        async move {
            let body = json!({ "SecretId": id });
            clients
                .signed
                .json("secretsmanager", "secretsmanager.GetSecretValue", &body, &doing)
                .await
        }
    };
    let answer = match ask(id).await {
        Err(error) if error.kind == ErrorKind::Refused => ask(name.to_owned()).await?,
        other => other?,
    };
    let text = answer["SecretString"].as_str().ok_or_else(missing)?;
    match parts.get(7).filter(|it| !it.is_empty()) {
        None => Ok(text.to_owned()),
        Some(key) => {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            value[*key].as_str().map(str::to_owned).ok_or_else(missing)
        }
    }
}

/// All changes or none.
pub(super) async fn change_records(
    clients: &Clients,
    zone: &str,
    changes: &[RecordChange],
) -> Result<Made, Error> {
    let host = changes.iter().map(|it| it.record.name.as_str()).next().unwrap_or_default();
    let doing = format!("change the records of `{host}`");
    let change = |it: &RecordChange| {
        let action =
            if it.is_deletion { dns::ChangeAction::Delete } else { dns::ChangeAction::Upsert };
        let set = record_set(&it.record);
        dns::Change::builder().action(action).resource_record_set(set).build()
    };
    let changes: Result<Vec<_>, _> = changes.iter().map(change).collect();
    let changes = changes.map_err(|error| Error::refused(format!("cannot {doing}: {error}")))?;
    let batch =
        dns::ChangeBatch::builder().comment("compose2ecs").set_changes(Some(changes)).build();
    let batch = batch.map_err(|error| Error::refused(format!("cannot {doing}: {error}")))?;
    let call = clients.route53.change_resource_record_sets().hosted_zone_id(zone);
    match call.change_batch(batch).send().await {
        Ok(_) => Ok(Made::Nothing),
        Err(error) => Err(refused(doing)(error)),
    }
}

fn record_set(record: &Record) -> dns::ResourceRecordSet {
    let values =
        record.values.iter().filter_map(|it| dns::ResourceRecord::builder().value(it).build().ok());
    let values: Vec<dns::ResourceRecord> = values.collect();
    let alias = record.alias.as_ref().and_then(|(name, zone)| {
        let target = dns::AliasTarget::builder().dns_name(name).hosted_zone_id(zone);
        target.evaluate_target_health(false).build().ok()
    });
    dns::ResourceRecordSet::builder()
        .name(&record.name)
        .r#type(record.kind.as_str().into())
        .set_ttl(record.ttl)
        .set_resource_records((!values.is_empty()).then_some(values))
        .set_alias_target(alias)
        .set_set_identifier(record.set_identifier.clone())
        .set_weight(record.weight)
        .build()
        .expect("a record has a name and a type")
}

/// Points a record at an address, and says whose it is.
pub(super) async fn point_record(
    clients: &Clients,
    zone: &str,
    wanted: [Record; 2],
    stale: &[Record],
) -> Result<Made, Error> {
    let stale = stale.iter().map(|it| RecordChange { is_deletion: true, record: it.clone() });
    let wanted = wanted.into_iter().map(|record| RecordChange { is_deletion: false, record });
    let changes: Vec<RecordChange> = stale.chain(wanted).collect();
    change_records(clients, zone, &changes).await
}
