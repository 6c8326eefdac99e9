//! The one secret that passes through a deployment: where it comes from, and that it goes nowhere but to the rule.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{
    GROUP, LOGIN, NAME, Outcome, deployment, running, service, stack, tags, trial, up,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("login/a_key_of_a_secret_goes_to_the_rule_alone", key_of_a_secret),
        trial("login/a_parameter_goes_to_the_rule_alone", parameter),
        trial("login/a_parameter_at_the_top_has_no_slash", parameter_at_the_top),
        trial("login/a_refused_rule_does_not_tell_the_secret", refused_rule),
        trial("login/a_secret_without_the_key_is_refused_without_telling_it", key_is_missing),
    ]
}

const SECRET: &str = "correct-horse-battery";

fn created() -> Reply {
    Reply::Xml(
        "<CreateRuleResponse><CreateRuleResult><Rules><member><RuleArn>rule</RuleArn></member></Rules></CreateRuleResult>\
         </CreateRuleResponse>"
            .to_owned(),
    )
}

/// Deploys a login whose secret is kept there.
async fn deploy(kept: &str, operation: &str, answer: Value, rule: Reply) -> Outcome {
    let overlay = format!(
        "  ingress:\n    - service: web\n      port: 80\n      listener: {{ load_balancer: staging, port: 443 }}\n      host: a.example.com\n      \
         authenticate:\n        oidc:\n          issuer: https://login.example.com\n          \
         authorization_endpoint: https://login.example.com/authorize\n          token_endpoint: https://login.example.com/token\n          \
         user_info_endpoint: https://login.example.com/userinfo\n          client_id: compose2ecs\n          client_secret: '{kept}'\n"
    );
    let stack = stack("1", &overlay);
    let mut observed = running(&stack, 1);
    let parsed = "it is what was observed";
    let listener = json!({ "arn": "listener", "protocol": "HTTPS", "port": 443, "vpc": "vpc-1" });
    let listener = serde_json::from_value(listener).expect(parsed);
    observed.listeners.insert("staging:443".to_owned(), listener);
    let group = json!({ "arn": GROUP, "vpc": "vpc-1", "tags": tags(&stack) });
    let name = "shop-feature-login-web-80".to_owned();
    observed.target_groups.insert(name, serde_json::from_value(group).expect(parsed));
    let balancers = json!([{ "target_group": GROUP, "container": "web", "port": 80 }]);
    observed.services[NAME].load_balancers = serde_json::from_value(balancers).expect(parsed);
    let health = "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions/>\
                  </DescribeTargetHealthResult></DescribeTargetHealthResponse>";
    let aws = Scripted::start()
        .on(operation, [answer])
        .on("ELB.CreateRule", [rule])
        .on("ECS.DescribeServices", [service(&[deployment(1, "PRIMARY", 1, "COMPLETED", 2)])])
        .on("ELB.DescribeTargetHealth", [Reply::Xml(health.to_owned())])
        .on("ECS.TagResource", [json!({})]);
    let outcome = up(aws, &stack, &observed).await;
    assert!(!outcome.shown.contains(SECRET), "{}", outcome.shown);
    for call in outcome.calls.iter().filter(|it| it.name != "ELB.CreateRule") {
        assert!(!String::from_utf8_lossy(&call.body).contains(SECRET), "{}", call.name);
    }
    outcome
}

/// Asserts that the rule got the secret.
fn reached_the_rule(outcome: &Outcome) {
    outcome.succeeded();
    let rule = outcome.calls.iter().find(|it| it.name == "ELB.CreateRule").expect("a rule is made");
    let body = String::from_utf8_lossy(&rule.body).into_owned();
    let parameter = format!("AuthenticateOidcConfig.ClientSecret={SECRET}");
    assert!(body.contains(&parameter), "{body}");
}

async fn key_of_a_secret() {
    let text = json!({ "client_secret": SECRET, "other": "thing" }).to_string();
    let answer = json!({ "SecretString": text });
    let operation = "SecretsManager.GetSecretValue";
    let outcome =
        deploy("secretsmanager:staging/login#client_secret", operation, answer, created()).await;
    reached_the_rule(&outcome);
    let asked = outcome.calls.iter().find(|it| it.name == operation).expect("it is read");
    assert_eq!(asked.json()["SecretId"], LOGIN);
}

async fn asked_parameter(kept: &str) -> Value {
    let answer = json!({ "Parameter": { "Value": SECRET } });
    let outcome = deploy(kept, "SSM.GetParameter", answer, created()).await;
    reached_the_rule(&outcome);
    let asked = outcome.calls.iter().find(|it| it.name == "SSM.GetParameter");
    let asked = asked.expect("it is read").json();
    assert_eq!(asked["WithDecryption"], true);
    asked["Name"].clone()
}

async fn parameter() {
    assert_eq!(asked_parameter("ssm:/staging/login").await, "/staging/login");
}

async fn parameter_at_the_top() {
    assert_eq!(asked_parameter("ssm:login").await, "login");
}

async fn refused_rule() {
    let answer = json!({ "Parameter": { "Value": SECRET } });
    let refused = Reply::refused("InvalidConfigurationRequest", "the issuer is not valid");
    let outcome = deploy("ssm:/staging/login", "SSM.GetParameter", answer, refused).await;
    let errors = outcome.result.expect_err("the rule is refused");
    assert!(errors[0].message.contains("InvalidConfigurationRequest"), "{errors:?}");
}

async fn key_is_missing() {
    let answer = json!({ "SecretString": json!({ "secret": SECRET }).to_string() });
    let operation = "SecretsManager.GetSecretValue";
    let outcome =
        deploy("secretsmanager:staging/login#client_secret", operation, answer, created()).await;
    let errors = outcome.result.expect_err("there is no such key");
    assert_eq!(errors[0].message, "the client's secret of the login holds no text");
}
