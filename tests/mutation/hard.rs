//! Inputs that are hard by design: depth, width, aliases, cycles.

/// Their names and texts; the file is called `hard.yml`.
pub(crate) fn inputs() -> Vec<(&'static str, String)> {
    let mut inputs = deep();
    inputs.extend(wide());
    inputs.extend(round());
    inputs
}

fn repeat(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// A project with something after its service.
fn beside(text: &str) -> String {
    format!("services:\n  s: {{ image: x }}\n{text}")
}

fn deep() -> Vec<(&'static str, String)> {
    let levels = |open: &str, close: &str, count: usize| open.repeat(count) + &close.repeat(count);
    let chain = |open: &str, close: &str| {
        let links =
            repeat(3_000, |it| format!("  s{it}: {{ image: x, {open}s{}{close} }}\n", it + 1));
        format!("services:\n{links}  s3000: {{ image: x }}\n")
    };
    vec![
        ("deep sequences", levels("[", "]", 50_000)),
        ("deep sequences below a key", beside(&format!("x-a: {}", levels("[", "]", 5_000)))),
        ("deep open mappings", "{a: ".repeat(50_000)),
        ("deep block sequences", "- ".repeat(50_000)),
        ("deep block mappings", repeat(2_000, |it| format!("{}a:\n", " ".repeat(it)))),
        ("many tags", "!reset ".repeat(10_000)),
        ("deep templates", beside(&format!("x-a: \"{}\"\n", levels("${A:-", "}", 10_000)))),
        ("deep open templates", beside(&format!("x-a: \"{}\"\n", "${A:-".repeat(10_000)))),
        ("a long chain of links", chain("links: [", "]")),
        ("a long chain of extends", chain("extends: ", "")),
    ]
}

fn wide() -> Vec<(&'static str, String)> {
    let ports = repeat(5_000, |it| format!("'{it}:{it}', "));
    let documents = "---\nservices: { s: { image: y } }\n".repeat(2_000);
    let words = "a 'b' ".repeat(50_000);
    vec![
        ("many unset variables", beside(&repeat(5_000, |it| format!("x-{it}: ${{V{it}}}\n")))),
        ("many duplicate keys", beside(&"x-a: 1\n".repeat(20_000))),
        ("many unknown keys", beside(&repeat(5_000, |it| format!("key{it}: 1\n")))),
        ("many documents", beside(&documents)),
        ("many ports", format!("services: {{ s: {{ image: x, ports: [{ports}] }} }}")),
        ("all ports", "services: { s: { image: x, ports: ['1-65535:1-65535'] } }".to_owned()),
        ("one long line", beside(&format!("x-a: {}\n", "a ".repeat(500_000)))),
        ("one long command", format!("services: {{ s: {{ image: x, command: \"{words}\" }} }}")),
    ]
}

fn round() -> Vec<(&'static str, String)> {
    let bomb = repeat(9, |level| {
        let aliases = format!("*a{level}, ").repeat(9);
        format!("x-{}: &a{} [{aliases}]\n", level + 1, level + 1)
    });
    let merges = "*b, ".repeat(20_000);
    let folder = "services: { s: { image: x, env_file: ., extends: { file: ., service: s } } }";
    vec![
        ("an alias bomb", beside(&format!("x-0: &a0 [x]\n{bomb}"))),
        ("an alias of itself", beside("x-a: &a { b: *a }\n")),
        ("a merge key of itself", beside("x-a: &a { <<: *a }\n")),
        ("many merge keys", beside(&format!("x-b: &b {{ a: 1 }}\nx-c: {{ <<: [{merges}] }}\n"))),
        ("extends of itself", "services: { s: { image: x, extends: s } }".to_owned()),
        ("include of itself", "include: [hard.yml]\nservices: { s: { image: x } }".to_owned()),
        ("a folder as a file", folder.to_owned()),
    ]
}
