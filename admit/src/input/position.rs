//! Where in a file a JSON Pointer points: lines and columns, from the spans of a YAML parser. JSON
//! is read as YAML, of which it is a part.

use std::{collections::HashMap, rc::Rc};

use saphyr_parser::{Event, Marker, Parser, Span, StrInput};

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// The positions of all that a document holds. Where the parser stops at a fault, those before it.
#[derive(Debug)]
pub struct Positions {
    start: Position,
    root: Rc<Node>,
}

/// A child and where it begins: a member at its key, an item at its value.
type Child = (Position, Rc<Node>);

#[derive(Debug)]
enum Node {
    /// A scalar, or what is not known.
    Leaf,
    List(Vec<Child>),
    Map(Vec<(String, Child)>),
}

impl Node {
    /// A member or an item. Of two equal keys the last one counts, and what stands in the mapping
    /// itself before what is merged into it.
    fn child(&self, segment: &str) -> Option<&Child> {
        match self {
            Self::Leaf => None,
            Self::List(items) => items.get(segment.parse::<usize>().ok()?),
            Self::Map(members) => {
                let named = |name| members.iter().rfind(move |(key, _)| key == name);
                let merged = || match &*named("<<")?.1.1 {
                    Self::List(maps) => maps.iter().find_map(|(_, map)| map.child(segment)),
                    map => map.child(segment),
                };
                named(segment).map(|(_, child)| child).or_else(merged)
            }
        }
    }
}

impl Positions {
    /// Reads the positions in a document that begins after so many lines of its file.
    pub fn read(text: &str, lines_before: u32) -> Self {
        let mut builder =
            Builder { parser: Parser::new_from_str(text), lines_before, anchors: HashMap::new() };
        loop {
            match builder.next() {
                Some((Event::StreamStart | Event::DocumentStart(_), _)) => {}
                Some((event, span)) => {
                    let (start, root) = builder.child(event, span);
                    return Self { start, root };
                }
                None => {
                    let start = Position { line: lines_before.saturating_add(1), column: 1 };
                    return Self { start, root: Rc::new(Node::Leaf) };
                }
            }
        }
    }

    /// Where a pointer points; where what it names is absent, its nearest ancestor that is there.
    pub fn find(&self, pointer: &str) -> Position {
        let mut at = self.start;
        let mut node = &self.root;
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let Some(child) = node.child(&segment) else { break };
            (at, node) = (child.0, &child.1);
        }
        at
    }
}

struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    lines_before: u32,
    anchors: HashMap<usize, Rc<Node>>,
}

impl<'t> Builder<'t> {
    /// The next event; nothing at the end, or from a fault on.
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        self.parser.next_event()?.ok()
    }

    fn child(&mut self, event: Event<'t>, span: Span) -> Child {
        let at = self.position(span.start);
        let (node, anchor) = match event {
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                return (at, node.unwrap_or_else(|| Rc::new(Node::Leaf)));
            }
            Event::SequenceStart(anchor, _) => (self.list(), anchor),
            Event::MappingStart(anchor, _) => (self.map(), anchor),
            Event::Scalar(_, _, anchor, _) => (Node::Leaf, anchor),
            _ => (Node::Leaf, 0),
        };
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        (at, node)
    }

    fn list(&mut self) -> Node {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next() {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.child(event, span));
        }
        Node::List(items)
    }

    fn map(&mut self) -> Node {
        let mut members = Vec::new();
        while let Some((event, span)) = self.next() {
            let key = match &event {
                Event::MappingEnd => break,
                Event::Scalar(key, ..) => key.clone().into_owned(),
                // No key that a pointer can name.
                _ => String::new(),
            };
            let (at, _) = self.child(event, span);
            let node = match self.next() {
                Some((event, span)) => self.child(event, span).1,
                None => Rc::new(Node::Leaf),
            };
            members.push((key, (at, node)));
        }
        Node::Map(members)
    }

    fn position(&self, marker: Marker) -> Position {
        let line = u32::try_from(marker.line()).unwrap_or(u32::MAX);
        let column = u32::try_from(marker.col()).unwrap_or(u32::MAX);
        Position { line: line.saturating_add(self.lines_before), column: column.saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const BLOCK: &str = "\
# a comment
apiVersion: v1
spec:
  # another
  containers:
  - name: a
    env:
    - name: X
      value: |
        several
        lines
    - {name: Y, value: 'y'}
  -
    name: b
  nodeSelector:
    \"karpenter.k8s.aws/instance-family\": p5
    'quoted~key': x
";
    const ALIASES: &str = "\
base: &base
  cpu: 1
  memory: 1Gi
more: &more {gpu: 8}
requests:
  <<: [*base, *more]
  cpu: 2
limits: *base
list: &l [a, *base]
again: *l
";
    const JSON: &str = "{\n\t\"kind\": \"Pod\",\n\t\"a\\/b\": {\"c\": [1, {\"d\\u0065\": \"\\u00e9\"}]},\n\t\"e\": 1\n}\n";

    #[rstest]
    #[case::the_document_itself(BLOCK, "", 2, 1)]
    #[case::a_member_at_its_key(BLOCK, "/spec", 3, 1)]
    #[case::a_list_at_its_key(BLOCK, "/spec/containers", 5, 3)]
    #[case::an_item_after_its_dash(BLOCK, "/spec/containers/0", 6, 5)]
    #[case::an_item_on_the_next_line(BLOCK, "/spec/containers/1", 14, 5)]
    #[case::in_the_second_item(BLOCK, "/spec/containers/1/name", 14, 5)]
    #[case::a_block_scalar_at_its_key(BLOCK, "/spec/containers/0/env/0/value", 9, 7)]
    #[case::flow_style(BLOCK, "/spec/containers/0/env/1/value", 12, 17)]
    #[case::a_key_in_double_quotes(
        BLOCK,
        "/spec/nodeSelector/karpenter.k8s.aws~1instance-family",
        16,
        5
    )]
    #[case::a_key_in_single_quotes(BLOCK, "/spec/nodeSelector/quoted~0key", 17, 5)]
    #[case::absent_member(BLOCK, "/spec/affinity/nodeAffinity", 3, 1)]
    #[case::absent_item(BLOCK, "/spec/containers/0/env/-", 7, 5)]
    #[case::under_a_scalar(BLOCK, "/apiVersion/x/0", 2, 1)]
    #[case::no_index(BLOCK, "/spec/containers/name", 5, 3)]
    #[case::through_an_alias(ALIASES, "/limits/memory", 3, 3)]
    #[case::the_alias_itself(ALIASES, "/limits", 8, 1)]
    #[case::an_own_key_before_a_merged_one(ALIASES, "/requests/cpu", 7, 3)]
    #[case::merged(ALIASES, "/requests/memory", 3, 3)]
    #[case::merged_from_the_second(ALIASES, "/requests/gpu", 4, 14)]
    #[case::not_merged_either(ALIASES, "/requests/efa", 5, 1)]
    #[case::an_alias_within_an_alias(ALIASES, "/again/1/cpu", 2, 3)]
    #[case::the_last_of_two_equal_keys("a: 1\nb: 2\na: 3\n", "/a", 3, 1)]
    #[case::json_key_with_an_escape(JSON, "/a~1b", 3, 2)]
    #[case::json_item(JSON, "/a~1b/c/1/de", 3, 21)]
    #[case::json_after_an_escape(JSON, "/e", 4, 2)]
    #[case::nothing("", "/a", 1, 1)]
    #[case::before_a_fault("a: 1\nb: {c: 2\nd: [", "/b/c", 2, 5)]
    #[case::beyond_a_fault("a: 1\nb: {c: 2\nd: [", "/b/x", 2, 1)]
    #[case::an_alias_of_itself("a: &a\n  b: *a\n", "/a/b/c", 2, 3)]
    #[case::after_the_marker("--- # note\na: 1\n", "/a", 2, 1)]
    #[case::on_the_marker("--- {a: 1}\n", "/a", 1, 6)]
    #[case::carriage_returns("a: 1\r\nb:\r\n  c: 2\r\n", "/b/c", 3, 3)]
    #[case::characters_not_bytes("{é: 1, b: 2}", "/b", 1, 8)]
    fn a_pointer_has_its_position(
        #[case] text: &str,
        #[case] pointer: &str,
        #[case] line: u32,
        #[case] column: u32,
    ) {
        let expected = Position { line, column };
        assert_eq!(Positions::read(text, 0).find(pointer), expected);
        let shifted = Position { line: line + 7, column };
        assert_eq!(Positions::read(text, 7).find(pointer), shifted);
    }
}
