//! Mistakes and what is said about them.

use super::check;
use super::shape::{Object, Shape};
use super::top::TOP;
use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::yaml::parse::documents;
use crate::yaml::{Node, Value};

fn parse(input: &str, sources: &mut Sources) -> Node {
    let file = sources.add("compose.yml", input);
    documents(sources, file, &mut Diagnostics::default()).unwrap().remove(0)
}

/// The model after the check, and the problems as `place: message; help`.
fn checked(input: &str) -> (Node, Vec<String>) {
    let mut sources = Sources::default();
    let mut model = parse(input, &mut sources);
    let mut diagnostics = Diagnostics::default();
    check(&mut model, &mut diagnostics);
    let shown = diagnostics.iter().map(|it| {
        let place = sources.locate(it.labels[0].span).unwrap();
        let message = format!("{}:{}: {}", place.line, place.column, it.message);
        [vec![message], it.help.clone()].concat().join("; ")
    });
    (model, shown.collect())
}

/// The problems of one key of a service, which stands on line 3.
fn in_service(key: &str) -> Vec<String> {
    checked(&format!("services:\n  web:\n    {}\n", key.replace('\n', "\n    "))).1
}

#[test]
fn every_kind_of_value_is_welcome_where_compose_takes_it() {
    let cases = [
        "command:",
        "command: [a, b]",
        "entrypoint: ''",
        "deploy:",
        "develop:",
        "pid:",
        "x-own: [1, { a: }]",
        "environment: { A: , B: 1, C: 1.5, D: true, E: 2026-01-02 }",
        "environment: [A, B=1]",
        "ports: [80, '80:80', { target: 80, published: '8080', x-y: 1 }]",
        "volumes: [a:/b, { type: bind, source: a, target: /b, bind: { create_host_path: 'true' } }]",
        "expose: [80, '81']",
        "mem_limit: 512m\nmem_reservation: 1000\ncpus: 0.5\npids_limit: -1",
        "cpu_percent: 50.0\noom_score_adj: -1000",
        "networks: { a: , b: { aliases: [c] } }",
        "depends_on: { db: { condition: service_healthy, required: false, restart: 'true' } }",
        "env_file: [a, { path: b, required: 'false', format: raw }]",
        "pre_start: [{ image: a }, { command: b, per_replica: true }]",
        "gpus: all",
        "gpus: [{ count: 1, anything: 2 }]",
        "ulimits: { nofile: 1, nproc: '2', core: { soft: 1, hard: '2' } }",
        "pull_policy: every_12h\ncontainer_name: a1",
        "storage_opt: { size: 1, other: [] }",
        "read_only: 'yes'\ninit: true\ntty: 'false'",
    ];
    for case in cases {
        assert_eq!(in_service(case), Vec::<String>::new(), "{case}");
    }
    let top = "name: a\nversion: '3'\ninclude: [a, { path: [b, c] }]\nvolumes: { a: , b: { external: true } }\nnetworks: { a: }\n\
               secrets: { s: { external: { name: t, u: 1 } } }\nx-a: 1\nmodels: { m: { model: a, context_size: 1 } }\n";
    assert_eq!(checked(top).1, Vec::<String>::new());
}

const WRONG_TYPES: &[(&str, &str)] = &[
    (
        "ports: 80:80",
        "3:12: `ports` of the service `web` must be a list, not a string; write it as a list: `ports: [\"80:80\"]`",
    ),
    (
        "depends_on: db, cache",
        "3:17: `depends_on` of the service `web` must be a list or a mapping, not a string; write it as a list: `depends_on: [db, cache]`",
    ),
    (
        "expose: 80",
        "3:13: `expose` of the service `web` must be a list, not an integer; write it as a list: `expose: [\"80\"]`",
    ),
    (
        "environment:\n- A: 1",
        "4:7: item 1 of `environment` of the service `web` must be a string, not a mapping; write `- A=1`, or take the dashes away",
    ),
    (
        "links:\n- db: database",
        "4:7: item 1 of `links` of the service `web` must be a string, not a mapping; take out the blank after the colon: `- db:database`",
    ),
    (
        "command:\n- echo\n- a: b",
        "5:7: item 2 of `command` of the service `web` must be a string, not a mapping; put quotes around it: `- \"a: b\"`",
    ),
    (
        "env_file: { path: x }",
        "3:15: `env_file` of the service `web` must be a string or a list, not a mapping; put a dash before its first key: `- path: …`",
    ),
    (
        "command: 1",
        "3:14: `command` of the service `web` must be a string or a list, not an integer; put quotes around it: `\"1\"`",
    ),
    (
        "user: 0777",
        "3:11: `user` of the service `web` must be a string, not an integer; put quotes around it",
    ),
    (
        "restart: false",
        "3:14: `restart` of the service `web` must be a string, not a boolean; write `restart: \"no\"`",
    ),
    (
        "stop_grace_period: 10",
        "3:24: `stop_grace_period` of the service `web` must be a string, not an integer; say the unit, as in `stop_grace_period: 30s`",
    ),
    (
        "logging: json-file",
        "3:14: `logging` of the service `web` must be a mapping, not a string; write `logging: { driver: json-file }`",
    ),
    (
        "healthcheck: test:true",
        "3:18: `healthcheck` of the service `web` must be a mapping, not a string; put a blank after the colon: `test: true`",
    ),
    (
        "healthcheck: [a]",
        "3:18: `healthcheck` of the service `web` must be a mapping, not a list; take the dashes away",
    ),
    (
        "image: [a]",
        "3:12: `image` of the service `web` must be a string, not a list; take the dash or the brackets away",
    ),
    ("tty: []", "3:10: `tty` of the service `web` must be `true` or `false`, not a list"),
    (
        "ports:",
        "3:5: `ports` of the service `web` is empty; indent its entries under it, or take the line out",
    ),
    ("image:", "3:5: `image` of the service `web` is empty; give it a value, or take the line out"),
    (
        "ports:\n-",
        "4:6: item 1 of `ports` of the service `web` is empty; put something after the dash, or take the dash out",
    ),
    (
        "depends_on: { db: }",
        "3:19: `depends_on.db` of the service `web` is empty; say what to wait for, as in `condition: service_started`",
    ),
    (
        "environment: { A: .inf }",
        "3:23: `environment.A` of the service `web` cannot be an infinite number or none; put quotes around it",
    ),
    (
        "volumes: [{ type: tmpfs, tmpfs: { size: 1.5 } }]",
        "3:45: `tmpfs.size` of item 1 of `volumes` of the service `web` must be a whole number or a string, not a number; put quotes around it: `\"1.5\"`",
    ),
];

const WRONG_TYPES_ON_TOP: &[(&str, &str)] = &[
    ("services:\n", "1:1: `services` is empty; indent the services under it"),
    ("services: { a: }", "1:13: the service `a` is empty; give it an `image` or a `build`"),
    (
        "services:\n  a:\n    image:x\n",
        "3:5: the service `a` must be a mapping, not a string; put a blank after the colon: `image: x`",
    ),
    (
        "volumes:\n- data\n",
        "2:3: `volumes` must be a mapping, not a list; write `data:` instead of `- data`",
    ),
    (
        "volumes: { a: /b }",
        "1:15: the volume `a` must be a mapping, not a string; leave it empty: `a:`; a path belongs in the `volumes` of a service",
    ),
    (
        "networks: { a: bridge }",
        "1:16: the network `a` must be a mapping, not a string; write `a: { driver: bridge }`",
    ),
    (
        "version: 3.8",
        "1:10: `version` must be a string, not a number; put quotes around it: `\"3.8\"`",
    ),
];

#[test]
fn a_value_of_the_wrong_type_is_told_its_right_form() {
    for (input, expected) in WRONG_TYPES {
        assert_eq!(in_service(input), [*expected], "{input}");
    }
    for (input, expected) in WRONG_TYPES_ON_TOP {
        assert_eq!(checked(input).1, [*expected], "{input}");
    }
}

const UNKNOWN_KEYS: &[(&str, &str)] = &[
    (
        "enviroment: []",
        "3:5: unknown key `enviroment` in the service `web`; did you mean `environment`?",
    ),
    ("network: a", "3:5: unknown key `network` in the service `web`; did you mean `networks`?"),
    ("env: []", "3:5: unknown key `env` in the service `web`; did you mean `environment`?"),
    (
        "services: {}",
        "3:5: unknown key `services` in the service `web`; `services` belongs at the top level: check the indentation",
    ),
    (
        "dockerfile: a",
        "3:5: unknown key `dockerfile` in the service `web`; `dockerfile` belongs in `build`: check the indentation",
    ),
    (
        "limits: {}",
        "3:5: unknown key `limits` in the service `web`; `limits` belongs in `deploy.resources`: check the indentation",
    ),
    (
        "build: { ports: [] }",
        "3:14: unknown key `ports` in `build` of the service `web`; `ports` belongs in the service `web`: check the indentation",
    ),
    (
        "volumes: [data: /d]",
        "3:15: unknown key `data` in item 1 of `volumes` of the service `web`; take out the blank after the colon: `- data:/d`",
    ),
    (
        "blob: 1",
        "3:5: unknown key `blob` in the service `web`; check its spelling and its indentation; a key of your own begins with `x-`",
    ),
    (
        "extends: { service: a, blob: 1 }",
        "3:28: unknown key `blob` in `extends` of the service `web`; check its spelling and its indentation",
    ),
];

const UNKNOWN_KEYS_ON_TOP: &[(&str, &str)] = &[
    ("service: {}", "1:1: unknown key `service` at the top level; did you mean `services`?"),
    (
        "image: x",
        "1:1: unknown key `image` at the top level; `image` belongs in a service: check the indentation",
    ),
    (
        "services: {}\nweb: { image: x }",
        "2:1: unknown key `web` at the top level; if it is a service, indent it under `services:`",
    ),
    (
        "web: { image: x }\ndb: { build: . }",
        "1:1: unknown key `web` at the top level; put the services under a top-level `services:` key",
    ),
    (
        "\u{a0}a: 1",
        "1:1: unknown key `\u{a0}a` at the top level; it holds a no-break space: indent with ordinary blanks",
    ),
];

#[test]
fn an_unknown_key_is_told_what_it_may_have_been() {
    for (input, expected) in UNKNOWN_KEYS {
        assert_eq!(in_service(input), [*expected], "{input}");
    }
    for (input, expected) in UNKNOWN_KEYS_ON_TOP {
        assert_eq!(checked(input).1, [*expected], "{input}");
    }
}

const RULES: &[(&str, &str)] = &[
    (
        "container_name: a",
        "3:21: `container_name` of the service `web` cannot be `a`; a container name has two characters at least and begins with a letter or a digit",
    ),
    ("cpu_percent: 101", "3:18: `cpu_percent` of the service `web` must lie between 0 and 100"),
    ("cpu_count: -1", "3:16: `cpu_count` of the service `web` must be 0 or more"),
    (
        "volumes: [{ type: bin }]",
        "3:23: `type` of item 1 of `volumes` of the service `web` cannot be `bin`; did you mean `bind`?",
    ),
    ("cgroup: x", "3:13: `cgroup` of the service `web` cannot be `x`; it is `host` or `private`"),
    (
        "volumes: [{ target: /a }]",
        "3:15: item 1 of `volumes` of the service `web` has no `type`; it is `bind`, `volume`, `tmpfs`, `cluster`, `npipe` or `image`",
    ),
    ("provider: {}", "3:5: `provider` of the service `web` has no `type`"),
    ("security_opt: [a, b, a]", "3:26: `a` stands twice in `security_opt` of the service `web`"),
    (
        "ports: [{ target: 1, mode: a }, { mode: a, target: 1 }]",
        "3:37: two items of `ports` of the service `web` are equal",
    ),
    (
        "networks: { 'a b': }",
        "3:17: `a b` in `networks` of the service `web` is not a name; a name is made of letters, digits, `.`, `_` and `-`",
    ),
    ("environment: { '': 1 }", "3:20: an empty name in `environment` of the service `web`"),
];

#[test]
fn values_names_and_lists_have_rules_of_their_own() {
    for (input, expected) in RULES {
        assert_eq!(in_service(input), [*expected], "{input}");
    }
    let name = "2:3: `${N}` in `services` is not a name; variables are only replaced in values, not in names";
    assert_eq!(checked("services:\n  ${N}: { image: x }\n").1, [name]);
}

#[test]
fn what_does_not_fit_is_gone_afterwards() {
    let (mut model, shown) = checked(
        "services:\n  a:\n  b:\n    imag: x\n    ports: [80, {targe: 1}, []]\n    cap_add: [x, y, x]\n    depends_on: {c: {condition: d}}\n",
    );
    assert_eq!(shown.len(), 6, "{shown:?}");
    let service = model.get("services").and_then(|it| it.get("b")).unwrap();
    assert_eq!(service.get("ports").and_then(Node::as_sequence).map(<[Node]>::len), Some(2));
    assert_eq!(service.get("cap_add").and_then(Node::as_sequence).map(<[Node]>::len), Some(2));
    assert_eq!(
        service.get("depends_on").and_then(Node::as_mapping).map(indexmap::IndexMap::len),
        Some(0)
    );
    assert_eq!(
        (service.get("imag").is_none(), model.get("services").unwrap().get("a").is_none()),
        (true, true)
    );
    let mut again = Diagnostics::default();
    check(&mut model, &mut again);
    assert_eq!(again.errors(), 0);
}

#[test]
fn an_error_tells_what_the_value_went_through_and_is_told_once() {
    let mut sources = Sources::default();
    let text = "services: { a: &a { image: x, container_name: '' }, b: *a }\nx-earlier: y";
    let mut model = parse(text, &mut sources);
    let earlier = model.get("x-earlier").unwrap().span;
    for service in ["a", "b"] {
        let name = model
            .get_mut("services")
            .and_then(|it| it.get_mut(service)?.get_mut("container_name"))
            .unwrap();
        name.history_mut().overrides = Some(earlier);
        name.history_mut().unset = vec!["NAME".to_owned()];
        assert_eq!(name.value, Value::String(String::new()));
    }
    let mut diagnostics = Diagnostics::default();
    check(&mut model, &mut diagnostics);
    let [found] = diagnostics.iter().collect::<Vec<_>>()[..] else { panic!("{diagnostics:?}") };
    assert_eq!(found.message, "`container_name` of the service `a` is empty");
    assert_eq!(found.labels[1].span, earlier);
    assert_eq!(found.help[1], "the variable `NAME` is not set");
}

#[test]
fn the_tables_can_be_searched_and_their_required_keys_exist() {
    fn object(object: &'static Object) {
        assert!(
            object.keys.is_sorted_by(|one, other| one.0 < other.0),
            "{:?}",
            object.keys.first().map(|it| it.0)
        );
        assert!(object.required.iter().all(|it| object.shape(it).is_some()));
        object.keys.iter().for_each(|(_, it)| shape(it));
    }
    fn shape(it: &'static Shape) {
        match it {
            Shape::List(item) | Shape::Set(item) => shape(item),
            Shape::Map(map) => shape(&map.value),
            Shape::Object(inner) => object(inner),
            Shape::OneOf(shapes) => shapes.iter().for_each(shape),
            _ => {}
        }
    }
    object(&TOP);
}
