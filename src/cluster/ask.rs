//! Asks the cluster through Kubewarden's capability `kubernetes`: each question once per request,
//! whichever rules need the answer.

use std::cell::OnceCell;

use simdutf8::basic::from_utf8;

use crate::{
    host::Host,
    json::{self, Read, Reader},
};

/// The cluster behind the host, with the answers that it has given.
pub struct Cluster<'h> {
    host: &'h dyn Host,
    may_be_asked: bool,
    first: OnceCell<Box<Asked>>,
}

/// A question and its answer. The next one hangs on it, so that answers can be borrowed while more
/// questions are asked.
struct Asked {
    question: String,
    answer: Option<String>,
    next: OnceCell<Box<Self>>,
}

/// One object.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// For example `apps/v1`.
    pub api_version: &'q str,
    /// For example `DaemonSet`.
    pub kind: &'q str,
    /// The object's name.
    pub name: &'q str,
    /// The object's namespace; `None` if its kind has none.
    pub namespace: Option<&'q str>,
    /// The fields of it that are needed.
    pub field_masks: &'q [&'q str],
}

impl<'h> Cluster<'h> {
    /// The cluster behind a host; `may_be_asked` is the setting `clusterContext`.
    pub fn new(host: &'h dyn Host, may_be_asked: bool) -> Self {
        Self { host, may_be_asked, first: OnceCell::new() }
    }

    /// The host, for its other capabilities.
    pub fn host(&self) -> &'h dyn Host {
        self.host
    }

    /// `true` if the settings allow asking the cluster.
    pub fn may_be_asked(&self) -> bool {
        self.may_be_asked
    }

    /// The text of an object; `None` if the cluster can't be asked, or does not have it.
    pub fn get(&self, query: &Query<'_>) -> Option<&str> {
        let mut question = asked_of(query.api_version, query.kind);
        question += r#","name":"#;
        json::write_string(&mut question, query.name);
        question += r#","namespace":"#;
        match query.namespace {
            Some(namespace) => json::write_string(&mut question, namespace),
            None => question += "null",
        }
        question += r#","disable_cache":false"#;
        with_masks(&mut question, query.field_masks);
        self.ask("get_resource", question)
    }

    /// The list of all objects of a kind, in any namespace; `None` if the cluster can't be asked, or
    /// does not have the kind.
    fn list(&self, api_version: &str, kind: &str, field_masks: &[&str]) -> Option<&str> {
        let mut question = asked_of(api_version, kind);
        question += r#","label_selector":null,"field_selector":null"#;
        with_masks(&mut question, field_masks);
        self.ask("list_resources_all", question)
    }

    /// The same list, read; `None` also if it can't be read.
    pub fn items<'c, T: Read<'c>>(
        &'c self,
        api_version: &str,
        kind: &str,
        field_masks: &[&str],
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.each(api_version, kind, field_masks, &mut |reader| {
            items.push(T::read(reader)?);
            Ok(())
        })?;
        Some(items)
    }

    /// The same list, item by item.
    pub fn each<'c>(
        &'c self,
        api_version: &str,
        kind: &str,
        field_masks: &[&str],
        item: &mut dyn FnMut(&mut Reader<'c>) -> json::Result<()>,
    ) -> Option<()> {
        let mut reader = Reader::new(self.list(api_version, kind, field_masks)?);
        let read = reader.object(&mut |key, reader| match &*key {
            "items" => reader.list(item),
            _ => reader.pass(),
        });
        read.and_then(|()| reader.end()).ok()
    }

    fn ask(&self, operation: &str, question: String) -> Option<&str> {
        if !self.may_be_asked {
            return None;
        }
        let mut place = &self.first;
        while let Some(asked) = place.get() {
            if asked.question == question {
                return asked.answer.as_deref();
            }
            place = &asked.next;
        }
        let answer = self.host.call("kubernetes", operation, question.as_bytes()).ok();
        // A copy costs less than the standard library's own check.
        let answer = answer.and_then(|answer| from_utf8(&answer).ok().map(str::to_owned));
        let asked = Asked { question, answer, next: OnceCell::new() };
        place.get_or_init(|| Box::new(asked)).answer.as_deref()
    }
}

/// The beginning of a question. It has room for the rest, because growing costs more than writing.
fn asked_of(api_version: &str, kind: &str) -> String {
    let mut question = String::with_capacity(512);
    question += r#"{"api_version":"#;
    json::write_string(&mut question, api_version);
    question += r#","kind":"#;
    json::write_string(&mut question, kind);
    question
}

/// The end of a question.
fn with_masks(question: &mut String, field_masks: &[&str]) {
    question.push_str(r#","field_masks":["#);
    for (index, mask) in field_masks.iter().enumerate() {
        if index > 0 {
            question.push(',');
        }
        json::write_string(question, mask);
    }
    question.push_str("]}");
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Counting(Cell<u32>);

    impl Host for Counting {
        fn call(&self, _: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
            self.0.set(self.0.get() + 1);
            match operation {
                "list_resources_all" => Err("not allowed".to_owned()),
                _ => Ok(payload.to_vec()),
            }
        }
    }

    #[test]
    fn each_question_is_asked_once() {
        let host = Counting(Cell::new(0));
        let cluster = Cluster::new(&host, true);
        let query = |name| Query {
            api_version: "v1",
            kind: "ConfigMap",
            name,
            namespace: Some("a"),
            field_masks: &["data"],
        };
        let first = cluster.get(&query("one")).unwrap();
        let second = cluster.get(&query("two")).unwrap();
        assert!(first.contains(r#""name":"one""#) && second.contains(r#""name":"two""#));
        assert_eq!(cluster.get(&query("one")), Some(first));
        for _ in 0..2 {
            assert_eq!(cluster.list("v1", "Node", &["metadata.name", "spec"]), None);
        }
        assert_eq!(host.0.get(), 3);
    }

    #[test]
    fn without_leave_nothing_is_asked() {
        let host = Counting(Cell::new(0));
        assert_eq!(Cluster::new(&host, false).list("v1", "Node", &[]), None);
        assert_eq!(host.0.get(), 0);
    }
}
