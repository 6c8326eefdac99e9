//! Turns a plain YAML scalar into the value that Compose's parser sees in it.

use std::borrow::Cow;

/// What an unquoted text stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    /// Always within `i64` or `u64`.
    Integer(i128),
    Float(f64),
    /// The moment as Go prints it: `2026-01-02 00:00:00 +0000 UTC`.
    Timestamp(String),
    String,
}

/// Resolves an unquoted text; most are ordinary words, which their first byte gives away.
pub(crate) fn resolve(text: &str) -> Scalar {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => word(text),
        Some(b'.') => {
            special_float(text).or_else(|| float(text)).map_or(Scalar::String, Scalar::Float)
        }
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        Some(_) => Scalar::String,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => Scalar::String,
    }
}

fn number(text: &str) -> Scalar {
    if let Some(special) = special_float(text) {
        return Scalar::Float(special);
    }
    if let Some(moment) = timestamp(text) {
        return Scalar::Timestamp(moment);
    }
    let plain =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    integer(&plain)
        .map(Scalar::Integer)
        .or_else(|| float(&plain).map(Scalar::Float))
        .unwrap_or(Scalar::String)
}

fn special_float(text: &str) -> Option<f64> {
    Some(match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        "-0" | "-0.0" => -0.0,
        _ => return None,
    })
}

/// Reads decimal, `0x`, `0b`, `0o` and YAML 1.1's `0777`, within 64 bits.
fn integer(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, radix) = match unsigned.as_bytes() {
        [b'0'] => (unsigned, 10),
        [b'0', b'x' | b'X', ..] => (&unsigned[2..], 16),
        [b'0', b'o' | b'O', ..] => (&unsigned[2..], 8),
        [b'0', b'b' | b'B', ..] => (&unsigned[2..], 2),
        [b'0', ..] => (&unsigned[1..], 8),
        _ => (unsigned, 10),
    };
    if !digits.starts_with(|it: char| it.is_digit(radix)) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let signed = if text.starts_with('-') { -magnitude } else { magnitude };
    // Only a number without a sign may use the whole of 64 bits.
    let fits = text.len() == unsigned.len() || i64::try_from(signed).is_ok();
    fits.then_some(signed)
}

/// Reads `[+-]` digits with an optional point and exponent; what overflows stays a text.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.map(|it| it.strip_prefix(['-', '+']).unwrap_or(it));
    let well_formed = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|it| is_digits(it) && !it.is_empty());
    if !well_formed || mantissa.is_empty() {
        return None;
    }
    text.parse().ok().filter(|it: &f64| it.is_finite())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// Reads `2026-1-2`, `2026-1-2 3:4:5.6` and `2026-1-2T3:4:5.6+09:00`.
fn timestamp(text: &str) -> Option<String> {
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let mut cursor = Cursor { rest: text };
    let year = cursor.number(4, 4)?;
    cursor.take("-")?;
    let month = cursor.number(1, 2)?;
    cursor.take("-")?;
    let day = cursor.number(1, 2)?;
    if day == 0 || day > days_of(year, month)? {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if cursor.rest.is_empty() {
        return Some(format!("{date} 00:00:00 +0000 UTC"));
    }
    let zoned = !cursor.rest.starts_with(' ');
    if zoned {
        cursor.take("T").or_else(|| cursor.take("t"))?;
    } else {
        cursor.rest = cursor.rest.trim_start_matches(' ');
    }
    let clock = cursor.clock()?;
    let zone = if zoned { cursor.zone()? } else { UTC.to_owned() };
    cursor.rest.is_empty().then(|| format!("{date} {clock} {zone}"))
}

const UTC: &str = "+0000 UTC";

fn days_of(year: u32, month: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn take(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    fn digits(&mut self, most: usize) -> &'t str {
        let length = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        digits
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.digits(most);
        (digits.len() >= least).then(|| digits.parse().ok())?
    }

    fn clock(&mut self) -> Option<String> {
        let hour = self.number(1, 2).filter(|it| *it < 24)?;
        self.take(":")?;
        let minute = self.number(1, 2).filter(|it| *it < 60)?;
        self.take(":")?;
        let second = self.number(1, 2).filter(|it| *it < 60)?;
        let fraction = self.fraction();
        Some(format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
    }

    /// The fraction of a second, cut to nanoseconds and without zeros at its end.
    fn fraction(&mut self) -> String {
        let Some(after) = self.rest.strip_prefix(['.', ',']) else {
            return String::new();
        };
        if !after.starts_with(|it: char| it.is_ascii_digit()) {
            return String::new();
        }
        self.rest = after;
        let digits = self.digits(usize::MAX);
        let kept = digits[..digits.len().min(9)].trim_end_matches('0');
        let point = if kept.is_empty() { "" } else { "." };
        format!("{point}{kept}")
    }

    fn zone(&mut self) -> Option<String> {
        if self.take("Z").is_some() {
            return Some(UTC.to_owned());
        }
        let sign = if self.take("+").is_some() { '+' } else { self.take("-").map(|()| '-')? };
        let hours = self.number(2, 2).filter(|it| *it <= 24)?;
        self.take(":")?;
        let minutes = self.number(2, 2).filter(|it| *it <= 60)?;
        let total = hours * 60 + minutes;
        if total == 0 {
            return Some(UTC.to_owned());
        }
        let offset = format!("{sign}{:02}{:02}", total / 60, total % 60);
        Some(format!("{offset} {offset}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};

    fn check(expected: &Scalar, texts: &[&str]) {
        for text in texts {
            assert_eq!(resolve(text), *expected, "{text}");
        }
    }

    fn moment(text: &str, expected: &str) {
        check(&Scalar::Timestamp(expected.to_owned()), &[text]);
    }

    #[test]
    fn null_and_bool_have_three_spellings() {
        check(&Scalar::Null, &["", "~", "null", "Null", "NULL"]);
        check(&Scalar::Bool(true), &["true", "True", "TRUE"]);
        check(&Scalar::Bool(false), &["false", "False", "FALSE"]);
        check(&Scalar::String, &["tRUE", "nULL", "~x", "nil", "yes", "no", "on", "off", "y"]);
    }

    #[test]
    fn integers_have_four_bases_and_underscores() {
        check(
            &Scalar::Integer(26),
            &["26", "+26", "032", "0o32", "0O32", "0x1a", "0X1A", "0b11010", "2_6_"],
        );
        check(&Scalar::Integer(-8), &["-8", "-010", "-0x8"]);
        check(&Scalar::Integer(0), &["0", "+0", "00", "-00"]);
        check(&Scalar::Integer(i128::from(u64::MAX)), &["18446744073709551615"]);
        check(&Scalar::Integer(i128::from(i64::MIN)), &["-9223372036854775808"]);
    }

    #[test]
    fn floats_take_over_where_integers_end() {
        check(&Scalar::Float(9.0), &["09", "9.", "9.0", "9e0", "+9E+0", ".9e1", "90e-1"]);
        check(
            &Scalar::Float(18_446_744_073_709_551_616.0),
            &["18446744073709551616", "+18446744073709551616"],
        );
        check(&Scalar::Float(f64::NEG_INFINITY), &["-.inf", "-.Inf"]);
        assert!(matches!(resolve(".NaN"), Scalar::Float(it) if it.is_nan()));
        assert!(matches!(resolve("-0"), Scalar::Float(it) if it.is_sign_negative()));
    }

    #[test]
    fn what_only_begins_like_a_number_is_a_string() {
        check(
            &Scalar::String,
            &[
                "-", "+", ".", "--", "-.", "..", "1e", "1e+", ".e1", "e1", "0x", "0xg", "0b2",
                "0o8", "1.2.3", "1,5", "12:30", "+-1", "0x+1", "0x-1", "1e999", ".5_0", "_1",
                "-.5.", "1e1e1", "infinity", "1é",
            ],
        );
    }

    #[test]
    fn dates_and_times_are_moments() {
        moment("2026-3-4", "2026-03-04 00:00:00 +0000 UTC");
        moment("2024-02-29 1:2:3", "2024-02-29 01:02:03 +0000 UTC");
        moment("2026-03-04  01:02:03.1200000009", "2026-03-04 01:02:03.12 +0000 UTC");
        moment("2026-03-04T01:02:03Z", "2026-03-04 01:02:03 +0000 UTC");
        moment("2026-03-04t01:02:03.5-09:30", "2026-03-04 01:02:03.5 -0930 -0930");
    }

    #[test]
    fn impossible_dates_are_strings() {
        check(
            &Scalar::String,
            &[
                "2026-13-01",
                "2026-02-29",
                "2026-00-01",
                "2026-01-00",
                "26-01-01",
                "2026-01",
                "2026-01-01x",
                "2026-01-01T00:00:00",
                "2026-01-01 24:00:00",
                "2026-01-01 00:00",
                "2026-01-01 00:00:00Z",
                "2026-01-01T00:00:00+9",
                "2026-",
            ],
        );
    }
}
