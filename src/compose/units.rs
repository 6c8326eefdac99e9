//! Turns `512m` into bytes and `1m30s` into nanoseconds, and durations and floats into Go's texts.

use crate::compose::text::TextError;

/// Reads a number of bytes; every unit is a power of 1024, and a fraction of a byte is dropped.
pub(crate) fn bytes(text: &str) -> Result<i64, TextError> {
    let Some(last) = text.rfind(|it: char| it.is_ascii_digit() || it == '.' || it == ' ') else {
        let error = TextError::new(0, format!("`{text}` is not a number of bytes"));
        return Err(error.with_help(BYTES_HELP));
    };
    let (number, unit) = match text.as_bytes()[last] {
        b' ' => (&text[..last], &text[last + 1..]),
        _ => text.split_at(last + 1),
    };
    let Some(number) = decimal(number) else {
        let error = TextError::new(0, format!("`{number}` is not a number"));
        return Err(error.with_help(BYTES_HELP));
    };
    if number < 0.0 {
        let error = TextError::new(0, format!("`{text}` is less than nothing"));
        return Err(
            error.with_help("only a plain number without quotes, as in `-1`, may be negative")
        );
    }
    let Some(factor) = byte_factor(unit) else {
        let message = format!("`{unit}` is not a unit of bytes");
        return Err(TextError::new(text.len() - unit.len(), message).with_help(BYTES_HELP));
    };
    whole(number * factor).ok_or_else(|| TextError::new(0, format!("`{text}` is too large")))
}

/// Reads a duration as Go does, with `d` and `w` besides, in nanoseconds.
pub(crate) fn duration(text: &str) -> Result<i64, TextError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(TextError::new(0, "the duration is empty").with_help(DURATION_HELP));
    }
    let mut total = 0_i128;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let offset = text.len() - rest.len();
        let term = term(rest).map_err(|it| it.moved(offset))?;
        total += term.nanoseconds;
        rest = term.rest;
        if total > DURATION_LIMIT {
            return Err(too_long(text));
        }
    }
    let signed = if text.starts_with('-') { -total } else { total };
    i64::try_from(signed).map_err(|_| too_long(text))
}

/// A duration as Go prints it: `0s`, `1.5s`, `1m30s`.
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let seconds = total / SECOND;
    match (total, seconds) {
        (0, _) => "0s".to_owned(),
        (1..1_000, _) => format!("{sign}{total}ns"),
        (1_000..1_000_000, _) => format!("{sign}{}µs", with_fraction(total, 1_000)),
        (1_000_000..SECOND, _) => format!("{sign}{}ms", with_fraction(total, 1_000_000)),
        (_, ..60) => format!("{sign}{}s", with_fraction(total, SECOND)),
        (_, 60..3600) => {
            let last = with_fraction(total % (60 * SECOND), SECOND);
            format!("{sign}{}m{last}s", seconds / 60)
        }
        _ => {
            let last = with_fraction(total % (60 * SECOND), SECOND);
            format!("{sign}{}h{}m{last}s", seconds / 3600, seconds / 60 % 60)
        }
    }
}

/// A number as Go's `%v` prints it: the fewest digits that give it back, an exponent for the extremes.
pub(crate) fn float_text(number: f64) -> String {
    if !number.is_finite() {
        let sign = if number < 0.0 { "-Inf" } else { "+Inf" };
        return if number.is_nan() { "NaN" } else { sign }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or_default() {
        -4..=5 => number.to_string(),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
    }
}

const BYTES_HELP: &str = "write a number and a unit, as in `512m` or `1.5gb`";
const DURATION_HELP: &str = "write numbers with units, as in `90s`, `1m30s` or `500ms`";
const DURATION_LIMIT: i128 = 1 << 63;
const SECOND: u64 = 1_000_000_000;

fn byte_factor(unit: &str) -> Option<f64> {
    let unit = unit.to_ascii_lowercase();
    if matches!(unit.as_str(), "" | "b") {
        return Some(1.0);
    }
    let letter = unit.chars().next()?;
    let power = "kmgtp".find(letter)?;
    let suffix = &unit[letter.len_utf8()..];
    let power = i32::try_from(power).ok()? + 1;
    matches!(suffix, "" | "b" | "ib").then(|| 1024_f64.powi(power))
}

/// A decimal number with an optional fraction and exponent, and none of the words for infinity.
fn decimal(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

fn whole(number: f64) -> Option<i64> {
    // Formatting is the conversion that neither wraps nor needs a lossy cast.
    format!("{:.0}", number.trunc()).parse().ok()
}

struct Term<'t> {
    nanoseconds: i128,
    rest: &'t str,
}

/// Reads one number with its unit.
fn term(text: &str) -> Result<Term<'_>, TextError> {
    let (number, rest) = text.split_at(length_of(text, |it| it.is_ascii_digit() || it == '.'));
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    if integer.is_empty() && fraction.is_empty() || fraction.contains('.') {
        let error = TextError::new(0, "a number is missing");
        return Err(error.with_help(DURATION_HELP));
    }
    let (name, rest) = rest.split_at(length_of(rest, |it| !it.is_ascii_digit() && it != '.'));
    let unit = Unit::named(name).ok_or_else(|| unknown_unit(number, name))?;
    let integer = match integer {
        "" => 0,
        digits => digits.parse::<u64>().map_err(|_| too_long(text))?,
    };
    let fraction = fraction_of(fraction, unit).ok_or_else(|| too_long(text))?;
    let whole = i128::from(integer) * i128::from(unit.count) * i128::from(unit.nanoseconds);
    Ok(Term { nanoseconds: whole + i128::from(fraction), rest })
}

fn unknown_unit(number: &str, name: &str) -> TextError {
    let error = |message: String| TextError::new(number.len(), message);
    if name.is_empty() {
        let help = format!("write `{number}s` for seconds");
        return error(format!("`{number}` has no unit")).with_help(help);
    }
    if name.contains(' ') {
        return error("a duration holds no blanks".to_owned()).with_help(DURATION_HELP);
    }
    error(format!("`{name}` is not a unit of time")).with_help(DURATION_HELP)
}

fn too_long(text: &str) -> TextError {
    TextError::new(0, format!("`{text}` is too long"))
}

/// `0.fraction` of a unit, with the rounding of Go, whose `0.3333333333333333333h` is `20m`.
fn fraction_of(fraction: &str, unit: Unit) -> Option<i64> {
    let mut digits = 0_u64;
    let mut scale = 1.0;
    for digit in fraction.chars().filter_map(|it| it.to_digit(10)) {
        let next = digits.checked_mul(10).and_then(|it| it.checked_add(u64::from(digit)));
        let Some(next) = next.filter(|it| *it <= 1 << 63) else {
            break;
        };
        digits = next;
        scale *= 10.0;
    }
    let unit = f64::from(unit.count) * f64::from(unit.nanoseconds);
    // Parsing is the conversion that rounds as Go's does and needs no lossy cast.
    let digits: f64 = digits.to_string().parse().ok()?;
    whole(digits * (unit / scale))
}

/// A unit of time, in two factors because each fits a number that turns into a float exactly.
#[derive(Clone, Copy)]
struct Unit {
    count: u32,
    nanoseconds: u32,
}

impl Unit {
    fn named(name: &str) -> Option<Unit> {
        let (count, nanoseconds) = match name {
            "ns" => (1, 1),
            // The micro sign and the Greek letter.
            "us" | "\u{b5}s" | "\u{3bc}s" => (1, 1_000),
            "ms" => (1, 1_000_000),
            "s" => (1, 1_000_000_000),
            "m" => (60, 1_000_000_000),
            "h" => (3_600, 1_000_000_000),
            "d" => (86_400, 1_000_000_000),
            "w" => (604_800, 1_000_000_000),
            _ => return None,
        };
        Some(Unit { count, nanoseconds })
    }
}

fn length_of(text: &str, belongs: fn(char) -> bool) -> usize {
    text.find(|it| !belongs(it)).unwrap_or(text.len())
}

fn with_fraction(total: u64, unit: u64) -> String {
    let digits = usize::try_from(unit.ilog10()).unwrap_or_default();
    let text = format!("{}.{:0digits$}", total / unit, total % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration, duration_text, float_text};

    #[test]
    fn units_of_bytes_are_powers_of_1024() {
        for (text, expected) in [
            ("7", 7),
            ("2b", 2),
            ("2 KB", 2048),
            ("0.5mib", 524_288),
            ("3T", 3 << 40),
            ("1.9", 1),
            ("1e3k", 1_024_000),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn faulty_bytes_are_refused_where_they_stand() {
        for (text, offset) in [
            ("", 0),
            ("m", 0),
            ("1 0m ", 0),
            ("-2", 0),
            ("inf b", 0),
            ("12Gi", 2),
            ("1kk", 1),
            ("1é", 1),
            ("1bib", 1),
            ("9999999p", 0),
        ] {
            assert_eq!(bytes(text).unwrap_err().offset, offset, "{text}");
        }
    }

    #[test]
    fn durations_add_up_their_units() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("1w1d", 8 * 86_400_000_000_000),
            ("2h.5m", 7_230_000_000_000),
            ("-1.5ms", -1_500_000),
            ("1\u{3bc}s", 1_000),
            ("0.3ns", 0),
            ("0.3333333333333333333h", 1_200_000_000_000),
            ("-9223372036854775808ns", i64::MIN),
        ] {
            assert_eq!(duration(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn faulty_durations_are_refused_where_they_stand() {
        for (text, offset) in [
            ("", 0),
            ("-", 0),
            ("30", 2),
            ("1m30", 4),
            ("1 s", 1),
            (".s", 0),
            ("1..2s", 0),
            ("1x", 1),
            ("s", 0),
            ("1m-2s", 1),
            ("9223372036854775808ns", 0),
            ("99999999999999999999h", 0),
        ] {
            assert_eq!(duration(text).unwrap_err().offset, offset, "{text}");
        }
    }

    #[test]
    fn durations_are_printed_as_go_prints_them() {
        for (nanoseconds, expected) in [
            (0, "0s"),
            (7, "7ns"),
            (1_100, "1.1µs"),
            (250_000_000, "250ms"),
            (-2_500_000_000, "-2.5s"),
            (60_000_000_000, "1m0s"),
            (5_400_000_000_000, "1h30m0s"),
            (90_061_001_000_000, "25h1m1.001s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(duration_text(nanoseconds), expected);
        }
    }

    #[test]
    fn floats_are_printed_as_go_prints_them() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (8.0, "8"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.000_012, "1.2e-05"),
            (999_999.5, "999999.5"),
            (2_000_000.0, "2e+06"),
            (-1.25e100, "-1.25e+100"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(float_text(number), expected);
        }
    }
}
