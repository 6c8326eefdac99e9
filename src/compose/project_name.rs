//! Turns a title such as `My App` into a project name, and checks a name that is used as written.

use crate::compose::text::TextError;

/// The project name that Compose derives from a folder or from `name:`; it may be empty.
pub(crate) fn normalise(text: &str) -> String {
    let kept: String =
        text.chars().flat_map(char::to_lowercase).filter(|it| is_allowed(*it)).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// The name from `-p` or `COMPOSE_PROJECT_NAME`, which Compose does not normalise but checks.
pub(crate) fn check(name: &str) -> Result<String, TextError> {
    if name.is_empty() {
        return Err(TextError::new(0, "the project name is empty"));
    }
    let misplaced = |(index, it): &(usize, char)| {
        !is_allowed(*it) || *index == 0 && !it.is_ascii_alphanumeric()
    };
    let Some((offset, character)) = name.char_indices().find(misplaced) else {
        return Ok(name.to_owned());
    };
    let place = if is_allowed(character) { "start with" } else { "contain" };
    let error = TextError::new(offset, format!("a project name cannot {place} `{character}`"));
    Err(match normalise(name).as_str() {
        "" => error
            .with_help("use `a` to `z`, `0` to `9`, `-` and `_`, and start with a letter or digit"),
        valid => error.with_help(format!("`{valid}` would be valid")),
    })
}

fn is_allowed(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::{check, normalise};

    #[test]
    fn titles_become_names() {
        for (title, name) in
            [("Shop 2.0", "shop20"), ("-_Web_-", "web_-"), ("Ärger", "rger"), ("...", "")]
        {
            assert_eq!(normalise(title), name);
        }
    }

    #[test]
    fn a_name_used_as_written_must_be_normal() {
        for name in ["web", "0-web_"] {
            assert_eq!(check(name).as_deref(), Ok(name));
        }
        for (name, offset) in [("", 0), ("webApp", 3), ("_web", 0), ("web app", 3), ("ü", 0)] {
            assert_eq!(check(name).unwrap_err().offset, offset, "{name}");
        }
    }

    #[test]
    fn the_refusal_names_the_nearest_valid_name() {
        let help = check("My App").unwrap_err().help;
        assert_eq!(help.as_deref(), Some("`myapp` would be valid"));
    }
}
