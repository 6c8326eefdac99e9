//! An emulator -> what a stack names and does not make itself: the account of a team that begins, for rehearsals.
//!
//! It is for emulators alone. It speaks to nobody but the loopback address, whatever else the clients of the [`Deployer`] know.

mod balancing;
mod data;
mod network;
mod values;

use aws_config::{BehaviorVersion, SdkConfig};
use indexmap::IndexSet;

use super::connection::{Clients, direct};
use super::deployer::Deployer;
use super::error::{Error, refused};
use crate::facts::Needs;
use crate::stack::{Ingress, Listener, Stack};

impl Deployer {
    /// Makes in an emulator what a stack and the look-ups of its compilation name: cluster, network, load balancers, hosted
    /// zone, databases, caches, secrets with made-up values, repositories with an image for every tag. What is there stays as it is.
    ///
    /// Returns the stack as it is called there: an emulator chooses its own identifiers, so a listener is found by its load
    /// balancer's name, a hosted zone and a namespace by their names.
    ///
    /// # Errors
    ///
    /// What the emulator refused, and any endpoint that is not an address of this machine.
    pub async fn furnish(&self, stack: Stack, needs: &Needs) -> Result<Stack, Vec<Error>> {
        let clients = self.loopback().map_err(|error| vec![error])?;
        let stack = by_name(stack);
        let (cluster, network, zone, images, databases, caches, secrets, namespace) = tokio::join!(
            cluster(&clients, &stack),
            async {
                network::furnish(&clients, &stack).await?;
                balancing::furnish(&clients, &stack).await
            },
            zone(&clients, &stack),
            values::images(&clients, &stack, needs),
            data::databases(&clients, &stack, needs),
            data::caches(&clients, &stack, needs),
            values::secrets(&clients, &stack, needs),
            namespace(&clients, &stack),
        );
        let results = [cluster, network, zone, images, databases, caches, secrets, namespace];
        let errors: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
        if errors.is_empty() { Ok(stack) } else { Err(errors) }
    }

    /// Clients that know no other endpoint: one for a single service may stand in the configuration too.
    fn loopback(&self) -> Result<Clients, Error> {
        let config = self.clients.signed.config();
        let Some(endpoint) = config.endpoint_url().filter(|it| is_loopback(it)) else {
            let endpoint = config.endpoint_url().unwrap_or("AWS itself");
            let message = format!(
                "a sandbox is furnished on this machine alone, and these clients talk to {endpoint}"
            );
            return Err(Error::refused(message));
        };
        let mut own = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(config.region().cloned())
            .http_client(direct());
        own.set_credentials_provider(config.credentials_provider());
        Clients::new(own.build())
    }
}

/// Whether the host of a URL is this machine.
fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // What stands before an `@` looks like a host and is none.
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

/// The stack without the identifiers that an emulator chooses itself.
fn by_name(mut stack: Stack) -> Stack {
    for ingress in &mut stack.ingress {
        let named: IndexSet<Listener> = ingress.listeners.iter().map(name_of).collect();
        ingress.listeners = named.into_iter().collect();
    }
    let host = stack.ingress.iter().find_map(|it: &Ingress| it.host.as_deref());
    let zone = host.and_then(|it| it.split_once('.')).map_or("sandbox.example", |it| it.1);
    if let Some(dns) = &mut stack.dns
        && dns.zone.starts_with('Z')
        && !dns.zone.contains('.')
    {
        zone.clone_into(&mut dns.zone);
    }
    name_namespace(&mut stack);
    stack
}

/// Calls the namespace of an ARN by a name, everywhere.
fn name_namespace(stack: &mut Stack) {
    let Some(namespace) = stack.namespace.as_mut().filter(|it| it.name.starts_with("arn:")) else {
        return;
    };
    "sandbox".clone_into(&mut namespace.name);
    for connect in stack.tasks.iter_mut().filter_map(|it| it.connect.as_mut()) {
        connect.namespace = Some(namespace.name.clone());
    }
}

/// `…:listener/app/NAME/…` and `…:loadbalancer/app/NAME/…` hold the name of the load balancer.
fn name_of(listener: &Listener) -> Listener {
    let name = |text: &str| text.split("/app/").nth(1)?.split('/').next().map(str::to_owned);
    match listener {
        Listener::Arn(arn) => Listener::Of {
            load_balancer: name(arn).unwrap_or_else(|| "sandbox".to_owned()),
            port: None,
        },
        Listener::Of { load_balancer, port } => Listener::Of {
            load_balancer: name(load_balancer).unwrap_or_else(|| load_balancer.clone()),
            port: *port,
        },
    }
}

/// Whether an error says that what was to be made is there: another command was faster.
fn exists(error: &Error) -> bool {
    ["AlreadyExists", "ResourceExists", "Duplicate", "ConflictingDomainExists"]
        .iter()
        .any(|it| error.message.contains(it))
}

/// A call that makes something, where it is fine that it is there.
fn made<T>(result: Result<T, Error>) -> Result<(), Error> {
    match result {
        Err(error) if !exists(&error) => Err(error),
        _ => Ok(()),
    }
}

/// The namespace that the overlay names; that of an environment is its own to make.
async fn namespace(clients: &Clients, stack: &Stack) -> Result<(), Error> {
    let Some(given) = stack.namespace.as_ref().filter(|it| !it.is_own) else { return Ok(()) };
    if super::namespace::named(clients, &given.name).await?.is_empty() {
        let none = super::observed::Tags::new();
        made(super::namespace::create(clients, &given.name, &none).await)?;
    }
    Ok(())
}

async fn cluster(clients: &Clients, stack: &Stack) -> Result<(), Error> {
    let name = stack.cluster.as_deref().unwrap_or("default");
    let name = name.rsplit('/').next().unwrap_or(name);
    let doing = format!("make the cluster `{name}`");
    let found = clients.ecs.describe_clusters().clusters(name).send().await;
    let found = found.map_err(refused(&doing))?;
    if found.clusters().iter().any(|it| it.status() == Some("ACTIVE")) {
        return Ok(());
    }
    let call = clients.ecs.create_cluster().cluster_name(name);
    let call = call.capacity_providers("FARGATE").capacity_providers("FARGATE_SPOT");
    made(call.send().await.map_err(refused(&doing)))
}

async fn zone(clients: &Clients, stack: &Stack) -> Result<(), Error> {
    let Some(dns) = &stack.dns else { return Ok(()) };
    let name = dns.zone.trim_end_matches('.');
    let doing = format!("make the hosted zone `{name}`");
    let found = clients.route53.list_hosted_zones_by_name().dns_name(name).send().await;
    let found = found.map_err(refused(&doing))?;
    if found.hosted_zones().iter().any(|it| it.name().trim_end_matches('.') == name) {
        return Ok(());
    }
    // The same reference twice is one zone, however many commands make it at once.
    let call = clients.route53.create_hosted_zone().name(name).caller_reference(name);
    made(call.send().await.map_err(refused(&doing)))
}

#[cfg(test)]
mod tests {
    use super::{Deployer, Listener, by_name, is_loopback, name_of};
    use crate::deploy::Connection;
    use crate::environment::Environment;
    use crate::stack::{Dns, HealthCheck, Ingress, Namespace, Network, Secrets, Stack};

    #[test]
    fn only_this_machine_is_furnished() {
        let here = [
            "http://127.0.0.1:4566",
            "http://127.0.0.1:4566/",
            "https://localhost",
            "http://[::1]:80/x",
            "http://127.9.9.9",
        ];
        let elsewhere = [
            "https://ecs.eu-west-1.amazonaws.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com:80",
            "http://127.0.0.1@example.com",
            "http://localhost:80@example.com",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://[::2]:80",
            "localhost:80",
            "",
        ];
        for url in here {
            assert!(is_loopback(url), "{url}");
        }
        for url in elsewhere {
            assert!(!is_loopback(url), "{url}");
        }
    }

    fn deployer(endpoint: Option<&str>) -> Deployer {
        let connection = Connection {
            region: Some("eu-west-1".to_owned()),
            endpoint: endpoint.map(str::to_owned),
            credentials: Some(aws_credential_types::Credentials::new(
                "123456789012",
                "x",
                None,
                None,
                "test",
            )),
            ..Connection::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Deployer::connect(&connection)).unwrap()
    }

    #[test]
    fn nothing_is_furnished_on_aws() {
        for endpoint in [None, Some("https://example.com"), Some("http://localhost:1@example.com")]
        {
            let Err(error) = deployer(endpoint).loopback() else { panic!("{endpoint:?}") };
            assert!(error.message.contains("on this machine alone"), "{error}");
        }
        assert!(deployer(Some("http://127.0.0.1:1")).loopback().is_ok());
    }

    #[test]
    fn a_stack_is_called_by_names() {
        let listener = |it: &str| Listener::Arn(it.to_owned());
        let of = |it: &str, port| Listener::Of { load_balancer: it.to_owned(), port };
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/staging/50dc6c495c0c9188/f2f7dc8efc522ab2";
        assert_eq!(name_of(&listener(arn)), of("staging", None));
        let balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/staging/50dc6c495c0c9188";
        assert_eq!(name_of(&of(balancer, Some(8443))), of("staging", Some(8443)));
        assert_eq!(name_of(&of("staging", Some(80))), of("staging", Some(80)));

        let ingress = Ingress {
            task: 0,
            container: "web".to_owned(),
            port: 80,
            target_group: "x-web-80".to_owned(),
            listeners: vec![listener(arn), of("staging", None)],
            is_encrypted: false,
            host: Some("x.example.com".to_owned()),
            path: None,
            health_check: HealthCheck::default(),
            authenticate: None,
        };
        let stack = Stack {
            environment: Environment::new("x", None),
            commit: None,
            cluster: None,
            region: None,
            account: None,
            tasks: Vec::new(),
            namespace: Some(Namespace {
                name: "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1".to_owned(),
                is_own: false,
            }),
            network: Network::default(),
            log_group: None,
            ingress: vec![ingress],
            dns: Some(Dns { zone: "Z0123456789".to_owned(), weight: None }),
            repositories: Vec::new(),
            secrets: Secrets::default(),
        };
        let named: Stack = by_name(stack);
        assert_eq!(named.ingress[0].listeners, [of("staging", None)]);
        assert_eq!(named.dns, Some(Dns { zone: "example.com".to_owned(), weight: None }));
        assert_eq!(named.namespace.as_ref().map(|it| it.name.as_str()), Some("sandbox"));
        assert_eq!(by_name(named.clone()), named);
    }
}
