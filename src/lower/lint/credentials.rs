//! Programs that start others without the environment: calls to AWS from those are denied, for only the first process
//! of a container is given the variable that leads to the role of its task.

use super::Subject;
use super::script::{Command, commands, file_name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

const VARIABLE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

/// A way to lose the environment, and what to do about it.
struct Loss {
    /// The words that stand for it in a message.
    words: String,
    help: String,
}

/// Warns of every such start; `supervisord`, which passes its environment on, gets a note for what it may start.
pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let service = subject.scope.service;
    let all = commands(service);
    if hands_it_on(subject) {
        return;
    }
    let is_alpine = service.image.as_ref().is_some_and(|it| it.value.contains("alpine"));
    for command in &all {
        let Some((loss, at)) =
            command.tails().find_map(|it| Some((loss(&it, command, is_alpine)?, it.span())))
        else {
            report_supervisor(command, diagnostics);
            continue;
        };
        let message = format!("{} starts programs without the environment", loss.words);
        let warning = Diagnostic::warning(Code::HiddenCredentials, at, message)
            .at(format!("`{VARIABLE}` does not get there, and AWS denies what they ask"));
        diagnostics.add(warning.help(loss.help));
    }
}

/// Whether the start already sees to it that the variable gets where it is needed.
fn hands_it_on(subject: &Subject<'_>) -> bool {
    const SIGNS: [&str; 5] =
        ["AWS_CONTAINER_CREDENTIALS", "/etc/environment", "printenv", "declare -p", "export -p"];
    let service = subject.scope.service;
    let lists = [&service.entrypoint, &service.command];
    let mut words = lists.into_iter().flatten().flatten();
    words.any(|word| SIGNS.iter().any(|it| word.value.contains(it)))
}

/// How a command loses the environment; `whole` is the command that it is the end of.
fn loss(command: &Command<'_>, whole: &Command<'_>, is_alpine: bool) -> Option<Loss> {
    let is_first = command.is_list || command.words.len() == whole.words.len();
    let mut arguments = command.arguments();
    match command.program() {
        "service" | "rc-service" => {
            let (name, action) = (arguments.next()?, arguments.next()?);
            is_start(action).then(|| of_service(name, is_alpine))
        }
        "su" | "runuser" => {
            let options: Vec<&str> = arguments.take_while(|it| *it != "-c").collect();
            let is_login = options.iter().any(|it| matches!(*it, "-" | "-l" | "--login"));
            let program = command.program();
            is_login.then(|| Loss {
                words: format!("`{program} -`"),
                help: format!("leave the `-` out: `{program} USER -c …` keeps the environment"),
            })
        }
        "sudo" if is_first => {
            let options: Vec<&str> = arguments.take_while(|it| it.starts_with('-')).collect();
            let keeps = options.iter().any(|it| *it == "-E" || it.starts_with("--preserve-env"));
            (!keeps).then(|| Loss {
                words: "`sudo`".to_owned(),
                help: format!("`sudo --preserve-env={VARIABLE} …` keeps the variable"),
            })
        }
        "env" => arguments.next().filter(|it| matches!(*it, "-i" | "-")).map(|_| Loss {
            words: "`env -i`".to_owned(),
            help: format!("name the variable: `env -i {VARIABLE}=\"${VARIABLE}\" …`"),
        }),
        "cron" if is_first && arguments.all(|it| it.starts_with('-')) => Some(of_cron("cron")),
        // That of BusyBox, which passes the environment on, has no such option.
        "crond" if is_first && arguments.any(|it| it == "-n") => Some(of_cron("crond")),
        "systemctl" => arguments.next().filter(|it| is_start(it)).map(|_| of_systemd()),
        "systemd" => is_first.then(of_systemd),
        name => {
            let first = command.words.first()?.value;
            let is_script = first.starts_with("/etc/init.d/") && is_start(arguments.next()?);
            match file_name(name) {
                "cron" if is_script => Some(of_cron("cron")),
                // A script of Debian is a plain one; OpenRC cleans the environment.
                _ => (is_script && is_alpine).then(|| of_service(file_name(name), true)),
            }
        }
    }
}

fn is_start(action: &str) -> bool {
    matches!(action, "start" | "restart" | "reload" | "force-reload")
}

fn of_service(name: &str, is_alpine: bool) -> Loss {
    let fpm = if name.contains("fpm") { "; php-fpm wants `clear_env = no` as well" } else { "" };
    let other = if is_alpine {
        format!("name the variable in `rc_env_allow=\"{VARIABLE}\"` of `/etc/rc.conf`")
    } else {
        "write the variable into the file that the program's start script reads, such as `/etc/default/NAME`"
            .to_owned()
    };
    Loss {
        words: format!("`service {name}`"),
        help: format!(
            "run the program itself, in the foreground (`exec {name} …`), or {other}{fpm}"
        ),
    }
}

fn of_cron(name: &str) -> Loss {
    Loss {
        words: format!("`{name}`"),
        help: format!(
            "write it where jobs find it, before `{name}` starts: `printenv | grep {VARIABLE} >> /etc/environment`"
        ),
    }
}

fn of_systemd() -> Loss {
    Loss {
        words: "systemd".to_owned(),
        help: format!("let the unit say `PassEnvironment={VARIABLE}`"),
    }
}

fn report_supervisor(command: &Command<'_>, diagnostics: &mut Diagnostics) {
    let found = command.tails().find(|it| it.program() == "supervisord");
    if let Some(supervisor) = found {
        let message = "supervisord passes its environment on, but what its programs start may not";
        let note = Diagnostic::note(Code::HiddenCredentials, supervisor.span(), message);
        diagnostics.add(note.help(format!(
            "see that no program of its configuration starts others through `service`, `su -`, `sudo` or cron: these lose `{VARIABLE}`"
        )));
    }
}
