//! Turns a short volume such as `./data:/var/lib/data:ro` into its source, target and options.

use crate::compose::text::TextError;

/// A volume in short form, read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the switches of Compose's long form, not one state"
)]
pub(crate) struct VolumeSpec {
    pub(crate) kind: VolumeKind,
    /// A host path or the name of a volume; empty: an anonymous volume.
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) read_only: bool,
    pub(crate) nocopy: bool,
    /// Empty: not given.
    pub(crate) propagation: String,
    /// `z`, `Z` or empty.
    pub(crate) selinux: String,
    pub(crate) create_host_path: bool,
    /// Whether Compose shows `volume: {}` in the long form; a text of one or two bytes gets none.
    pub(crate) volume_section: bool,
    /// A one-letter volume name was taken for a Windows drive.
    pub(crate) drive_letter: bool,
}

/// What a short volume can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VolumeKind {
    Bind,
    Volume,
}

impl VolumeKind {
    /// The word of the long form's `type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            VolumeKind::Bind => "bind",
            VolumeKind::Volume => "volume",
        }
    }
}

/// Reads `[SOURCE:]TARGET[:OPTIONS]`.
pub(crate) fn parse_short(text: &str) -> Result<VolumeSpec, TextError> {
    if text.is_empty() {
        return Err(TextError::new(0, "the volume is empty"));
    }
    if text.len() <= 2 {
        return Ok(VolumeSpec { volume_section: false, ..spec("", text, "") });
    }
    let sections = sections(text)?;
    if let Some((offset, _)) = sections.iter().find(|(_, it)| it.is_empty()) {
        return Err(empty_section(text, *offset));
    }
    let section = |index: usize| sections.get(index).map_or("", |(_, it)| *it);
    match sections.len() {
        1 => Ok(spec("", section(0), "")),
        2 | 3 => Ok(spec(section(0), section(1), section(2))),
        _ => {
            let offset = sections.get(3).map_or(0, |(offset, _)| *offset);
            let error = TextError::new(offset, "the volume has too many `:`");
            Err(error.with_help("a volume is `TARGET`, `SOURCE:TARGET` or `SOURCE:TARGET:OPTIONS`"))
        }
    }
}

/// A container path without `.`, `..`, doubled and trailing slashes; the long form needs it too.
pub(crate) fn clean_target(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|it| *it != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            _ => kept.push(part),
        }
    }
    match (rooted, kept.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

/// Splits at `:` outside `${…}`, except after the letter of a Windows drive.
fn sections(text: &str) -> Result<Vec<(usize, &str)>, TextError> {
    let mut sections = Vec::new();
    let mut start = 0;
    let mut variables = Vec::new();
    for (index, character) in text.char_indices() {
        match character {
            '$' if text[index..].starts_with("${") => variables.push(index),
            '}' => {
                variables.pop();
            }
            ':' if variables.is_empty() && !is_letter(&text[start..index]) => {
                sections.push((start, &text[start..index]));
                start = index + 1;
            }
            _ => {}
        }
    }
    if let Some(offset) = variables.first() {
        return Err(TextError::new(*offset, "`${` is never closed"));
    }
    sections.push((start, &text[start..]));
    Ok(sections)
}

fn spec(source: &str, target: &str, options: &str) -> VolumeSpec {
    let kind = if is_path(source) { VolumeKind::Bind } else { VolumeKind::Volume };
    let mut spec = VolumeSpec {
        kind,
        source: source.to_owned(),
        target: clean_target(target),
        read_only: false,
        nocopy: false,
        propagation: String::new(),
        selinux: String::new(),
        create_host_path: kind == VolumeKind::Bind,
        volume_section: kind == VolumeKind::Volume,
        drive_letter: drive_letter(source, target),
    };
    for option in options.split(',') {
        set_option(&mut spec, option);
    }
    spec
}

fn set_option(spec: &mut VolumeSpec, option: &str) {
    match option {
        "ro" => spec.read_only = true,
        "rw" => spec.read_only = false,
        "nocopy" => {
            spec.nocopy = true;
            spec.volume_section = true;
        }
        "z" | "Z" => option.clone_into(&mut spec.selinux),
        "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" => {
            option.clone_into(&mut spec.propagation);
        }
        // Compose takes any other word, such as `cached`, and does nothing with it.
        _ => {}
    }
}

fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~', '\\']) || starts_with_drive(source)
}

/// Whether the letter before the first `:` is more likely a volume's name than a drive.
fn drive_letter(source: &str, target: &str) -> bool {
    let first = if source.is_empty() { target } else { source };
    let names_a_place = target.starts_with('/') || starts_with_drive(target);
    starts_with_drive(first) && !first.contains('\\') && (source.is_empty() || !names_a_place)
}

fn starts_with_drive(text: &str) -> bool {
    text.split_once(':').is_some_and(|(drive, _)| is_letter(drive))
}

fn is_letter(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

fn empty_section(text: &str, offset: usize) -> TextError {
    let place = match offset {
        0 => "before the first `:`",
        _ if offset == text.len() => "after the last `:`",
        _ => "between two `:`",
    };
    let message = format!("nothing stands {place} of `{text}`");
    TextError::new(offset, message).with_help("a variable without a value leaves such a gap")
}

#[cfg(test)]
mod tests {
    use super::{VolumeKind, clean_target, parse_short};

    fn check(text: &str, kind: VolumeKind, source: &str, target: &str) {
        let spec = parse_short(text).unwrap();
        let found = (spec.kind, spec.source.as_str(), spec.target.as_str());
        assert_eq!(found, (kind, source, target), "{text}");
        assert_eq!(spec.create_host_path, kind == VolumeKind::Bind);
    }

    fn refuse(text: &str, offset: usize) {
        assert_eq!(parse_short(text).unwrap_err().offset, offset, "{text}");
    }

    #[test]
    fn paths_bind_and_names_are_volumes() {
        for source in [".", "./a", "../a", "/a", "~", "~/a", "\\\\pipe"] {
            check(&format!("{source}:/b"), VolumeKind::Bind, source, "/b");
        }
        check("cache:/b", VolumeKind::Volume, "cache", "/b");
        check("/b", VolumeKind::Volume, "", "/b");
        check("/", VolumeKind::Volume, "", "/");
    }

    #[test]
    fn colons_of_drives_and_variables_do_not_split() {
        check("D:\\a:E:\\b", VolumeKind::Bind, "D:\\a", "E:\\b");
        check("/a:/${B:-c:d}/e", VolumeKind::Bind, "/a", "/${B:-c:d}/e");
        refuse("/a:/b${c", 5);
    }

    #[test]
    fn options_are_read_and_unknown_ones_ignored() {
        let spec = parse_short("/a:/b:ro,Z,rslave,cached").unwrap();
        assert!(spec.read_only && !spec.nocopy && !spec.volume_section);
        assert_eq!((spec.selinux.as_str(), spec.propagation.as_str()), ("Z", "rslave"));
        let spec = parse_short("/a:/b:ro,rw,nocopy").unwrap();
        assert!(!spec.read_only && spec.nocopy && spec.volume_section);
    }

    #[test]
    fn a_one_letter_name_is_flagged_but_a_windows_path_is_not() {
        for text in ["n:/n", "n:/n:ro", "d:"] {
            assert!(parse_short(text).unwrap().drive_letter, "{text}");
        }
        for text in ["c:/a:/b", "C:\\a:/b", "C:\\a", "nn:/n", "/n:/n"] {
            assert!(!parse_short(text).unwrap().drive_letter, "{text}");
        }
    }

    #[test]
    fn gaps_and_too_many_parts_are_refused() {
        refuse("", 0);
        refuse(":/b", 0);
        refuse("/a::ro", 3);
        refuse("/a:/b:", 6);
        refuse("/a:/b:ro:x", 9);
    }

    #[test]
    fn targets_are_cleaned() {
        for (path, clean) in [
            ("/a//b/./c/", "/a/b/c"),
            ("/a/../../b", "/b"),
            ("a/../..", ".."),
            ("./", "."),
            ("/..", "/"),
            ("d:\\x", "d:\\x"),
            ("", ""),
        ] {
            assert_eq!(clean_target(path), clean, "{path}");
        }
    }
}
