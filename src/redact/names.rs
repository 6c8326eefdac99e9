//! The name of a variable, perhaps with its value -> whether it holds a secret.

/// Whether a variable of this name usually holds a secret: its last word, or the last two, say so.
///
/// `DB_PASSWORD`, `SECRET_KEY_BASE` and `stripeApiKey` do; `PASSWORD_MIN_LENGTH` and `SSH_KEY_PATH` do not.
pub(crate) fn names_a_secret(name: &str) -> bool {
    const LAST: [&str; 13] = [
        "password",
        "pw",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "credential",
        "credentials",
        "passphrase",
        "salt",
        "apikey",
        "secretkey",
    ];
    /// Keys that open nothing.
    const PLAIN_KEYS: [&str; 14] = [
        "public",
        "primary",
        "foreign",
        "cache",
        "partition",
        "sort",
        "row",
        "group",
        "routing",
        "object",
        "redis",
        "index",
        "host",
        "map",
    ];
    let words = words(name);
    let last = words.last().map_or("", |it| it.trim_end_matches(|it: char| it.is_ascii_digit()));
    let before = words.len().checked_sub(2).map_or("", |it| words[it].as_str());
    match (before, last) {
        // nginx and its kind pass requests on.
        ("fastcgi" | "proxy" | "uwsgi" | "grpc", "pass") | ("", "key") => false,
        (kind, "key") => !PLAIN_KEYS.contains(&kind),
        ("key", "base") | ("redis" | "basic", "auth") | ("erlang", "cookie") => true,
        _ => {
            LAST.contains(&last)
                || ["password", "passwd", "secret"].iter().any(|it| last.ends_with(it))
        }
    }
}

/// How keys begin that everybody recognises.
pub(super) const KEY_SIGNS: [&str; 11] = [
    "-----BEGIN",
    "eyJhbGciOi",
    "https://hooks.slack.com/services/",
    "sk_live_",
    "rk_live_",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
];

/// Whether a variable holds a secret: by its name, or because the value is a key that everybody recognises.
pub(crate) fn holds_a_secret(name: &str, value: &str) -> bool {
    // A file, a web address without a password, a flag and Laravel's `null` are no secrets, whatever the variable is called.
    let plain = ["", "true", "false", "yes", "no", "0", "1", "null"].contains(&value)
        || value.starts_with('/')
        || value.contains("://");
    KEY_SIGNS.iter().any(|it| value.starts_with(it)) || (names_a_secret(name) && !plain)
}

/// A name as lower-case words: split at `_`, `-`, `.` and where lower case turns into upper.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut previous_lower = false;
    for character in name.chars() {
        let separator = matches!(character, '_' | '-' | '.' | ' ');
        if (separator || (previous_lower && character.is_ascii_uppercase())) && !current.is_empty()
        {
            words.push(std::mem::take(&mut current));
        }
        if !separator {
            current.push(character.to_ascii_lowercase());
        }
        previous_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::names_a_secret;

    #[test]
    fn secret_names_are_told_from_their_neighbours() {
        for name in [
            "DB_PASSWORD",
            "SECRET_KEY_BASE",
            "stripeApiKey",
            "POSTGRES_PASSWORD",
            "APP_KEY",
            "PGPASSWORD",
            "JWT_SECRET",
            "CRYPT_KEY",
            "STRIPE_KEY",
            "REDIS_AUTH",
            "PASSWORD1",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in [
            "PASSWORD_MIN_LENGTH",
            "DB_HOST",
            "SSH_KEY_PATH",
            "COMPASS",
            "TOKENIZER",
            "FASTCGI_PASS",
            "PUBLIC_KEY",
            "REDIS_KEY",
            "MYSQL_PASSWORD_FILE",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
