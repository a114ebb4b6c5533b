//! Turns YAML into JSON as Kubernetes reads it, in one pass over the events of a parser: merge keys are
//! merged, keys become strings, and a key that is given twice is refused, as by kubectl.

mod keys;

use std::{borrow::Cow, collections::HashMap, rc::Rc};

use eks_aiml_networking::json;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};

use self::keys::{Keys, Open};
use crate::{
    located::{Located, Mark},
    position::{Fault, Position},
    scalar::Word,
};

/// Deeper than any object, and as deep as serde_json reads.
const DEEPEST: u32 = 127;
const TOO_DEEP: &str = "it is nested more than 127 levels deep";
/// The number of bytes that aliases may add to a document.
const ADDED: usize = 16 << 20;

/// Reads a document that begins after `lines_before` lines of its file; `None` if it is empty.
///
/// # Errors
/// If it is not YAML that Kubernetes reads; with the place of the error.
pub(crate) fn read(text: &str, lines_before: u32) -> Result<Option<Located<'static>>, Fault> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text).keep_tags(true),
        lines_before,
        out: String::with_capacity(text.len()),
        limit: text.len().saturating_mul(2).saturating_add(ADDED),
        // People mostly write one value per line.
        marks: Vec::with_capacity(text.len() / 24),
        anchors: HashMap::new(),
        keys: Keys::default(),
        depth: 0,
    };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(None),
            event => {
                reader.mark(span.start);
                reader.value(event, span)?;
                break;
            }
        }
    }
    while let Some(event) = reader.parser.next_event() {
        if let (Event::DocumentStart(_), span) = event.map_err(|error| reader.fault(&error))? {
            return Err(Fault::new(
                "another document begins without `---`",
                reader.position(span.start),
            ));
        }
    }
    let Reader { out, marks, .. } = reader;
    Ok((out != "null").then(|| Located::marked(out, marks)))
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    lines_before: u32,
    out: String,
    /// The maximum length of the output.
    limit: usize,
    marks: Vec<Mark>,
    anchors: HashMap<usize, Rc<Piece>>,
    keys: Keys,
    depth: u32,
}

/// A piece of JSON that is also used elsewhere.
struct Piece {
    json: String,
    marks: Vec<Mark>,
}

type Result<T, E = Fault> = std::result::Result<T, E>;

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span)> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.fault(&error)),
            None => Err(Fault::new("the file ends too early", Position::START)),
        }
    }

    fn fault(&self, error: &saphyr_parser::ScanError) -> Fault {
        // The parser limits the nesting of brackets too.
        let what = match error.info() {
            "recursion limit exceeded" => TOO_DEEP,
            what => what,
        };
        Fault::new(what, self.position(*error.marker()))
    }

    fn position(&self, marker: Marker) -> Position {
        let line = u32::try_from(marker.line()).unwrap_or(u32::MAX);
        let column = u32::try_from(marker.col()).unwrap_or(u32::MAX);
        Position { line: line.saturating_add(self.lines_before), column: column.saturating_add(1) }
    }

    /// Marks the place of the next value.
    fn mark(&mut self, marker: Marker) {
        let at = self.position(marker);
        self.mark_at(at);
    }

    fn mark_at(&mut self, at: Position) {
        self.marks.push(Mark { value: offset(self.out.len()), at });
    }

    fn value(&mut self, event: Event<'t>, span: Span) -> Result<()> {
        let (from, first) = (self.out.len(), self.marks.len());
        let anchor = match event {
            Event::Alias(anchor) => return self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, tag.as_deref());
                anchor
            }
            Event::SequenceStart(anchor, _) => {
                self.nested(span, Self::list)?;
                anchor
            }
            Event::MappingStart(anchor, _) => {
                self.nested(span, Self::map)?;
                anchor
            }
            _ => return Err(Fault::new("a value is missing", self.position(span.start))),
        };
        if anchor > 0 {
            let piece = self.piece(from, first);
            self.anchors.insert(anchor, Rc::new(piece));
        }
        if self.out.len() > self.limit {
            return Err(Fault::new("its aliases expand without end", self.position(span.start)));
        }
        Ok(())
    }

    /// The output from here on, as a piece that can be used elsewhere.
    fn piece(&self, from: usize, first: usize) -> Piece {
        let json = self.out.get(from..).unwrap_or_default().to_owned();
        let marks = self.marks.get(first..).unwrap_or_default().iter();
        let marks = marks.map(|mark| Mark { value: mark.value - offset(from), ..*mark }).collect();
        Piece { json, marks }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<()> {
        let Some(piece) = self.anchors.get(&anchor).map(Rc::clone) else {
            return Err(Fault::new(
                "an alias is inside the value that it names",
                self.position(span.start),
            ));
        };
        if self.out.len().saturating_add(piece.json.len()) > self.limit {
            return Err(Fault::new("its aliases expand without end", self.position(span.start)));
        }
        self.paste(&piece.json, 0, &piece.marks);
        Ok(())
    }

    /// Writes JSON that is at `from` in a piece with these marks.
    fn paste(&mut self, json: &str, from: usize, marks: &[Mark]) {
        let (here, from, to) = (offset(self.out.len()), offset(from), offset(from + json.len()));
        let within = marks.iter().filter(|mark| (from..to).contains(&mark.value));
        self.marks.extend(within.map(|mark| Mark { value: mark.value - from + here, ..*mark }));
        self.out.push_str(json);
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>) {
        match word(text, style, tag) {
            Word::Null => self.out.push_str("null"),
            Word::Flag(flag) => self.out.push_str(if flag { "true" } else { "false" }),
            Word::Number(number) => self.out.push_str(&number),
            Word::Text => json::write_string(&mut self.out, text),
        }
    }

    fn nested(&mut self, span: Span, inside: fn(&mut Self) -> Result<()>) -> Result<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(TOO_DEEP, self.position(span.start)));
        }
        inside(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self) -> Result<()> {
        self.out.push('[');
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                break;
            }
            if !self.out.ends_with('[') {
                self.out.push(',');
            }
            self.mark(span.start);
            self.value(event, span)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn map(&mut self) -> Result<()> {
        let (from, first) = (self.out.len(), self.marks.len());
        self.out.push('{');
        let mut open = self.keys.open();
        let (mut own, mut merges) = (0, Vec::new());
        loop {
            let (event, span) = self.next()?;
            let at = self.position(span.start);
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<" => {
                    merges.push(Merge { after: own, piece: self.merge_value()?, at });
                    continue;
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let key = key(text, style, tag.as_deref());
                    if anchor > 0 {
                        let piece = Piece { json: json::string(&key), marks: Vec::new() };
                        self.anchors.insert(anchor, Rc::new(piece));
                    }
                    key
                }
                Event::Alias(anchor) => self
                    .anchors
                    .get(&anchor)
                    .and_then(|piece| serde_json::from_str(&piece.json).ok())
                    .map_or(Cow::Borrowed(""), Cow::Owned),
                _ => {
                    return Err(Fault::new("a key must be a string; render a template first", at));
                }
            };
            if let Some(before) = self.key(&key, at, &mut open) {
                let (key, line) = (json::string(&key), before.line);
                let what = format!("the key {key} is already on line {line}");
                return Err(Fault::new(what, at));
            }
            own += 1;
            self.mark_at(at);
            let (event, span) = self.next()?;
            self.value(event, span)?;
        }
        self.keys.close(&open);
        self.out.push('}');
        if merges.is_empty() {
            return Ok(());
        }
        let written = self.piece(from, first);
        self.out.truncate(from);
        self.marks.truncate(first);
        self.merge(&written, &merges)
    }

    /// Writes a key, unless the object already has it; then returns the place of the first.
    fn key(&mut self, key: &str, at: Position, open: &mut Open) -> Option<Position> {
        let start = self.out.len();
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        let from = self.out.len();
        json::write_string(&mut self.out, key);
        let twice = self.keys.add(open, &self.out, from, at);
        if twice.is_some() {
            self.out.truncate(start);
        } else {
            self.out.push(':');
        }
        twice
    }

    /// Reads the value of a merge key: it is written, then removed from the output.
    fn merge_value(&mut self) -> Result<Piece> {
        let (from, first) = (self.out.len(), self.marks.len());
        let (event, span) = self.next()?;
        self.value(event, span)?;
        let piece = self.piece(from, first);
        self.out.truncate(from);
        self.marks.truncate(first);
        Ok(piece)
    }

    /// Writes an object together with what is merged into it. As in kubectl, the order in the text decides
    /// for merged members too: a later member replaces an earlier one.
    fn merge(&mut self, written: &Piece, merges: &[Merge]) -> Result<()> {
        let mut members: Vec<Pasted<'_>> = Vec::new();
        let mut put = |key: Cow<'_, str>, value, piece| {
            let key = key.into_owned();
            match members.iter_mut().find(|(known, ..)| *known == key) {
                Some(known) => (known.1, known.2) = (value, piece),
                None => members.push((key, value, piece)),
            }
        };
        let mut merges = merges.iter().peekable();
        let own = json::members(&written.json);
        for (index, member) in own.into_iter().map(Some).chain([None]).enumerate() {
            while let Some(merge) = merges.next_if(|merge| merge.after <= index) {
                for (key, value) in merge.members()? {
                    put(key, value, &merge.piece);
                }
            }
            if let Some((key, value)) = member {
                put(key, value, written);
            }
        }
        self.out.push('{');
        for (key, value, piece) in members {
            if !self.out.ends_with('{') {
                self.out.push(',');
            }
            json::write_string(&mut self.out, &key);
            self.out.push(':');
            let from = (value.as_ptr() as usize).saturating_sub(piece.json.as_ptr() as usize);
            self.paste(value, from, &piece.marks);
            if self.out.len() > self.limit {
                return Err(Fault::new("its aliases expand without end", Position::START));
            }
        }
        self.out.push('}');
        Ok(())
    }
}

/// A key, its value, and the piece that contains the value.
type Pasted<'p> = (String, &'p str, &'p Piece);

/// A piece that is merged into an object.
struct Merge {
    /// The number of the object's members before it.
    after: usize,
    piece: Piece,
    at: Position,
}

impl Merge {
    /// The members of an object, or of the objects in a list, of which earlier ones win.
    fn members(&self) -> Result<Vec<(Cow<'_, str>, &str)>> {
        let json = &*self.piece.json;
        let maps = match json.as_bytes().first() {
            Some(b'{') => vec![json],
            Some(b'[') => json::members(json).into_iter().rev().map(|(_, map)| map).collect(),
            _ => vec![""],
        };
        if maps.iter().any(|map| !map.starts_with('{')) {
            return Err(Fault::new("`<<` can only merge mappings", self.at));
        }
        Ok(maps.into_iter().flat_map(json::members).collect())
    }
}

fn offset(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Resolves a scalar; in quotes or with a tag of its own, it is a string.
fn word<'w>(text: &'w str, style: ScalarStyle, tag: Option<&Tag>) -> Word<'w> {
    let is_plain = match tag {
        None => style == ScalarStyle::Plain,
        Some(tag) => {
            tag.is_yaml_core_schema() && matches!(&*tag.suffix, "null" | "bool" | "int" | "float")
        }
    };
    if is_plain { Word::of(text) } else { Word::Text }
}

/// A key as the string it becomes.
fn key<'k>(text: Cow<'k, str>, style: ScalarStyle, tag: Option<&Tag>) -> Cow<'k, str> {
    match word(&text, style, tag) {
        Word::Text => text,
        Word::Null => Cow::Borrowed("null"),
        Word::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        Word::Number(number) => Cow::Owned(number.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn json(text: &str) -> String {
        read(text, 0).unwrap().map_or_else(String::new, |read| read.json().to_owned())
    }

    #[rstest]
    #[case::merge_keys(
        "a: &a {x: 1, z: 1}\nb: {<<: *a, z: 2}",
        r#"{"a":{"x":1,"z":1},"b":{"x":1,"z":2}}"#
    )]
    #[case::merged_from_several(
        "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b]}",
        r#"{"a":{"x":1},"b":{"x":2,"z":3},"c":{"x":1,"z":3}}"#
    )]
    #[case::keys_that_are_no_strings(
        "{1: a, true: b, yes_: c}",
        r#"{"1":"a","true":"b","yes_":"c"}"#
    )]
    #[case::merged_over_what_stands_before(
        "a: &a {x: 1, z: 1}\nb: {x: 2, <<: *a, z: 3}",
        r#"{"a":{"x":1,"z":1},"b":{"x":1,"z":3}}"#
    )]
    #[case::merged_twice(
        "a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: *a, <<: *b}",
        r#"{"a":{"x":1},"b":{"x":2},"c":{"x":2}}"#
    )]
    #[case::tags("a: !Ref b\nc: !!str yes\nd: !!int \"3\"", r#"{"a":"b","c":"yes","d":3}"#)]
    #[case::a_merge_key_in_quotes("{a: 1, '<<': 2}", r#"{"a":1,"<<":2}"#)]
    #[case::words(
        "{a: [yes, \"yes\", 0777, 1_000, ~, ''], on: 1}",
        r#"{"a":[true,"yes",511,1000,null,""],"true":1}"#
    )]
    #[case::aliases("a: &a [1]\nb: [*a, *a]", r#"{"a":[1],"b":[[1],[1]]}"#)]
    #[case::an_alias_as_a_key("a: &a x\n*a : 1", r#"{"a":"x","x":1}"#)]
    #[case::blocks("a: |\n  b\n  c\nd: >-\n  e\n  f\n", r#"{"a":"b\nc\n","d":"e f"}"#)]
    #[case::nothing("# only this\n---\n", "")]
    fn becomes_json(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(json(text), expected);
    }

    #[rstest]
    #[case::two_keys("a: 1\nb: 2\na: 3\n", "the key \"a\" is already on line 1 at line 3 column 1")]
    #[case::two_words_of_a_key(
        "{yes: 1, on: 2}",
        "the key \"true\" is already on line 1 at line 1 column 10"
    )]
    #[case::a_template(
        "a: {{ .Values.a }}",
        "a key must be a string; render a template first at line 1 column 5"
    )]
    #[case::an_alias_of_itself(
        "a: &a\n  b: *a\n",
        "an alias is inside the value that it names at line 2 column 6"
    )]
    #[case::no_map_to_merge("a: {<<: 1}", "`<<` can only merge mappings at line 1 column 5")]
    #[case::no_yaml(
        "a: 1\nb: yes: no",
        "mapping values are not allowed in this context at line 2 column 7"
    )]
    fn is_a_fault(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read(text, 0).unwrap_err().to_string(), expected);
    }

    #[test]
    fn depth_and_aliases_have_an_end() {
        let deep = "[".repeat(20_000);
        assert_eq!(read(&deep, 0).unwrap_err().what, "it is nested more than 127 levels deep");
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..10 {
            let before = format!("*a{},", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert_eq!(read(&bomb, 0).unwrap_err().what, "its aliases expand without end");
    }

    #[test]
    fn many_keys_are_told_apart() {
        let text: String = (0..40).map(|index| format!("k{index}: {index}\n")).collect();
        assert_eq!(json(&text).matches("\"k").count(), 40);
        let fault = read(&(text + "k3: 1\n"), 2).unwrap_err();
        assert_eq!(fault.to_string(), "the key \"k3\" is already on line 6 at line 43 column 1");
    }
}
