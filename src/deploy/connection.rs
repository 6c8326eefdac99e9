//! Where AWS is and who asks, as the AWS CLI understands it -> clients.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::error::{Error, ErrorKind};
use super::pace::Pace;
use super::signed::Signed;

/// What wins over the environment and the files of the AWS CLI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// Another endpoint for all services, such as an emulator's.
    pub endpoint: Option<String>,
    /// Keys of an emulator. With them neither the environment nor the files of the AWS CLI are read: nobody's own
    /// credentials can reach the endpoint.
    pub credentials: Option<Credentials>,
}

/// The clients of all services.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) ecr: aws_sdk_ecr::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) route53: aws_sdk_route53::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) tagging: aws_sdk_resourcegroupstagging::Client,
    pub(super) signed: Signed,
    pub(super) region: String,
    pub(super) pace: Pace,
}

impl Connection {
    /// The configuration of the AWS CLI, with what stands here on top.
    pub async fn load(&self) -> SdkConfig {
        if let Some(credentials) = &self.credentials {
            return self.without_environment(credentials);
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        loader.load().await
    }

    fn without_environment(&self, credentials: &Credentials) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone().map(Region::new))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .http_client(direct());
        config.set_endpoint_url(self.endpoint.clone());
        config.build()
    }
}

/// A client that asks no proxy of the environment on the way to this machine.
pub(super) fn direct() -> SharedHttpClient {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    aws_smithy_http_client::Builder::new().tls_provider(provider).build_https()
}

impl Clients {
    /// Clients that slow down when AWS asks for it: twenty branches at once share one account's limits.
    pub(super) fn new(config: SdkConfig) -> Result<Self, Error> {
        let Some(region) = config.region().map(ToString::to_string) else {
            let error = Error::refused("no region is known").of_kind(ErrorKind::Unreachable);
            return Err(
                error.help("pass `--region`, set AWS_REGION, or write `region:` under `x-ecs`")
            );
        };
        let asked = config.timeout_config().and_then(TimeoutConfig::read_timeout);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(asked.unwrap_or(Duration::from_secs(30)))
            .build();
        let retries = retries(config.retry_config());
        let config = config.into_builder().retry_config(retries).timeout_config(timeouts).build();
        Ok(Self {
            ecr: aws_sdk_ecr::Client::new(&config),
            ecs: aws_sdk_ecs::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            tagging: aws_sdk_resourcegroupstagging::Client::new(&config),
            signed: Signed::new(config, region.clone()),
            region,
            pace: Pace::default(),
        })
    }
}

/// What the caller, `AWS_RETRY_MODE` or `AWS_MAX_ATTEMPTS` ask for; unless they ask for anything, slower the more AWS refuses.
fn retries(asked: Option<&RetryConfig>) -> RetryConfig {
    let words = |it: &RetryConfig| (it.mode(), it.max_attempts(), it.initial_backoff());
    match asked {
        Some(asked) if words(asked) != words(&RetryConfig::standard()) => asked.clone(),
        _ => RetryConfig::adaptive().with_max_attempts(8).with_max_backoff(Duration::from_secs(4)),
    }
}
