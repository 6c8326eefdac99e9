//! `links`: `SERVICE` or `SERVICE:ALIAS`.

/// The service and the name it is reached by.
pub(super) fn parse(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or((text, text))
}
