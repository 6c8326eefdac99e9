//! The calls that are signed here, without a client of AWS: what is tried again, what an error becomes, how lists go on.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use compose2ecs::deploy::{Deployer, Error, ErrorKind};
use compose2ecs::facts::{Facts, Needs};
use compose2ecs::stack::Reference;
use libtest_mimic::Trial;
use serde_json::json;

use crate::aws::calls::names;
use crate::aws::config;
use crate::aws::scripted::{Reply, Scripted};
use crate::scene::{deployer, stack, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("signed/a_throttled_call_is_made_again", throttled),
        trial("signed/an_error_page_is_no_answer", error_page),
        trial("signed/an_error_in_xml_becomes_words", error_in_xml),
        trial("signed/an_error_in_json_becomes_words", error_in_json),
        trial("signed/it_gives_up_after_five_tries", gives_up),
        trial("signed/a_connection_that_hangs_is_given_up", hangs),
        trial("signed/what_an_image_runs_is_read_through_its_manifests", image_process),
        trial("signed/what_an_image_runs_may_be_left_unsaid", image_denied),
        trial("signed/a_bucket_that_may_not_be_read_leaves_it_unsaid", bucket_denied),
        trial("signed/a_redirection_is_no_answer", redirected),
        trial("signed/an_answer_that_is_too_large_is_not_read", too_large),
        trial("signed/the_digest_and_what_runs_are_of_one_image", one_image),
        trial("signed/lists_of_ec2_are_read_to_their_end", pages),
    ]
}

fn secret(name: &str) -> Needs {
    Needs { secrets: [name.to_owned()].into(), ..Needs::default() }
}

fn database(name: &str) -> Needs {
    Needs { databases: [name.to_owned()].into(), ..Needs::default() }
}

async fn lookup(aws: &Scripted, needs: &Needs) -> Result<Facts, Vec<Error>> {
    deployer(aws).lookup(needs).await
}

fn arn() -> Reply {
    Reply::Json(json!({ "ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf" }))
}

async fn throttled() {
    let operation = "SecretsManager.DescribeSecret";
    let slow = Reply::refused("ThrottlingException", "Rate exceeded");
    let aws = Scripted::start().on(operation, [slow, arn()]);
    let facts = lookup(&aws, &secret("a")).await.expect("the second answer is one");
    assert!(facts.secrets["a"].ends_with("a-AbCdEf"));
    assert_eq!(names(&aws.finish()), [operation, operation]);
}

async fn error_page() {
    let operation = "SecretsManager.DescribeSecret";
    let page = Reply::Other(500, "text/html".to_owned(), "<html>oh no</html>".to_owned());
    let aws = Scripted::start().on(operation, [page, arn()]);
    lookup(&aws, &secret("a")).await.expect("the second answer is one");
    assert_eq!(names(&aws.finish()), [operation, operation]);
}

async fn error_in_xml() {
    let denied = || Reply::refused("AccessDenied", "not authorized to perform rds:Describe");
    let aws = Scripted::start()
        .on("RDS.DescribeDBInstances", [denied()])
        .on("RDS.DescribeDBClusters", [denied()]);
    let errors = lookup(&aws, &database("staging")).await.expect_err("it is refused");
    assert_eq!(
        errors[0].message,
        "cannot look the database `staging` up: AccessDenied: not authorized to perform rds:Describe"
    );
    assert!(errors[0].help.contains("role"), "{errors:?}");
}

async fn error_in_json() {
    let missing = Reply::refused(
        "com.amazonaws.secretsmanager#ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    );
    let aws = Scripted::start().on("SecretsManager.DescribeSecret", [missing]);
    let errors = lookup(&aws, &secret("a")).await.expect_err("it is not there");
    assert_eq!(
        errors[0].message,
        "cannot look the secret `a` up: ResourceNotFoundException: Secrets Manager can't find the specified secret."
    );
    assert_eq!(errors[0].kind, ErrorKind::Refused);
}

async fn gives_up() {
    let slow = Reply::refused("ThrottlingException", "Rate exceeded");
    let aws = Scripted::start().on("SecretsManager.DescribeSecret", [slow]);
    let errors = lookup(&aws, &secret("a")).await.expect_err("it is throttled each time");
    assert!(errors[0].message.contains("ThrottlingException: Rate exceeded"), "{errors:?}");
    assert_eq!(aws.finish().len(), 5);
}

/// A server that says nothing, or stops in the middle of its answer.
fn mute(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.expect("somebody connects");
            // An answer that comes before its question is an error of its own.
            let _ = stream.read(&mut [0; 4096]).expect("somebody asks");
            stream.write_all(head.as_bytes()).expect("somebody listens");
            open.push(stream);
        }
    });
    format!("http://{address}")
}

async fn hangs() {
    for head in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let timeouts = TimeoutConfig::builder().read_timeout(Duration::from_millis(50)).build();
        let config = config(&mute(head)).into_builder().timeout_config(timeouts).build();
        let deployer = Deployer::new(config).expect("there is a region");
        let errors = deployer.lookup(&secret("a")).await.expect_err("nobody answers");
        assert_eq!(errors[0].kind, ErrorKind::Unreachable);
        let expected = "cannot look the secret `a` up: no answer within 0.05 s";
        assert_eq!(errors[0].message, expected);
    }
}

const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/app:1";

fn image() -> Needs {
    Needs { image_configs: [IMAGE.to_owned()].into(), ..Needs::default() }
}

async fn image_process() {
    let answer = |digest: &str, manifest: serde_json::Value| {
        json!({ "images": [{
            "imageId": { "imageDigest": digest, "imageTag": "1" },
            "imageManifest": manifest.to_string(),
        }]})
    };
    let list = json!({ "manifests": [
        { "digest": "sha256:attested", "platform": { "os": "unknown" } },
        { "digest": "sha256:image", "platform": { "os": "linux", "architecture": "amd64" } },
    ]});
    let manifest = json!({ "config": { "digest": "sha256:config" }, "layers": [] });
    let config =
        json!({ "config": { "Entrypoint": ["/entry"], "Cmd": ["serve", "$A"], "User": "app" } });
    let slow = Reply::Other(503, "text/plain".to_owned(), "slow down".to_owned());
    let aws = Scripted::start();
    let url = format!("{}/blob", aws.endpoint());
    let aws = aws
        .on("ECR.BatchGetImage", [answer("sha256:list", list), answer("sha256:image", manifest)])
        .on("ECR.GetDownloadUrlForLayer", [json!({ "downloadUrl": url })])
        .on("unsigned.GET /blob", [slow, Reply::Json(config)]);
    let facts = lookup(&aws, &image()).await.expect("everything is answered");
    let found = &facts.images[IMAGE];
    assert_eq!(found.entrypoint.as_deref(), Some(&["/entry".to_owned()][..]));
    assert_eq!(found.command.as_deref(), Some(&["serve".to_owned(), "$A".to_owned()][..]));
    assert_eq!((found.user.as_deref(), &found.digest), (Some("app"), &None));
    let calls = aws.finish();
    let digest = calls[1].json()["imageIds"][0]["imageDigest"].clone();
    assert_eq!((digest, calls.len()), (json!("sha256:image"), 5));
    assert_eq!(calls[2].json()["layerDigest"], "sha256:config");
}

async fn image_denied() {
    let denied = Reply::refused("AccessDeniedException", "not authorized");
    let aws = Scripted::start().on("ECR.BatchGetImage", [denied]);
    let facts = lookup(&aws, &image()).await.expect("the compiler says what else there is to do");
    assert!(facts.images.is_empty());
    let missing = Scripted::start().on("ECR.BatchGetImage", [json!({ "images": [] })]);
    let facts = lookup(&missing, &image()).await.expect("the same");
    assert_eq!(facts.images[IMAGE], compose2ecs::facts::Image::default());
}

/// An account with one image, whose configuration is answered so.
fn image_at(configuration: Reply) -> Scripted {
    let manifest = json!({ "config": { "digest": "sha256:config" }, "layers": [] }).to_string();
    let image = |digest: &str| {
        let id = json!({ "imageDigest": digest, "imageTag": "1" });
        json!({ "images": [{ "imageId": id, "imageManifest": manifest }] })
    };
    let aws = Scripted::start();
    let url = format!("{}/blob", aws.endpoint());
    aws.on("ECR.BatchGetImage", [image("sha256:one"), image("sha256:other")])
        .on("ECR.GetDownloadUrlForLayer", [json!({ "downloadUrl": url })])
        .on("unsigned.GET /blob", [configuration])
}

async fn bucket_denied() {
    let page = "<Error><Code>AccessDenied</Code></Error>".to_owned();
    let aws = image_at(Reply::Other(403, "application/xml".to_owned(), page));
    let needs = Needs { images: [IMAGE.to_owned()].into(), ..image() };
    let facts = lookup(&aws, &needs).await.expect("the compiler says what else there is to do");
    let found = &facts.images[IMAGE];
    assert_eq!((found.digest.as_deref(), &found.command), (Some("sha256:one"), &None));
}

async fn redirected() {
    let config = json!({ "config": { "Cmd": ["serve"] } }).to_string();
    let aws = image_at(Reply::Other(307, "application/json".to_owned(), config));
    let errors = lookup(&aws, &image()).await.expect_err("it is somewhere else");
    assert!(errors[0].message.contains("HTTP 307"), "{errors:?}");
}

async fn too_large() {
    let aws = image_at(Reply::Other(200, "application/json".to_owned(), " ".repeat(9 << 20)));
    let errors = lookup(&aws, &image()).await.expect_err("it is no configuration");
    assert!(errors[0].message.ends_with("the answer is larger than 8 MB"), "{errors:?}");
}

async fn one_image() {
    let aws = image_at(Reply::Json(json!({ "config": { "Cmd": ["serve"] } })));
    let needs = Needs { images: [IMAGE.to_owned()].into(), ..image() };
    let facts = lookup(&aws, &needs).await.expect("everything is answered");
    let found = &facts.images[IMAGE];
    assert_eq!(found.digest.as_deref(), Some("sha256:one"));
    assert_eq!(found.command.as_deref(), Some(&["serve".to_owned()][..]));
    let calls = aws.finish();
    assert_eq!(names(&calls).iter().filter(|it| **it == "ECR.BatchGetImage").count(), 1);
}

async fn pages() {
    let mut stack = stack("1", "");
    stack.network.subnets = vec![Reference::Name("public".to_owned())];
    let page = |id: &str, token: &str| {
        Reply::Xml(format!(
            "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><subnetSet><item><subnetId>{id}</subnetId>\
             <tagSet><item><key>Name</key><value>public</value></item></tagSet></item></subnetSet>{token}</DescribeSubnetsResponse>"
        ))
    };
    let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
                    </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let aws = Scripted::start()
        .on(
            "EC2.DescribeSubnets",
            [page("subnet-b", "<nextToken>a/b+c=</nextToken>"), page("subnet-a", "<nextToken/>")],
        )
        .on("STS.GetCallerIdentity", [Reply::Xml(identity.to_owned())])
        .on(
            "ECS.DescribeClusters",
            [json!({ "clusters": [{ "clusterName": "staging", "status": "ACTIVE" }] })],
        )
        .on("Logs.DescribeLogGroups", [json!({ "logGroups": [] })])
        .on("ECS.ListTasks", [json!({ "taskArns": [] })])
        .on("ECS.DescribeServices", [json!({ "services": [] })])
        .on(
            "ECS.DescribeTaskDefinition",
            [Reply::refused("ClientException", "Unable to describe task definition.")],
        )
        .on("Tagging.GetResources", [json!({ "ResourceTagMappingList": [] })]);
    let observed = deployer(&aws).observe(&stack).await.expect("everything is answered");
    assert_eq!(observed.subnets, ["subnet-a", "subnet-b"]);
    let calls = aws.finish();
    let asked = calls.iter().filter(|it| it.name == "EC2.DescribeSubnets");
    let last = asked.last().map(|it| String::from_utf8_lossy(&it.body).into_owned());
    assert!(last.as_ref().is_some_and(|it| it.contains("NextToken=a%2Fb%2Bc%3D")), "{last:?}");
}
