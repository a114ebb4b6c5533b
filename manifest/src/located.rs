//! A document as JSON, and the places of its values in the text.

use std::borrow::Cow;

use eks_aiml_networking::json;

use crate::position::Position;

/// A document as JSON with the places of its values.
#[derive(Debug)]
pub struct Located<'t> {
    json: Cow<'t, str>,
    places: Places,
}

#[derive(Debug)]
enum Places {
    /// The JSON is the text itself, which begins here.
    Text(Position),
    /// From the offsets of the values, ascending.
    Marks(Vec<Mark>),
}

/// The place of a value in the text: for a member that of its key, for an item its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// The offset of the value in the JSON.
    pub(crate) value: u32,
    pub(crate) at: Position,
}

impl<'t> Located<'t> {
    /// Takes a text that is JSON and begins at `start` in its file.
    pub(crate) fn text(json: &'t str, start: Position) -> Self {
        Self { json: Cow::Borrowed(json), places: Places::Text(start) }
    }

    pub(crate) fn marked(json: String, marks: Vec<Mark>) -> Self {
        Self { json: Cow::Owned(json), places: Places::Marks(marks) }
    }

    /// Returns the document as JSON.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The place that a pointer leads to; if that is absent, the place of its nearest existing ancestor.
    pub fn find(&self, pointer: &str) -> Position {
        let mut value = self.json.trim_ascii_start();
        let mut is_member = false;
        for segment in json::segments(pointer) {
            let Some(inner) = json::member(value, &segment) else { break };
            is_member = value.starts_with('{');
            value = inner;
        }
        let offset = (value.as_ptr() as usize).saturating_sub(self.json.as_ptr() as usize);
        match &self.places {
            Places::Text(start) if is_member => {
                start.after(&self.json, key_before(&self.json, offset))
            }
            Places::Text(start) => start.after(&self.json, offset),
            Places::Marks(marks) => {
                let next = marks.partition_point(|mark| {
                    usize::try_from(mark.value).is_ok_and(|value| value <= offset)
                });
                let mark = next.checked_sub(1).and_then(|last| marks.get(last));
                mark.map_or(Position::START, |mark| mark.at)
            }
        }
    }
}

/// The start of the key whose value begins at `offset`.
fn key_before(json: &str, offset: usize) -> usize {
    let before = json.get(..offset).unwrap_or_default();
    let key = before.trim_ascii_end().trim_end_matches(':').trim_ascii_end();
    let Some(mut inner) = key.strip_suffix('"') else { return offset };
    // After an odd number of backslashes, a quote is part of the key.
    while let Some((start, _)) = inner.rsplit_once('"') {
        inner = start;
        if start.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0 {
            break;
        }
    }
    inner.len()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::documents::documents;

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

    fn find(text: &str, pointer: &str) -> Position {
        documents(text, false)[0].read().unwrap().unwrap().find(pointer)
    }

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
    #[case::json_key_with_an_escape(JSON, "/a~1b", 3, 2)]
    #[case::json_item(JSON, "/a~1b/c/1/de", 3, 21)]
    #[case::json_after_an_escape(JSON, "/e", 4, 2)]
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
        assert_eq!(find(text, pointer), expected);
        // In the third document of a stream.
        let shifted = Position { line: line + 4, column };
        let text = format!("a: 1\n---\nb: 1\n---\n{text}");
        if !text.contains("\n--- ") {
            let document = documents(&text, false).into_iter().last().unwrap();
            assert_eq!(document.read().unwrap().unwrap().find(pointer), shifted);
        }
    }

    #[test]
    fn values_of_a_stream_of_json_have_theirs() {
        let text = "{\"a\": 1} {\"b\": {\"c\\\"d\" : 2}}\n{\"e\": 3}";
        let found = documents(text, false);
        let at = |index: usize, pointer| {
            let Position { line, column } = found[index].read().unwrap().unwrap().find(pointer);
            (line, column)
        };
        assert_eq!(
            (at(0, "/a"), at(1, ""), at(1, "/b/c\"d"), at(2, "/e")),
            ((1, 2), (1, 10), (1, 17), (2, 2))
        );
    }
}
