//! The script itself, in the words that every shell of POSIX knows.

use super::File;

/// The entrypoint that runs commands and then becomes the words behind it.
pub(super) fn entry_point(commands: &[String]) -> [String; 4] {
    let script = format!("set -e\n{}\nexec \"$@\"", commands.join("\n"));
    ["/bin/sh".to_owned(), "-c".to_owned(), script, "--".to_owned()]
}

/// The commands that write a file to a path from a variable. What is there goes first: a container that is started again
/// finds its own file, which it may not be allowed to write to.
pub(in crate::lower) fn write(file: &File, path: &str, variable: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = quoted(path);
    let mut commands = Vec::new();
    if !folder.is_empty() {
        commands.push(format!("mkdir -p {}", quoted(folder)));
    }
    commands.push(format!("rm -f {target}"));
    commands.push(format!("(umask 077; printf %s \"${variable}\" > {target})"));
    commands.push(format!("chmod {} {target}", file.mode));
    commands.extend(file.owner.as_ref().map(|it| format!("chown {} {target}", quoted(it))));
    commands
}

/// The command that adds a line to a file unless it has it: a container that is started again may find it there.
pub(super) fn host(line: &str, path: &str) -> String {
    let (line, path) = (quoted(line), quoted(path));
    format!("grep -qxF {line} {path} 2>/dev/null || printf '%s\\n' {line} >> {path}")
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test runs the script in a folder of its own")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use super::super::{Content, File};
    use super::{entry_point, host, write};
    use crate::source::Span;

    /// A folder that goes when the test ends; its name has what a shell would stumble over.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("compose2ecs {name}'s $HOME {}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_str().unwrap().to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    /// Runs what a container would: the entrypoint with words behind it, and a variable.
    fn run(commands: &[String], words: &[&str], variable: (&str, &str)) -> Output {
        let entry_point = entry_point(commands);
        let mut command = Command::new(&entry_point[0]);
        command.args(&entry_point[1..]).args(words).env(variable.0, variable.1);
        command.output().unwrap()
    }

    fn file(mode: &str) -> File {
        File {
            path: String::new(),
            content: Content::Text(String::new()),
            mode: mode.to_owned(),
            owner: None,
            what: String::new(),
            span: Span::DETACHED,
        }
    }

    fn mode(path: &str) -> u32 {
        fs::metadata(Path::new(path)).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_file_has_its_content_and_mode_and_the_words_behind_run_without_the_variable() {
        let folder = Folder::new("files");
        let path = folder.path("conf.d/it's $(a) \"file\".conf");
        let content = "a = $b `c` \\ 'd' \"e\" %s\n\n\tlast line without an end: é";
        let mut commands = write(&file("0440"), &path, "COMPOSE2ECS_FILE_1");
        commands.push("unset COMPOSE2ECS_FILE_1".to_owned());
        let words = [
            "/bin/sh",
            "-c",
            "printf '<%s>' \"${COMPOSE2ECS_FILE_1-gone}\" \"$@\"",
            "name",
            "$A b",
            "",
            "'",
        ];
        for time in ["first", "started again"] {
            let output = run(&commands, &words, ("COMPOSE2ECS_FILE_1", content));
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{time}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "<gone><$A b><><'>", "{time}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content, "{time}");
            assert_eq!(mode(&path), 0o440, "{time}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_ends_the_container_and_says_so() {
        let folder = Folder::new("unwritable");
        fs::write(folder.path("taken"), "").unwrap();
        let commands = write(&file("0444"), &folder.path("taken/file"), "X");
        let output = run(&commands, &["/bin/sh", "-c", "echo started"], ("X", "x"));
        assert!(!output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        assert!(String::from_utf8_lossy(&output.stderr).contains("taken"));
    }

    #[test]
    fn names_of_hosts_are_added_once() {
        let folder = Folder::new("hosts");
        let path = folder.path("hosts");
        fs::write(&path, "127.0.0.1 localhost\n").unwrap();
        let commands = [host("127.0.0.1 app backend", &path), host("127.0.0.1 redis", &path)];
        for _ in ["first", "started again"] {
            let output = run(&commands, &["/bin/sh", "-c", "echo started"], ("X", "x"));
            assert_eq!(String::from_utf8_lossy(&output.stdout), "started\n");
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                "127.0.0.1 localhost\n127.0.0.1 app backend\n127.0.0.1 redis\n"
            );
        }
    }
}
