//! AWS as the tests of deployments meet it: emulators, a proxy in front of them, and answers from a script.
#![expect(clippy::disallowed_methods, reason = "tests start processes and look at the environment")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses a part of it")]

pub(crate) mod calls;
pub(crate) mod emulator;
pub(crate) mod proxy;
mod python;
pub(crate) mod scripted;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

/// Ministack takes twelve digits for the account, and these are the account of moto.
pub(crate) const ACCESS_KEY: &str = "123456789012";
/// Where everything is made.
pub(crate) const REGION: &str = "ap-northeast-1";

/// Clients of an endpoint, deaf to the environment and the files of whoever runs the tests.
pub(crate) fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(ACCESS_KEY, "secret", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // Tests break calls on purpose and do not wait a second for each; nor may one test that is throttled slow the others
        // down, as the adaptive mode has it.
        .retry_config(
            RetryConfig::standard()
                .with_initial_backoff(Duration::from_millis(20))
                .with_max_attempts(8),
        )
        .build()
}
