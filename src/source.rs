//! The texts of one run and places in them: a byte range becomes file, line and column.

/// Which of the [`Sources`] a span lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A byte range in one source file. `Copy`, 12 bytes, so that every node of a tree can carry one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    file: FileId,
    start: u32,
    end: u32,
}

impl Span {
    /// A place of no file, for values that no file holds (a default, an option of the command line).
    pub const DETACHED: Self = Self { file: FileId(u32::MAX), start: 0, end: 0 };

    /// The bytes `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The file this span lies in, or `None` when it is detached.
    pub fn file(self) -> Option<FileId> {
        (self.file != Self::DETACHED.file).then_some(self.file)
    }

    /// The byte range in the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether two spans share a byte of one file.
    pub fn touches(self, other: Self) -> bool {
        self.file == other.file && self.start < other.end && other.start < self.end
    }

    /// The span of `length` bytes that starts `offset` bytes into this one, kept inside of it.
    #[must_use]
    pub fn part(self, offset: usize, length: usize) -> Self {
        let start = (self.start as usize + offset).min(self.end as usize);
        Self::new(self.file, start, (start + length).min(self.end as usize))
    }
}

/// A value and the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value itself.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: convert(self.value), span: self.span }
    }
}

/// A place as people read it: lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path as the user would write it.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// One text that was read.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as the user would write it.
    pub path: String,
    /// The whole text.
    pub text: String,
    line_starts: Vec<usize>,
}

/// All texts of one run, in the order they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    covered: Vec<Span>,
}

impl Sources {
    /// Keeps a text and gives the id that spans into it carry; a file that was read before keeps its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let (path, text) = (path.into(), text.into());
        let known = self.files.iter().position(|it| it.path == path && it.text == text);
        if let Some(known) = known {
            return FileId(u32::try_from(known).expect("fewer than 2^32 files in a run"));
        }
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.files.push(SourceFile { path, text, line_starts });
        FileId(u32::try_from(self.files.len() - 1).expect("fewer than 2^32 files in a run"))
    }

    /// Marks a place whose text is secret and is never quoted.
    pub(crate) fn cover(&mut self, span: Span) {
        self.covered.push(span);
    }

    /// All places that are never quoted.
    pub(crate) fn covered(&self) -> &[Span] {
        &self.covered
    }

    /// The file behind an id.
    pub fn get(&self, file: FileId) -> &SourceFile {
        &self.files[file.0 as usize]
    }

    /// The start of a span as path, line and column; `None` when it is detached.
    pub fn locate(&self, span: Span) -> Option<Location> {
        let file = self.get(span.file()?);
        let start = floor_boundary(&file.text, span.range().start);
        let line = file.line_starts.partition_point(|it| *it <= start);
        let column = file.text[file.line_starts[line - 1]..start].chars().count() + 1;
        Some(Location { path: file.path.clone(), line, column })
    }
}

/// The nearest character boundary at or before `offset`, at most the end of the text.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut boundary = offset.min(text.len());
    while !text.is_char_boundary(boundary) {
        boundary -= 1;
    }
    boundary
}

#[cfg(test)]
mod tests {
    use super::{Sources, Span};

    #[test]
    fn a_column_counts_characters_and_survives_any_offset() {
        let mut sources = Sources::default();
        let file = sources.add("a.yml", "é: 1\nb: é\n");
        let cases = [
            (0, "a.yml:1:1"),
            (4, "a.yml:1:4"),
            (6, "a.yml:2:1"),
            (10, "a.yml:2:4"),
            (900, "a.yml:3:1"),
        ];
        for (offset, expected) in cases {
            let place = sources.locate(Span::new(file, offset, offset + 1)).unwrap();
            assert_eq!(place.to_string(), expected, "offset {offset}");
        }
        assert_eq!(sources.locate(Span::DETACHED), None);
    }
}
