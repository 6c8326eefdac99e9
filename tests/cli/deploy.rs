//! Commands that talk to AWS, where there is none: what they say and how they end.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::command::{Folder, Ran};

const COMPOSE: &str = "services: { web: { image: 'nginx:1', mem_limit: 128m } }\n";

/// A project and an endpoint that belongs to nobody else.
fn command(name: &str, arguments: &[&str], port: u16) -> (Folder, Command) {
    let folder = Folder::project(name, COMPOSE);
    let mut command = folder.command(arguments);
    command
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ACCESS_KEY_ID", "123456789012")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_MAX_ATTEMPTS", "1");
    (folder, command)
}

fn ended(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("the command starts"))
}

#[test]
fn an_aws_that_cannot_be_reached_is_exit_code_3() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it has an address").port()
    };
    for arguments in [["up", "--branch", "x"], ["diff", "--branch", "x"], ["ps", "--branch", "x"]] {
        let (_folder, mut command) = command("unreachable", &arguments, port);
        let ran = ended(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{ran:#?}");
        assert!(ran.stderr.contains("reachable from here?"), "{ran:#?}");
    }
}

#[test]
fn missing_credentials_say_how_to_give_them() {
    let (folder, mut command) = command("no-credentials", &["up", "--branch", "x"], 1);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.env("HOME", &folder.0).env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = ended(&mut command);
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert!(ran.stderr.contains("no credentials were found"), "{ran:#?}");
    assert!(ran.stderr.contains("aws sso login"), "{ran:#?}");
}

#[test]
fn under_exit_code_2_means_changes_and_nothing_else() {
    let (_folder, mut typo) = command("exit-code", &["diff", "--exit-code", "--bogus"], 1);
    assert_eq!(ended(&mut typo).code, Some(1));
    let (_folder, mut usage) = command("usage", &["diff", "--bogus"], 1);
    assert_eq!(ended(&mut usage).code, Some(2));
}

#[test]
fn a_region_that_contradicts_the_overlay_is_refused() {
    let (_folder, mut command) =
        command("region", &["up", "--branch", "x", "--region", "us-east-1"], 1);
    let ran = ended(&mut command);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("contradicts the overlay, which names eu-west-1"), "{ran:#?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_at_once_and_says_how_to_go_on() {
    // It takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    let (_folder, mut command) = command("interrupted", &["up", "--branch", "x"], port);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the command starts");
    let _call = listener.accept().expect("it calls");
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.expect("a signal can be sent").success());
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(130), "{ran:#?}");
    assert!(ran.stderr.contains("Run the same command again"), "{ran:#?}");
}
