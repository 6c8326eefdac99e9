//! Items of a list that are equal, found in linear time.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::yaml::{Node, Value};

/// Lists up to this length are compared pair by pair, without a table.
const FEW: usize = 8;

/// For each item that is equal to an earlier one: its index and the earlier one's.
pub(super) fn repeated(items: &[Node]) -> Vec<(usize, usize)> {
    if items.len() <= FEW {
        return few(items);
    }
    let mut seen: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut repeated = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let alike = seen.entry(hash(item)).or_default();
        match alike.iter().find(|it| items[**it] == *item) {
            Some(earlier) => repeated.push((index, *earlier)),
            None => alike.push(index),
        }
    }
    repeated
}

fn few(items: &[Node]) -> Vec<(usize, usize)> {
    let earlier = |index: usize| items[..index].iter().position(|it| *it == items[index]);
    (1..items.len()).filter_map(|index| Some((index, earlier(index)?))).collect()
}

/// Equal nodes have equal hashes, in whatever order their keys stand.
fn hash(node: &Node) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &node.value {
        Value::Null => {}
        Value::Bool(it) => it.hash(&mut hasher),
        Value::Integer(it) => it.hash(&mut hasher),
        // Two zeros are equal and differ in their bits.
        Value::Float(it) => (it + 0.0).to_bits().hash(&mut hasher),
        Value::String(it) | Value::Timestamp(it) => it.hash(&mut hasher),
        Value::Sequence(items) => items.iter().for_each(|it| hash(it).hash(&mut hasher)),
        Value::Mapping(entries) => {
            let pair = |(key, value): (&String, u64)| {
                let mut hasher = DefaultHasher::new();
                (key, value).hash(&mut hasher);
                hasher.finish()
            };
            let pairs = entries.iter().map(|(key, entry)| pair((key, hash(&entry.node))));
            pairs.fold(0u64, u64::wrapping_add).hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{few, repeated};
    use crate::source::Span;
    use crate::yaml::{Node, Value, set};

    #[test]
    fn long_lists_and_short_ones_find_the_same() {
        let node = |value| Node::new(value, Span::DETACHED);
        let mapping = |keys: [&str; 2]| {
            let mut node = Node::mapping(Span::DETACHED);
            for key in keys {
                set(node.as_mapping_mut().unwrap(), key, Node::string(key, Span::DETACHED));
            }
            node
        };
        let mut items: Vec<Node> = (0..20).map(|it| node(Value::Integer(it % 12))).collect();
        items.extend([mapping(["a", "b"]), mapping(["b", "a"]), mapping(["a", "c"])]);
        items.extend([
            node(Value::Float(0.0)),
            node(Value::Float(-0.0)),
            node(Value::String("1".into())),
        ]);
        items.push(node(Value::Sequence(vec![mapping(["b", "a"])])));
        items.push(node(Value::Sequence(vec![mapping(["a", "b"])])));
        assert_eq!(repeated(&items), few(&items));
        assert_eq!(repeated(&items).len(), 8 + 3);
    }
}
