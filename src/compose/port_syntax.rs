//! Turns a short port such as `127.0.0.1:8080-8081:80-81/udp` into the ports it stands for.

use std::net::IpAddr;

use crate::compose::text::TextError;

/// One container port and what publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PortSpec {
    /// Empty: all addresses.
    pub(crate) host_ip: String,
    /// A port or, for one container port, a range; empty: any free port.
    pub(crate) published: String,
    pub(crate) target: u32,
    pub(crate) protocol: String,
}

/// Reads `[[IP:]HOST[-HOST]:]CONTAINER[-CONTAINER][/PROTOCOL]`.
pub(crate) fn parse_short(text: &str) -> Result<Vec<PortSpec>, TextError> {
    let parts = Parts::of(text);
    if parts.container.is_empty() {
        let error = TextError::new(parts.container_at, "the container port is missing");
        return Err(
            error.with_help("a port is `CONTAINER`, `HOST:CONTAINER` or `IP:HOST:CONTAINER`")
        );
    }
    let protocol = protocol(&parts)?;
    let host_ip = host_ip(parts.host_ip)?;
    let target =
        Range::of(parts.container, "container port").map_err(|it| it.moved(parts.container_at))?;
    let published = match parts.host {
        "" => None,
        host => Some(Range::of(host, "host port").map_err(|it| it.moved(parts.host_at))?),
    };
    if let Some(published) = published
        && target.last > target.first
        && published.length() != target.length()
    {
        return Err(unequal(&parts, published, target));
    }
    let mut expanded: Vec<PortSpec> = (target.first..=target.last)
        .map(|port| PortSpec {
            host_ip: host_ip.to_owned(),
            published: published_text(published, target, port),
            target: u32::from(port),
            protocol: protocol.clone(),
        })
        .collect();
    // Compose sorts the ports of one item as texts.
    expanded.sort_by_cached_key(|it| it.target.to_string());
    Ok(expanded)
}

struct Parts<'t> {
    host_ip: &'t str,
    host: &'t str,
    host_at: usize,
    container: &'t str,
    container_at: usize,
    /// Empty: not given.
    protocol: &'t str,
}

impl Parts<'_> {
    fn of(text: &str) -> Parts<'_> {
        let (before, container) = text.rsplit_once(':').unwrap_or(("", text));
        let (host_ip, host) = before.rsplit_once(':').unwrap_or(("", before));
        let mut sections = container.split('/');
        Parts {
            host_ip,
            host,
            host_at: before.len() - host.len(),
            container_at: text.len() - container.len(),
            container: sections.next().unwrap_or_default(),
            protocol: sections.next().unwrap_or_default(),
        }
    }
}

fn protocol(parts: &Parts<'_>) -> Result<String, TextError> {
    match parts.protocol.to_lowercase().as_str() {
        "" => Ok("tcp".to_owned()),
        known @ ("tcp" | "udp" | "sctp") => Ok(known.to_owned()),
        _ => {
            let offset = parts.container_at + parts.container.len() + 1;
            let message = format!("`{}` is not a protocol", parts.protocol);
            Err(TextError::new(offset, message).with_help("use `tcp`, `udp` or `sctp`"))
        }
    }
}

/// Checks the address of a port in long form, which stands without brackets.
pub(crate) fn check_address(text: &str) -> Result<(), TextError> {
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) if text.is_empty() => Err(TextError::new(0, "the address of the host is empty")),
        Err(_) if text == "localhost" => {
            Err(TextError::new(0, "`localhost` is not an IP address")
                .with_help("write `127.0.0.1`"))
        }
        Err(_) => Err(TextError::new(0, format!("`{text}` is not an IP address"))),
    }
}

/// Checks the address and takes an IPv6 address out of its brackets.
fn host_ip(text: &str) -> Result<&str, TextError> {
    if text.is_empty() {
        return Ok("");
    }
    let bracketed = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = bracketed.unwrap_or(text);
    let parsed: Result<IpAddr, _> = address.parse();
    match (parsed, bracketed) {
        (Ok(IpAddr::V4(_)), _) | (Ok(IpAddr::V6(_)), Some(_)) => Ok(address),
        (Ok(IpAddr::V6(_)), None) => {
            let message = format!("the IPv6 address `{text}` has no brackets");
            Err(TextError::new(0, message).with_help(format!("write `[{text}]`")))
        }
        (Err(_), _) => {
            let error = TextError::new(0, format!("`{text}` is not an IP address"));
            Err(match text {
                "localhost" => error.with_help("write `127.0.0.1`"),
                _ => error
                    .with_help("a port is `CONTAINER`, `HOST:CONTAINER` or `IP:HOST:CONTAINER`"),
            })
        }
    }
}

#[derive(Clone, Copy)]
struct Range {
    first: u16,
    last: u16,
}

impl Range {
    fn of(text: &str, what: &str) -> Result<Range, TextError> {
        let mut sides = text.split('-');
        let first = sides.next().unwrap_or_default();
        let last = sides.next().unwrap_or(first);
        let (Some(first), Some(last)) = (port(first), port(last)) else {
            let message = format!("the {what} `{text}` is not a number from 0 to 65535");
            return Err(TextError::new(0, message));
        };
        if last < first {
            let message = format!("the {what}s `{text}` run backwards");
            return Err(TextError::new(0, message).with_help(format!("write `{last}-{first}`")));
        }
        Ok(Range { first, last })
    }

    fn length(self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }
}

fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|it| it.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn unequal(parts: &Parts<'_>, published: Range, target: Range) -> TextError {
    let message = format!(
        "the host ports `{}` are {}, the container ports `{}` are {}",
        parts.host,
        published.length(),
        parts.container,
        target.length(),
    );
    TextError::new(parts.host_at, message).with_help("give both ranges the same length")
}

fn published_text(published: Option<Range>, target: Range, port: u16) -> String {
    let Some(Range { first, last }) = published else {
        return String::new();
    };
    if target.first == target.last && first != last {
        return format!("{first}-{last}");
    }
    let distance = u32::from(port) - u32::from(target.first);
    (u32::from(first) + distance).to_string()
}

#[cfg(test)]
mod tests {
    use super::parse_short;

    fn check(text: &str, expected: &str) {
        let ports = parse_short(text).unwrap();
        let shown: Vec<String> = ports
            .iter()
            .map(|it| format!("{}>{}>{}/{}", it.host_ip, it.published, it.target, it.protocol))
            .collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }

    fn refuse(text: &str, offset: usize, message: &str) {
        let error = parse_short(text).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
    }

    #[test]
    fn host_container_and_protocol_are_told_apart() {
        check("443", ">>443/tcp");
        check("8443:443/UDP", ">8443>443/udp");
        check(":443", ">>443/tcp");
        check("443/", ">>443/tcp");
    }

    #[test]
    fn addresses_are_checked_and_lose_their_brackets() {
        check("10.0.0.1:1:2", "10.0.0.1>1>2/tcp");
        check("[fe80::2]::2", "fe80::2>>2/tcp");
        refuse("localhost:1:2", 0, "`localhost` is not an IP address");
        refuse("fe80::2:1:2", 0, "the IPv6 address `fe80::2` has no brackets");
        refuse("[::1:1:2", 0, "`[::1` is not an IP address");
    }

    #[test]
    fn ranges_of_one_length_expand_in_pairs_sorted_as_text() {
        check("18-20:8-10", ">20>10/tcp >18>8/tcp >19>9/tcp");
        check("7-8", ">>7/tcp >>8/tcp");
        check("5-5:1-1", ">5>1/tcp");
    }

    #[test]
    fn one_container_port_keeps_the_host_range() {
        check("8000-8009:80", ">8000-8009>80/tcp");
        refuse("1-3:1-2", 0, "the host ports `1-3` are 3, the container ports `1-2` are 2");
    }

    #[test]
    fn faulty_numbers_are_refused_where_they_stand() {
        refuse("80:", 3, "the container port is missing");
        refuse("1:/tcp", 2, "the container port is missing");
        refuse("80:web", 3, "the container port `web` is not a number from 0 to 65535");
        refuse("127.0.0.1:+8:80", 10, "the host port `+8` is not a number from 0 to 65535");
        refuse("65536", 0, "the container port `65536` is not a number from 0 to 65535");
        refuse("9-8", 0, "the container ports `9-8` run backwards");
        refuse("1:80/quic", 5, "`quic` is not a protocol");
    }
}
