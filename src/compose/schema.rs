//! The schema of the Compose specification: what does not fit is reported and taken out of the model.

mod build;
mod deploy;
mod develop;
mod help;
pub(crate) mod paths;
mod place;
mod report;
mod service;
mod shape;
#[cfg(test)]
mod tests;
mod top;
mod unique;

use crate::diagnostic::Diagnostics;
use crate::yaml::{Mapping, Node, Value};
use place::{Place, Step};
use report::Reporter;
use shape::{Map, Object, Others, Shape};
use top::TOP;

/// Checks the merged model, whose values still have their short and long forms. Every problem is reported, and what
/// later phases see afterwards has the shapes they expect.
pub(super) fn check(model: &mut Node, diagnostics: &mut Diagnostics) {
    let place = Place::top(model.span);
    let mut checker = Checker { reporter: Reporter::new(diagnostics) };
    if let Some(entries) = model.as_mapping_mut() {
        checker.unwrapped_services(entries, &place);
        checker.object(entries, &TOP, &place);
    }
}

struct Checker<'a> {
    reporter: Reporter<'a>,
}

impl Checker<'_> {
    /// Whether a value may stay, after what does not fit inside of it is gone.
    fn keep(&mut self, node: &mut Node, shape: &'static Shape, place: &Place<'_>) -> bool {
        let Some(shape) = shape.select(&node.value) else {
            self.reporter.wrong_type(node, shape, place);
            return false;
        };
        match (shape, &mut node.value) {
            (Shape::List(item), Value::Sequence(items)) => self.items(items, item, place),
            (Shape::Set(item), Value::Sequence(items)) => {
                self.items(items, item, place);
                self.repeated(items, place);
            }
            (Shape::Map(map), Value::Mapping(entries)) => self.entries(entries, map, place),
            (Shape::Object(object), Value::Mapping(entries)) => {
                return self.object(entries, object, place);
            }
            _ => return self.scalar(node, shape, place),
        }
        true
    }

    fn scalar(&mut self, node: &Node, shape: &Shape, place: &Place<'_>) -> bool {
        match (shape, &node.value) {
            (Shape::Word(words), Value::String(text)) if !words.contains(&text.as_str()) => {
                self.reporter.unknown_word(node, words, place);
                false
            }
            (Shape::Text { passes, help }, Value::String(text)) if !passes(text) => {
                self.reporter.bad_text(node, (*help).to_owned(), place);
                false
            }
            (Shape::Integer { minimum, maximum }, Value::Integer(it))
                if !(minimum..=maximum).contains(&it) =>
            {
                self.reporter.out_of_range(node, *minimum, *maximum, place);
                false
            }
            _ => true,
        }
    }

    fn items(&mut self, items: &mut Vec<Node>, shape: &'static Shape, place: &Place<'_>) {
        let mut index = 0;
        items.retain_mut(|item| {
            let place = place.child(Step::Item(index), item.span);
            index += 1;
            self.keep(item, shape, &place)
        });
    }

    fn repeated(&mut self, items: &mut Vec<Node>, place: &Place<'_>) {
        let repeated = unique::repeated(items);
        for (later, earlier) in &repeated {
            self.reporter.repeated(&items[*later], &items[*earlier], place);
        }
        for (later, _) in repeated.into_iter().rev() {
            items.remove(later);
        }
    }

    fn entries(&mut self, entries: &mut Mapping, map: &'static Map, place: &Place<'_>) {
        entries.retain(|name, entry| {
            if !map.names.take(name) {
                self.reporter.bad_name(name, entry.key_span, place);
                return false;
            }
            let step = map.noun.map_or(Step::Key(name), |noun| Step::Thing(noun, name));
            self.keep(&mut entry.node, &map.value, &place.child(step, entry.key_span))
        });
    }

    fn object(
        &mut self,
        entries: &mut Mapping,
        object: &'static Object,
        place: &Place<'_>,
    ) -> bool {
        let missing = object.required.iter().find(|it| !entries.contains_key(**it));
        let mut unknown = false;
        entries.retain(|key, entry| {
            if let Some(shape) = object.shape(key) {
                let inner =
                    Place { owner: Some(object), ..place.child(Step::Key(key), entry.key_span) };
                return self.keep(&mut entry.node, shape, &inner);
            }
            let fine = object.others == Others::Ignored
                || (object.others == Others::Extensions && key.starts_with("x-"));
            if !fine {
                unknown = true;
                self.reporter.unknown_key(key, entry, object, place);
            }
            fine
        });
        match missing {
            // A misspelt key is most likely the one that is missing.
            Some(key) if !unknown => self.reporter.missing_key(key, object, place),
            _ => {}
        }
        object.required.iter().all(|it| entries.contains_key(*it))
    }

    /// Services at the top level, as files had them before there were sections: one problem, however many there are.
    fn unwrapped_services(&mut self, entries: &mut Mapping, place: &Place<'_>) {
        let unwrapped = |key: &String, node: &Node| {
            TOP.shape(key).is_none() && !key.starts_with("x-") && report::is_service(node)
        };
        if entries.contains_key("services")
            || !entries.iter().any(|(key, it)| unwrapped(key, &it.node))
        {
            return;
        }
        let found = entries.iter().filter(|(key, it)| unwrapped(key, &it.node));
        self.reporter.unwrapped_services(found.map(|(key, it)| (key.as_str(), it.key_span)), place);
        entries.retain(|key, it| !unwrapped(key, &it.node));
    }
}
