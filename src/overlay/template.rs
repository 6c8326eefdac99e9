//! `{{…}}` in the strings of the overlay -> text. Scalar by scalar after parsing, so a branch name never becomes YAML.

use std::mem::take;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason,
};
use indexmap::IndexSet;
use serde_json::{Map, Value as Json};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, sentence};
use crate::source::{Sources, Span};
use crate::yaml::{Node, Value};

/// The variables a template may use.
pub(crate) const VARIABLES: [&str; 7] =
    ["project", "branch", "branch_name", "environment", "commit", "account", "region"];

const HELPERS: [&str; 5] = ["ecr", "snake", "lower", "truncate", "default"];

/// The engine with the values of one run.
pub(crate) struct Templates {
    engine: Handlebars<'static>,
    values: Json,
    /// The values with [`DOLLAR`] for `$`.
    guarded: Json,
    /// Those of [`VARIABLES`] that a template named and that have no value.
    pub(crate) missing: IndexSet<String>,
}

/// Stands for a `$` of a value until the text is rendered: what a branch is called never becomes a variable.
const DOLLAR: &str = "\u{E000}";

impl Templates {
    /// Variables that have a value here; the others of [`VARIABLES`] are refused with the way to give them.
    pub(crate) fn new(values: &[(&str, Option<&str>)]) -> Self {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(handlebars::no_escape);
        engine.register_helper("ecr", helper(ecr));
        engine.register_helper("snake", helper(snake));
        engine.register_helper("lower", helper(lower));
        engine.register_helper("truncate", helper(truncate));
        engine.register_helper("default", helper(default));
        let known = values
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), Json::from((*value)?))));
        let values: Map<String, Json> = known.collect();
        let guard = |(name, value): (&String, &Json)| {
            (name.clone(), Json::from(value.as_str().unwrap_or_default().replace('$', DOLLAR)))
        };
        let guarded = values.iter().map(guard).collect();
        let (values, guarded) = (Json::Object(values), Json::Object(guarded));
        Self { engine, values, guarded, missing: IndexSet::new() }
    }

    /// Renders every string of an overlay, before its `${…}` are replaced.
    pub(crate) fn render_overlay(
        &mut self,
        document: &mut Node,
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) {
        let values = with_own(&self.guarded, document);
        let missing = take(&mut self.missing);
        let mut rendering = Rendering { engine: &self.engine, values, sources, missing };
        rendering.tree(document, diagnostics);
        self.missing = rendering.missing;
    }

    /// Renders the `x-ecs` blocks of a Compose document and leaves the rest alone.
    pub(crate) fn render_extensions(
        &mut self,
        document: &mut Node,
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) {
        let values = with_own(&self.values, document);
        let missing = take(&mut self.missing);
        let mut rendering = Rendering { engine: &self.engine, values, sources, missing };
        if let Some(block) = document.get_mut("x-ecs") {
            rendering.tree(block, diagnostics);
        }
        for section in ["services", "secrets", "configs", "volumes"] {
            let members = document.get_mut(section).and_then(Node::as_mapping_mut);
            for member in members.into_iter().flat_map(|it| it.values_mut()) {
                if let Some(block) = member.node.get_mut("x-ecs") {
                    rendering.tree(block, diagnostics);
                }
            }
        }
        self.missing = rendering.missing;
    }
}

/// The values with what a document says of itself without quotes. A wrong type is reported when the block is decoded;
/// that it leaves no value to render would only be said again.
fn with_own(values: &Json, document: &Node) -> Json {
    let mut values = values.clone();
    for key in ["account", "region"] {
        let own = document.get("x-ecs").and_then(|it| it.get(key));
        let text = match own.map(|it| &it.value) {
            None | Some(Value::Null | Value::String(_)) => continue,
            Some(Value::Integer(number)) => number.to_string(),
            Some(_) => "-".to_owned(),
        };
        if let Some(values) = values.as_object_mut() {
            values.entry(key).or_insert(Json::from(text));
        }
    }
    values
}

/// One document on its way through the engine.
struct Rendering<'a> {
    engine: &'a Handlebars<'static>,
    values: Json,
    sources: &'a Sources,
    missing: IndexSet<String>,
}

impl Rendering<'_> {
    /// Renders every string of a tree in place.
    fn tree(&mut self, node: &mut Node, diagnostics: &mut Diagnostics) {
        match &mut node.value {
            Value::String(text) if text.contains("{{") => {
                match self.engine.render_template(text, &self.values) {
                    Ok(rendered) => *text = rendered.replace(DOLLAR, "$$"),
                    Err(error) => self.refuse(&error, node.span, diagnostics),
                }
            }
            Value::Sequence(items) => {
                for item in items {
                    self.tree(item, diagnostics);
                }
            }
            Value::Mapping(mapping) => {
                for entry in mapping.values_mut() {
                    self.tree(&mut entry.node, diagnostics);
                }
            }
            _ => {}
        }
    }

    /// Reports every `{{…}}` of a scalar that cannot be rendered by itself, or the whole when each can.
    fn refuse(&mut self, whole: &RenderError, span: Span, diagnostics: &mut Diagnostics) {
        let text = |it| self.sources.get(it).text.get(span.range());
        let source = span.file().and_then(text).unwrap_or_default();
        let mut found = false;
        for (start, _) in source.match_indices("{{") {
            let Some(length) = source[start..].find("}}").map(|it| it + 2) else { break };
            let piece = &source[start..start + length];
            if let Err(error) = self.engine.render_template(piece, &self.values) {
                if let RenderErrorReason::MissingVariable(Some(name)) = error.reason() {
                    self.missing.insert(name.clone());
                }
                diagnostics.report(refusal(&error, span.part(start, length)));
                found = true;
            }
        }
        if !found {
            let start = source.find("{{").unwrap_or(0);
            diagnostics.report(refusal(whole, span.part(start, source.len())));
        }
    }
}

fn refusal(error: &RenderError, span: Span) -> Diagnostic {
    let refuse = |message: String| Diagnostic::error(Code::Template, span, message);
    match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) if VARIABLES.contains(&name.as_str()) => {
            let (code, way) = match name.as_str() {
                "branch" | "branch_name" => (Code::Template, "pass `--branch NAME`".to_owned()),
                "commit" => (Code::Template, "pass `--commit SHA`".to_owned()),
                _ => {
                    let ways = "under `x-ecs`, or pass `--facts FILE` or `--online`";
                    (Code::MissingFact, format!("write `{name}:` {ways}"))
                }
            };
            Diagnostic::error(code, span, format!("`{name}` has no value here")).help(way)
        }
        RenderErrorReason::MissingVariable(Some(name)) => {
            let diagnostic = refuse(format!("there is no variable `{name}`"));
            match did_you_mean(name, VARIABLES) {
                Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
                None => diagnostic
                    .help(format!("a template knows {}", sentence(&VARIABLES)))
                    .help(format!("a text stands in quotes, as in `{{{{ecr \"{name}\"}}}}`")),
            }
        }
        RenderErrorReason::HelperNotFound(name) => {
            let diagnostic = refuse(format!("there is no helper `{name}`"));
            match did_you_mean(name, HELPERS) {
                Some(candidate) => diagnostic.help(format!("did you mean `{candidate}`?")),
                None => {
                    diagnostic.help(format!("a template has the helpers {}", sentence(&HELPERS)))
                }
            }
        }
        RenderErrorReason::TemplateError(_) => refuse("this template cannot be read".to_owned())
            .help("a template is written `{{branch}}` or `{{helper argument}}`; `\\{{` stands for two braces"),
        RenderErrorReason::PartialNotFound(name) => {
            refuse(format!("there is no template `{name}` to include"))
                .help("a template stands in one string and includes no others")
        }
        RenderErrorReason::ParamNotFoundForIndex(helper, _) => {
            refuse(format!("the helper `{helper}` needs one more argument"))
        }
        RenderErrorReason::Other(message) => refuse(message.clone()),
        other => refuse(other.to_string()),
    }
}

fn argument(helper: &Helper<'_>, index: usize) -> Result<String, RenderError> {
    let Some(parameter) = helper.param(index) else {
        let message = format!(
            "the helper `{}` needs {}",
            helper.name(),
            if index == 0 { "an argument" } else { "one more argument" }
        );
        return Err(RenderErrorReason::Other(message).into());
    };
    if parameter.is_value_missing() {
        return Err(RenderErrorReason::MissingVariable(parameter.relative_path().cloned()).into());
    }
    Ok(match parameter.value() {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn value(context: &Context, name: &str) -> Result<String, RenderError> {
    let found = context.data().get(name).and_then(Json::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| RenderErrorReason::MissingVariable(Some(name.to_owned())).into())
}

/// What a helper makes of its arguments and the values of the run, as handlebars takes it.
fn helper(
    text: impl Fn(&Helper<'_>, &Context) -> Result<String, RenderError> + Send + Sync + 'static,
) -> Box<dyn HelperDef + Send + Sync> {
    Box::new(
        move |helper: &Helper<'_>,
              _: &Handlebars<'_>,
              context: &Context,
              _: &mut RenderContext<'_, '_>,
              out: &mut dyn Output|
              -> HelperResult {
            out.write(&text(helper, context)?)?;
            Ok(())
        },
    )
}

/// `{{ecr "app"}}`: the repository `app` in this account and region.
fn ecr(helper: &Helper<'_>, context: &Context) -> Result<String, RenderError> {
    let repository = argument(helper, 0)?;
    let (account, region) = (value(context, "account")?, value(context, "region")?);
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    Ok(format!("{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{repository}"))
}

/// `{{snake branch}}`: lower case with `_` for everything else, for names of databases and schemas.
fn snake(helper: &Helper<'_>, _: &Context) -> Result<String, RenderError> {
    let text = argument(helper, 0)?.to_lowercase();
    Ok(text.replace(|it: char| !it.is_ascii_alphanumeric(), "_"))
}

/// `{{lower branch_name}}`.
fn lower(helper: &Helper<'_>, _: &Context) -> Result<String, RenderError> {
    Ok(argument(helper, 0)?.to_lowercase())
}

/// `{{truncate branch 20}}`: at most that many characters.
fn truncate(helper: &Helper<'_>, _: &Context) -> Result<String, RenderError> {
    let text = argument(helper, 0)?;
    let length = argument(helper, 1)?.parse::<usize>().map_err(|_| {
        RenderErrorReason::Other(
            "the helper `truncate` takes a text and a number of characters".to_owned(),
        )
    })?;
    Ok(text.chars().take(length).collect())
}

/// `{{default commit "latest"}}`: the second when the first has no value.
fn default(helper: &Helper<'_>, _: &Context) -> Result<String, RenderError> {
    let given = helper.param(0).filter(|it| !it.is_value_missing());
    let given = given.and_then(|it| it.value().as_str()).filter(|it| !it.is_empty());
    given.map_or_else(|| argument(helper, 1), |it| Ok(it.to_owned()))
}
