//! Makes one change, in the text only.

use json_patch::PatchOperation;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{
    Uneditable, Why,
    tree::{Kind, Member, Node, Style, dash_before},
    write::{self, Language},
};
use crate::documents::Form;

/// A text to be changed.
pub(super) struct Splice<'t> {
    text: &'t str,
    root: Node,
    language: Language,
}

type Result<T> = std::result::Result<T, Uneditable>;

impl<'t> Splice<'t> {
    /// Takes a text that is a single document.
    pub(super) fn new(text: &'t str, form: Form) -> Option<Self> {
        let inner = text.strip_prefix("---").unwrap_or(text);
        let is_json = || serde_json::from_str::<IgnoredAny>(inner).is_ok();
        let language = match form {
            Form::Json => Language::Json,
            // A document between two `---` can be JSON as well.
            Form::Yaml if is_json() => Language::Json,
            Form::Yaml => Language::Yaml,
        };
        Some(Self { text, root: Node::read(text)?, language })
    }

    /// Returns the text with a change.
    pub(super) fn operation(&self, operation: &PatchOperation) -> Result<String> {
        let path = operation.path();
        let tokens: Vec<String> = path.tokens().map(|token| token.decoded().into_owned()).collect();
        let failed = |why| Uneditable { pointer: path.to_string(), why };
        let (key, way) = tokens.split_last().ok_or_else(|| failed(Why::Hard))?;
        let (mut parent, mut holder) = (&self.root, None);
        for token in way {
            holder = self.holder(parent, token);
            parent = self.child(parent, token).ok_or_else(|| failed(Why::Shared))?;
        }
        if matches!(parent.kind, Kind::Alias) {
            return Err(failed(Why::Shared));
        }
        let done = match operation {
            PatchOperation::Add(add) => match self.child(parent, key) {
                Some(old) if matches!(parent.kind, Kind::Map { .. }) => {
                    self.replaced(parent, key, old, &add.value)
                }
                _ => self.added(parent, key, &add.value),
            },
            PatchOperation::Replace(replace) => match self.child(parent, key) {
                Some(old) => self.replaced(parent, key, old, &replace.value),
                // The mapping's own key, after all others, overrides what is merged into it.
                None if self.child(parent, "<<").is_some() => {
                    self.added(parent, key, &replace.value)
                }
                None => None,
            },
            PatchOperation::Remove(_) => self.removed(parent, key, holder),
            PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => None,
        };
        done.ok_or_else(|| failed(Why::Hard))
    }

    fn child<'n>(&self, parent: &'n Node, key: &str) -> Option<&'n Node> {
        match &parent.kind {
            Kind::Map { members, .. } => member(members, key).map(|member| &member.value),
            Kind::List { items, .. } => items.get(key.parse::<usize>().ok()?),
            Kind::Scalar(_) | Kind::Alias => None,
        }
    }

    fn with(&self, from: usize, to: usize, by: &str) -> Option<String> {
        let (before, after) = (self.text.get(..from)?, self.text.get(to..)?);
        Some([before, by, after].concat())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// The end of the line that contains `at`, after its newline.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The end of the key or the dash of a part.
    fn holder(&self, parent: &Node, key: &str) -> Option<usize> {
        match &parent.kind {
            Kind::Map { members, .. } => self.colon(member(members, key)?),
            Kind::List { items, .. } => {
                let item = items.get(key.parse::<usize>().ok()?)?;
                dash_before(self.text, item.span.start).map(|dash| dash + 1)
            }
            Kind::Scalar(_) | Kind::Alias => None,
        }
    }

    /// The position after the colon of a member.
    fn colon(&self, member: &Member) -> Option<usize> {
        let end = member.key_span.end;
        self.text.get(end..)?.find(':').map(|colon| end + colon + 1)
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Joins lines, each indented to this column.
    fn block(&self, lines: &[String], column: usize) -> String {
        let pad = " ".repeat(column);
        lines.iter().flat_map(|line| [&pad, line, self.newline()]).collect()
    }

    fn replaced(&self, parent: &Node, key: &str, old: &Node, value: &Value) -> Option<String> {
        let is_scalar = !value.is_object() && !value.is_array();
        match old.kind {
            Kind::Alias => None,
            Kind::Scalar(Style::Plain | Style::Single | Style::Double) if is_scalar => {
                self.with(old.span.start, old.span.end, &self.scalar(old, value))
            }
            _ if parent.is_flow() && old.kind_is_whole() => {
                self.with(old.span.start, old.span.end, &write::line(value, self.language))
            }
            _ => self.replaced_member(parent, key, old, value),
        }
    }

    /// Writes a scalar in the quotes of the old one.
    fn scalar(&self, old: &Node, value: &Value) -> String {
        match (value, &old.kind) {
            (Value::String(text), Kind::Scalar(Style::Single)) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            (Value::String(text), Kind::Scalar(Style::Double)) => {
                Value::from(text.as_str()).to_string()
            }
            _ => write::line(value, self.language),
        }
    }

    /// Rewrites a member of a block, after its key.
    fn replaced_member(
        &self,
        parent: &Node,
        key: &str,
        old: &Node,
        value: &Value,
    ) -> Option<String> {
        let Kind::Map { members, is_flow: false } = &parent.kind else {
            return self.replaced_item(parent, old, value);
        };
        let member = member(members, key)?;
        let colon = self.colon(member)?;
        let lines = write::block_member(key, value);
        let (_, more) = lines.split_first()?;
        let column = member.key_span.start - self.line_start(member.key_span.start);
        let is_empty = matches!(old.kind, Kind::Scalar(Style::Empty));
        let end = if is_empty { colon } else { old.end() };
        if more.is_empty() {
            let inline = write::line(value, self.language);
            return self.with(colon, end, &format!(" {inline}"));
        }
        // Whatever follows a word on its line, for example a comment, stays after the key.
        let rest_to = self.line_end(end);
        let is_word = matches!(old.kind, Kind::Scalar(_));
        let rest = if is_word { self.text.get(end..rest_to)?.trim_end() } else { "" };
        let block = self.block(more, column);
        self.with(colon, rest_to, &[rest, self.newline(), &block].concat())
    }

    /// Rewrites an item of a block, from its dash on.
    fn replaced_item(&self, parent: &Node, old: &Node, value: &Value) -> Option<String> {
        let (first, column) = (old.span.start, self.column(parent, old.span.start)?);
        let dash = dash_before(self.text, first)?;
        let to = self.line_end(old.end());
        let block = self.block(&write::block_item(value), column);
        self.with(dash, to, block.get(column..)?)
    }

    fn added(&self, parent: &Node, key: &str, value: &Value) -> Option<String> {
        let parts = parent.parts();
        let place = match &parent.kind {
            Kind::List { items, .. } if key != "-" => key.parse::<usize>().ok()?.min(items.len()),
            Kind::Map { .. } | Kind::List { .. } => parts.len(),
            Kind::Scalar(_) | Kind::Alias => return None,
        };
        if parent.is_flow() {
            return self.added_in_brackets(parent, place, key, value);
        }
        let lines = match parent.kind {
            Kind::Map { .. } => write::block_member(key, value),
            _ => write::block_item(value),
        };
        let first = parts.first()?;
        let column = self.column(parent, first.start)?;
        let block = self.block(&lines, column);
        match parts.get(place) {
            Some(next) => {
                let start = self.line_start(next.start);
                // If something precedes the member on its line, there is no line to insert before.
                let lead = self.text.get(start..start + column)?;
                lead.trim_ascii().is_empty().then(|| self.with(start, start, &block))?
            }
            None => {
                let at = self.line_end(parts.last()?.end);
                let ends = self.text.get(..at)?.ends_with('\n');
                let newline = if ends { "" } else { self.newline() };
                self.with(at, at, &[newline, &block].concat())
            }
        }
    }

    /// The column of a block's parts; for a list, of their dashes.
    fn column(&self, parent: &Node, first: usize) -> Option<usize> {
        let start = self.line_start(first);
        let lead = self.text.get(start..first)?;
        match parent.kind {
            Kind::List { .. } => {
                let dash = dash_before(self.text, first)?;
                Some(dash - self.line_start(dash))
            }
            _ => Some(lead.chars().count()),
        }
    }

    fn added_in_brackets(
        &self,
        parent: &Node,
        place: usize,
        key: &str,
        value: &Value,
    ) -> Option<String> {
        let parts = parent.parts();
        let inner = match parent.kind {
            Kind::Map { .. } => write::member(key, value, self.language),
            _ => write::line(value, self.language),
        };
        let (open, close) = (parent.span.start + 1, parent.span.end - 1);
        let Some(last) = parts.last() else { return self.with(open, close, &inner) };
        match parts.get(place) {
            Some(next) => self.with(next.start, next.start, &format!("{inner}, ")),
            None => {
                let behind = self.text.get(last.end..close)?;
                let comma = behind.trim_start().starts_with(',');
                let Some(newline) = behind.find('\n') else {
                    let at = if comma { last.end + behind.find(',')? + 1 } else { last.end };
                    let separator = if comma { " " } else { ", " };
                    return self.with(at, at, &[separator, &inner].concat());
                };
                // One line for each, as people write JSON; a comment on the last stays with it.
                let start = self.line_start(last.start);
                let lead = self.text.get(start..last.start)?;
                let pad: String = lead.chars().take_while(|c| c.is_whitespace()).collect();
                let said = behind.get(..newline)?.trim_end_matches('\r');
                let (before, after) = if comma { ("", ",") } else { (",", "") };
                let line = [before, said, self.newline(), &pad, &inner, after].concat();
                self.with(last.end, last.end + said.len(), &line)
            }
        }
    }

    fn removed(&self, parent: &Node, key: &str, holder: Option<usize>) -> Option<String> {
        let parts = parent.parts();
        let place = match &parent.kind {
            Kind::Map { members, .. } => members.iter().rposition(|member| member.key == key)?,
            Kind::List { .. } => key.parse().ok()?,
            Kind::Scalar(_) | Kind::Alias => return None,
        };
        let gone = parts.get(place)?;
        let empty = if matches!(parent.kind, Kind::Map { .. }) { "{}" } else { "[]" };
        if parent.is_flow() {
            return match (
                place.checked_sub(1).and_then(|before| parts.get(before)),
                parts.get(place + 1),
            ) {
                (Some(before), _) => self.with(before.end, gone.end, ""),
                (None, Some(next)) => self.with(gone.start, next.start, ""),
                (None, None) => self.with(parent.span.start, parent.span.end, empty),
            };
        }
        let start = self.line_start(gone.start);
        let column = self.column(parent, gone.start)?;
        let stands_alone = self.text.get(start..start + column)?.trim_ascii().is_empty();
        if parts.len() == 1 {
            return match (stands_alone, holder) {
                // After the dash of the list that contains it.
                (false, _) => {
                    let is_list = matches!(parent.kind, Kind::List { .. });
                    let dash = dash_before(self.text, gone.start).filter(|_| is_list);
                    self.with(dash.unwrap_or(gone.start), gone.end, empty)
                }
                // On the line of its key or of its dash.
                (true, Some(holder)) => {
                    let lines = self.text.get(holder..start)?;
                    let to = self.line_end(gone.end);
                    self.with(holder, to, &[" ", empty, lines].concat())
                }
                (true, None) => {
                    let line = [empty, self.newline()].concat();
                    self.with(start, self.line_end(gone.end), &line)
                }
            };
        }
        if stands_alone {
            return self.with(start, self.line_end(gone.end), "");
        }
        // The first member of a list's item follows the dash.
        self.with(gone.start, parts.get(place + 1)?.start, "")
    }
}

impl Node {
    /// `true` if its span covers all of it.
    fn kind_is_whole(&self) -> bool {
        self.is_flow()
            || matches!(self.kind, Kind::Scalar(Style::Plain | Style::Single | Style::Double))
    }
}

fn member<'m>(members: &'m [Member], key: &str) -> Option<&'m Member> {
    members.iter().rfind(|member| member.key == key)
}
