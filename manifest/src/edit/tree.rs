//! A parsed document with the byte range of each part.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

/// A value and its place.
#[derive(Debug)]
pub(super) struct Node {
    /// Its place, without what follows it on its line. For a block, from its first member on.
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

/// The kinds of values.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Style),
    /// A reference to a value elsewhere.
    Alias,
    List {
        is_flow: bool,
        items: Vec<Node>,
    },
    Map {
        is_flow: bool,
        members: Vec<Member>,
    },
}

/// The ways to write a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Not at all: an empty value is null.
    Empty,
    Plain,
    Single,
    Double,
    /// `|` or `>`
    Block,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node,
}

impl Node {
    /// Reads a text that is one document; `None` if it is not one, or has keys that are not strings.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_ascii = text.is_ascii();
        let mut bytes: Vec<usize> = match is_ascii {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at).collect(),
        };
        bytes.push(text.len());
        let mut reader =
            Reader { text, bytes, is_ascii, parser: Parser::new_from_str(text).keep_tags(true) };
        loop {
            let (event, span) = reader.next()?;
            if !matches!(event, Event::StreamStart | Event::DocumentStart(_)) {
                return reader.node(event, span, 0);
            }
        }
    }

    /// The end of the last scalar in it.
    pub(super) fn end(&self) -> usize {
        match &self.kind {
            Kind::List { is_flow: false, items } => items.last().map_or(self.span.end, Self::end),
            Kind::Map { is_flow: false, members } => {
                members.last().map_or(self.span.end, |member| member.value.end())
            }
            _ => self.span.end,
        }
    }

    /// `true` if it is in brackets; then all its parts are too.
    pub(super) fn is_flow(&self) -> bool {
        matches!(self.kind, Kind::List { is_flow: true, .. } | Kind::Map { is_flow: true, .. })
    }

    /// The ranges of its parts.
    pub(super) fn parts(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::List { items, .. } => {
                items.iter().map(|item| item.span.start..item.end()).collect()
            }
            Kind::Map { members, .. } => members
                .iter()
                .map(|member| member.key_span.start..member.value.end().max(member.key_span.end))
                .collect(),
            Kind::Scalar(_) | Kind::Alias => Vec::new(),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    /// The byte offset of each character, if not all characters are single bytes.
    bytes: Vec<usize>,
    is_ascii: bool,
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<(Event<'t>, Range<usize>)> {
        let (event, span) = self.parser.next_event()?.ok()?;
        Some((event, self.range(span)))
    }

    fn range(&self, span: Span) -> Range<usize> {
        let byte = |index: usize| match self.is_ascii {
            true => index.min(self.text.len()),
            false => self.bytes.get(index).copied().unwrap_or(self.text.len()),
        };
        byte(span.start.index())..byte(span.end.index())
    }

    /// Reads the value that begins with an event; `after` is where its key ends.
    fn node(&mut self, event: Event<'t>, span: Range<usize>, after: usize) -> Option<Node> {
        match event {
            Event::Alias(_) => Some(Node { span, kind: Kind::Alias }),
            Event::Scalar(value, style, ..) => Some(self.scalar(&value, style, span, after)),
            Event::SequenceStart(..) => {
                let is_flow = self.text.get(span.clone())?.trim_end().ends_with('[');
                let mut items = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::SequenceEnd, span) => break span.start,
                        (event, span) => {
                            let from = span.start;
                            items.push(self.node(event, span, from)?);
                        }
                    }
                };
                // The span of a block begins with its first dash.
                let first = items.first().map(|item| item.span.start);
                let first = first.map(|first| dash_before(self.text, first).unwrap_or(first));
                let span = self.nested(is_flow, span, first, end);
                Some(Node { span, kind: Kind::List { is_flow, items } })
            }
            Event::MappingStart(..) => {
                let is_flow = self.text.get(span.clone())?.trim_end().ends_with('{');
                let mut members = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::MappingEnd, span) => break span.start,
                        (Event::Scalar(key, style, ..), span) => {
                            let Node { span: key_span, .. } =
                                self.scalar(&key, style, span.clone(), span.start);
                            let (event, span) = self.next()?;
                            let value = self.node(event, span, key_span.end)?;
                            members.push(Member { key: key.into_owned(), key_span, value });
                        }
                        _ => return None,
                    }
                };
                let first = members.first().map(|member| member.key_span.start);
                let span = self.nested(is_flow, span, first, end);
                Some(Node { span, kind: Kind::Map { is_flow, members } })
            }
            _ => None,
        }
    }

    fn nested(
        &self,
        is_flow: bool,
        start: Range<usize>,
        first: Option<usize>,
        end: usize,
    ) -> Range<usize> {
        let open = self.text.get(start.clone()).unwrap_or_default().trim_end().len();
        match is_flow {
            true => (start.start + open).saturating_sub(1)..(end + 1).min(self.text.len()),
            false => first.unwrap_or(start.end)..end,
        }
    }

    /// Reads a scalar, without the tag or anchor before it and the comment after it.
    fn scalar(&self, value: &str, style: ScalarStyle, span: Range<usize>, after: usize) -> Node {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let quoted = |quote: char, style| {
            let start = span.start + text.find(quote).unwrap_or_default();
            let length = quoted_length(self.text.get(start..).unwrap_or_default(), quote);
            Node { span: start..start + length, kind: Kind::Scalar(style) }
        };
        match style {
            ScalarStyle::SingleQuoted => quoted('\'', Style::Single),
            ScalarStyle::DoubleQuoted => quoted('"', Style::Double),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let end = span.start + text.trim_end().len();
                Node { span: span.start..end, kind: Kind::Scalar(Style::Block) }
            }
            ScalarStyle::Plain if value.is_empty() => {
                Node { span: after..after, kind: Kind::Scalar(Style::Empty) }
            }
            ScalarStyle::Plain => {
                let text = text.trim_end();
                // Skips a tag or an anchor before the word.
                let word = value.split(char::is_whitespace).next().unwrap_or_default();
                let start = if text.starts_with(['!', '&']) {
                    text.rfind(word).unwrap_or_default()
                } else {
                    0
                };
                Node {
                    span: span.start + start..span.start + text.len(),
                    kind: Kind::Scalar(Style::Plain),
                }
            }
        }
    }
}

/// The position of the dash of a block item that begins here: before it on its line, or on a line above
/// that has nothing else but a comment.
pub(super) fn dash_before(text: &str, item: usize) -> Option<usize> {
    let start = text.get(..item)?.rfind('\n').map_or(0, |newline| newline + 1);
    let lead = text.get(start..item)?;
    if let Some(dash) = lead.rfind('-') {
        return Some(start + dash);
    }
    let mut end = start;
    while end > 0 {
        let start = text.get(..end - 1)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(start..end)?;
        let said = line.split('#').next().unwrap_or_default().trim_end();
        if !said.is_empty() {
            return said.ends_with('-').then_some(start + said.len() - 1);
        }
        end = start;
    }
    None
}

/// The length of the quoted text that begins here.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => {
                chars.next();
            }
            '\'' if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                chars.next();
            }
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
