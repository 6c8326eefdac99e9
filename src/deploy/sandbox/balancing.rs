//! The load balancers and listeners of the ways in.

use aws_sdk_elasticloadbalancingv2::types;
use indexmap::IndexSet;

use crate::deploy::connection::Clients;
use crate::deploy::error::{Error, refused};
use crate::stack::{Listener, Stack};

/// Makes them one after another: several may be of one load balancer.
pub(super) async fn furnish(clients: &Clients, stack: &Stack) -> Result<(), Error> {
    let wanted: IndexSet<&Listener> = stack.ingress.iter().flat_map(|it| &it.listeners).collect();
    for listener in wanted {
        if let Listener::Of { load_balancer, port } = listener {
            let arn = balancer(clients, load_balancer).await?;
            listen(clients, &arn, *port).await?;
        }
    }
    Ok(())
}

async fn balancer(clients: &Clients, name: &str) -> Result<String, Error> {
    let doing = format!("make the load balancer `{name}`");
    // An error is the answer to a name that is not there.
    let found = clients.elb.describe_load_balancers().names(name).send().await;
    let found = found.ok().and_then(|it| it.load_balancers?.into_iter().next());
    let balancer = match found {
        Some(balancer) => Some(balancer),
        None => {
            let call = clients.elb.create_load_balancer().name(name);
            let call = call.r#type(types::LoadBalancerTypeEnum::Application);
            let answer = call.send().await.map_err(refused(&doing))?;
            answer.load_balancers.and_then(|it| it.into_iter().next())
        }
    };
    let arn = balancer.and_then(|it| it.load_balancer_arn);
    arn.ok_or_else(|| Error::refused(format!("cannot {doing}: the emulator gave it no ARN")))
}

/// A listener on the port; without one 443, unless 80 is there.
async fn listen(clients: &Clients, balancer: &str, port: Option<u16>) -> Result<(), Error> {
    let doing = "make a listener";
    let answer = clients.elb.describe_listeners().load_balancer_arn(balancer).send().await;
    let listeners = answer.map_err(refused(doing))?;
    let has = |port: u16| listeners.listeners().iter().any(|it| it.port() == Some(port.into()));
    let is_there = port.map_or_else(|| has(443) || has(80), has);
    if is_there {
        return Ok(());
    }
    let port = port.unwrap_or(443);
    let protocol = match port {
        443 | 8443 => types::ProtocolEnum::Https,
        _ => types::ProtocolEnum::Http,
    };
    let nothing =
        types::FixedResponseActionConfig::builder().status_code("404").content_type("text/plain");
    let nothing = types::Action::builder()
        .r#type(types::ActionTypeEnum::FixedResponse)
        .fixed_response_config(nothing.build())
        .build();
    let call = clients.elb.create_listener().load_balancer_arn(balancer).port(port.into());
    let call = call.protocol(protocol).default_actions(nothing);
    call.send().await.map(drop).map_err(refused(doing))
}
