//! YAML text -> documents: events of the parser composed into nodes, with aliases, merge keys and tags resolved.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as EventSpan, Tag};
use indexmap::IndexMap;

use super::scalar::{self, Scalar};
use super::{Directive, Entry, Mapping, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Reported};
use crate::source::{FileId, Sources, Span};

/// As many nodes as Compose visits before it takes a file for an alias bomb.
const MAXIMUM_ALIASED_NODES: usize = 100_000;

/// Deep enough for any file a person writes, shallow enough for the stack.
const MAXIMUM_DEPTH: usize = 400;

/// Reads all documents of a file.
pub(crate) fn documents(
    sources: &Sources,
    file: FileId,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Node>, Reported> {
    let text = sources.get(file).text.as_str();
    let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut composer = Composer::new(file, skipped, text.len());
    for step in Parser::new_from_str(&text[skipped..]) {
        let outcome = step.map_err(|it| syntax_error(&it, composer.offset, file, text));
        if let Err(diagnostic) = outcome.and_then(|(event, span)| composer.event(event, span)) {
            return Err(diagnostics.report(diagnostic));
        }
    }
    Ok(composer.documents)
}

fn syntax_error(error: &ScanError, offset: usize, file: FileId, text: &str) -> Diagnostic {
    let start = offset + error.marker().byte_offset().unwrap_or(text.len());
    let diagnostic = Diagnostic::error(
        Code::YamlSyntax,
        Span::new(file, start, start),
        format!("this is not YAML: {}", error.info()),
    );
    let line = text[..text.floor_char_boundary(start)].rsplit('\n').next().unwrap_or_default();
    let rest = text[text.floor_char_boundary(start)..].lines().next().unwrap_or_default();
    if line.trim_start_matches(' ').starts_with('\t')
        || (line.trim().is_empty() && rest.starts_with('\t'))
    {
        return diagnostic.help("YAML takes no tabs for indentation: use spaces");
    }
    if error.info().contains("quoted scalar") {
        return diagnostic.help("close the quote that opens above, or indent the text in it");
    }
    diagnostic
}

/// A collection that is still open.
struct Open {
    kind: OpenKind,
    start: usize,
    anchor: usize,
    directive: Option<Directive>,
    depth: usize,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { mapping: Pairs, key: Option<Key> },
}

/// The pairs of one mapping so far.
#[derive(Default)]
struct Pairs {
    entries: Mapping,
    merged: Vec<String>,
    merge_key: Option<Span>,
}

enum Key {
    Name(String, Span),
    Merge(Span),
}

struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

struct Composer {
    file: FileId,
    offset: usize,
    length: usize,
    documents: Vec<Node>,
    stack: Vec<Open>,
    anchors: IndexMap<usize, Anchored>,
    aliased: usize,
}

type Step<T> = Result<T, Diagnostic>;

impl Composer {
    fn new(file: FileId, offset: usize, length: usize) -> Self {
        let anchors = IndexMap::new();
        Self { file, offset, length, documents: Vec::new(), stack: Vec::new(), anchors, aliased: 0 }
    }

    fn event(&mut self, event: Event<'_>, at: EventSpan) -> Step<()> {
        let span = self.span(at);
        match event {
            Event::DocumentStart(_, Some(version)) if (version.major, version.minor) != (1, 1) => {
                let message = "a `%YAML` directive of another version than 1.1";
                Err(Diagnostic::error(Code::YamlSyntax, span, message)
                    .help("take the line out: Docker Compose refuses it"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar_node(text, style, tag.as_deref(), span)?;
                self.remember(anchor, &node, 1, 1);
                self.place(node, style == ScalarStyle::Plain && tag.is_none(), 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(OpenKind::Sequence(Vec::new()), span, anchor, tag.as_deref())
            }
            Event::MappingStart(_, anchor, tag) => {
                let kind = OpenKind::Mapping { mapping: Pairs::default(), key: None };
                self.open(kind, span, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => self.alias(id, span),
            _ => Ok(()),
        }
    }

    fn span(&self, at: EventSpan) -> Span {
        let range = at.byte_range().unwrap_or(0..0);
        Span::new(self.file, self.offset + range.start, (self.offset + range.end).min(self.length))
    }

    fn open(&mut self, kind: OpenKind, span: Span, anchor: usize, tag: Option<&Tag>) -> Step<()> {
        let depth = self.stack.len() + 1;
        if depth > MAXIMUM_DEPTH {
            return Err(too_deep(span));
        }
        let start = span.range().start;
        self.stack.push(Open { kind, start, anchor, directive: directive(tag), depth: 1 });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Step<()> {
        let open = self.stack.pop().expect("the parser balances its events");
        let value = match open.kind {
            OpenKind::Sequence(items) => Value::Sequence(items),
            OpenKind::Mapping { mapping, .. } => Value::from(mapping.entries),
        };
        let mut node = Node::new(value, Span::new(self.file, open.start, span.range().end));
        node.directive = open.directive;
        if open.anchor != 0 {
            let size = size(&node);
            self.remember(open.anchor, &node, size, open.depth);
        }
        self.place(node, false, open.depth)
    }

    fn remember(&mut self, anchor: usize, node: &Node, size: usize, depth: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, depth });
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Step<()> {
        let Some(anchored) = self.anchors.get(&id) else {
            let message = "cycle detected: the alias stands inside of what it names";
            return Err(Diagnostic::error(Code::YamlSyntax, span, message));
        };
        self.aliased += anchored.size;
        if self.aliased > MAXIMUM_ALIASED_NODES {
            let message = format!(
                "the aliases of this file stand for more than {MAXIMUM_ALIASED_NODES} values"
            );
            return Err(Diagnostic::error(Code::YamlSyntax, span, message));
        }
        if self.stack.len() + anchored.depth > MAXIMUM_DEPTH {
            return Err(too_deep(span));
        }
        let (node, depth) = (anchored.node.clone(), anchored.depth);
        self.place(node, false, depth)
    }

    /// Puts a finished value where it belongs: into the open collection, as a key, or as a document.
    fn place(&mut self, node: Node, plain: bool, depth: usize) -> Step<()> {
        let Some(open) = self.stack.last_mut() else {
            self.anchors.clear();
            self.documents.push(node);
            return Ok(());
        };
        open.depth = open.depth.max(depth + 1);
        match &mut open.kind {
            OpenKind::Sequence(items) => items.push(node),
            OpenKind::Mapping { mapping, key } => match key.take() {
                None => *key = Some(mapping.key(node, plain)?),
                Some(Key::Name(name, span)) => mapping.insert(name, span, node),
                Some(Key::Merge(span)) => mapping.merge(node, span)?,
            },
        }
        Ok(())
    }
}

impl Pairs {
    fn key(&mut self, node: Node, plain: bool) -> Step<Key> {
        let span = node.span;
        let Value::String(name) = node.value else {
            let message = format!("a key must be a string, not {}", node.kind());
            return Err(
                Diagnostic::error(Code::WrongType, span, message).help("put quotes around it")
            );
        };
        if plain && name == "<<" {
            if let Some(first) = self.merge_key.replace(span) {
                return Err(
                    duplicate("<<", span, first).help("write both into one: `<<: [*a, *b]`")
                );
            }
            return Ok(Key::Merge(span));
        }
        match self.entries.get(&name) {
            Some(entry) if !self.merged.contains(&name) => {
                Err(duplicate(&name, span, entry.key_span))
            }
            _ => Ok(Key::Name(name, span)),
        }
    }

    /// A key of its own wins over a merged one, whichever comes first.
    fn insert(&mut self, name: String, key_span: Span, node: Node) {
        self.merged.retain(|it| *it != name);
        self.entries.insert(name, Entry { key_span, node });
    }

    fn merge(&mut self, node: Node, span: Span) -> Step<()> {
        let refused = |it: &Node| {
            let message = format!("`<<` takes a mapping or a list of mappings, not {}", it.kind());
            Diagnostic::error(Code::WrongType, span, message)
        };
        let sources = match node.value {
            Value::Sequence(items) => items,
            _ => vec![node],
        };
        for source in sources {
            let Value::Mapping(entries) = source.value else {
                return Err(refused(&source));
            };
            for (name, entry) in *entries {
                if !self.entries.contains_key(&name) {
                    self.merged.push(name.clone());
                    self.entries.insert(name, entry);
                }
            }
        }
        Ok(())
    }
}

fn duplicate(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateKey, span, format!("`{name}` stands twice in this mapping"))
        .at("again here")
        .label(first, "first here")
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::YamlSyntax,
        span,
        format!("values are nested more than {MAXIMUM_DEPTH} levels deep"),
    )
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Mapping(mapping) => 1 + mapping.values().map(|it| size(&it.node)).sum::<usize>(),
        _ => 1,
    }
}

fn directive(tag: Option<&Tag>) -> Option<Directive> {
    match tag?.original().as_str() {
        "!reset" => Some(Directive::Reset),
        "!override" => Some(Directive::Override),
        _ => None,
    }
}

fn scalar_node(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: Span,
) -> Step<Node> {
    let core = tag.and_then(Tag::core_suffix);
    let binary = tag.is_some_and(|it| {
        it.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("binary")
    });
    let forced = core == Some("str") || tag.is_some_and(|it| it.original() == "!");
    let value = if binary {
        Value::String(decode_base64(&text).ok_or_else(|| {
            Diagnostic::error(Code::YamlSyntax, span, "`!!binary` holds no base64 of UTF-8 text")
        })?)
    } else if forced || (style != ScalarStyle::Plain && core.is_none()) {
        Value::String(text.into_owned())
    } else {
        match scalar::resolve(&text) {
            Scalar::Null => Value::Null,
            Scalar::Bool(it) => Value::Bool(it),
            Scalar::Integer(it) => Value::Integer(it),
            Scalar::Float(it) => Value::Float(it),
            Scalar::Timestamp(it) => Value::Timestamp(it),
            Scalar::String => Value::String(text.into_owned()),
        }
    };
    let mut node = Node::new(value, span);
    node.directive = directive(tag);
    Ok(node)
}

fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0u32);
    for character in text.bytes().filter(|it| !it.is_ascii_whitespace() && *it != b'=') {
        let sextet = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(sextet)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xFF).expect("masked to a byte"));
        }
    }
    String::from_utf8(bytes).ok()
}
