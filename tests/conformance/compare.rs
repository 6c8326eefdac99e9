//! Two answers to one question: maps have no order, lists have one, numbers are numbers.

use std::fmt::Write as _;

use serde_json::Value;

/// What Compose made of a case.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    Value(Value),
    /// Only that it refuses counts; its words are for the reader.
    Refusal(String),
}

/// How our answer compares.
#[derive(Debug)]
pub(crate) enum Verdict {
    Agrees,
    /// One accepts what the other refuses.
    Acceptance(String),
    /// Both accept it, and read it differently.
    Value(String),
}

const SHOWN_DIFFERENCES: usize = 12;

/// Compares an answer (an error is what we said against it) with what Compose made of the case.
pub(crate) fn compare(expected: &Expected, actual: &Result<Value, String>) -> Verdict {
    match (expected, actual) {
        (Expected::Refusal(_), Err(_)) => Verdict::Agrees,
        (Expected::Refusal(words), Ok(_)) => {
            Verdict::Acceptance(format!("Compose refuses this: {words}"))
        }
        (Expected::Value(_), Err(words)) => {
            Verdict::Acceptance(format!("Compose accepts this, we say:\n{words}"))
        }
        (Expected::Value(expected), Ok(actual)) => {
            let mut differences = Vec::new();
            collect("", expected, actual, &mut differences);
            if differences.is_empty() {
                return Verdict::Agrees;
            }
            let mut text = String::new();
            for difference in differences.iter().take(SHOWN_DIFFERENCES) {
                let _ = write!(text, "\n  {difference}");
            }
            if differences.len() > SHOWN_DIFFERENCES {
                let _ = write!(text, "\n  and {} more", differences.len() - SHOWN_DIFFERENCES);
            }
            Verdict::Value(text)
        }
    }
}

fn collect(path: &str, expected: &Value, actual: &Value, differences: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let path = format!("{path}.{key}");
                match right.get(key) {
                    Some(other) => collect(&path, value, other, differences),
                    None => differences.push(format!("{path}: missing, Compose has {value}")),
                }
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                differences.push(format!("{path}.{key}: {value}, Compose has none"));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (value, other)) in left.iter().zip(right).enumerate() {
                collect(&format!("{path}[{index}]"), value, other, differences);
            }
        }
        _ if same_scalar(expected, actual) => {}
        _ => differences.push(format!("{path}: {actual}, Compose has {expected}")),
    }
}

/// `1` and `1.0` are one number in JSON.
fn same_scalar(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_f64() || right.is_f64() => {
            left.as_f64() == right.as_f64()
        }
        _ => left == right,
    }
}
