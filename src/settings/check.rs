//! What is wrong with settings, by their form, in the words in which it is reported.

use super::schema::{ACTIONS, EXPRESSION, NETWORK, Node, SETTINGS};
use crate::{
    error::Fault,
    instances::{EXTRA, FACTS, Form, is_word},
    json::{List, Map, RawJson, Reader, Text},
    rule::RuleId,
    text::{Quoted, listed, nearest, suggest},
};

/// Every fault of `settings`, in the order of their paths; and `network`, which is not looked into.
pub fn faults(settings: RawJson<'_>) -> (Vec<Fault>, Option<RawJson<'_>>) {
    let mut check = Check { faults: Vec::new(), network: None };
    check.node(&Node::Object(SETTINGS), "", settings);
    (check.faults, check.network)
}

/// Every fault in the form of `network`.
pub fn network_faults(network: RawJson<'_>) -> Vec<Fault> {
    let mut check = Check { faults: Vec::new(), network: None };
    check.node(&Node::Object(NETWORK), "network", network);
    check.faults
}

/// A value, one level deep.
enum Value<'a> {
    Null,
    Bool,
    Number(Option<u32>),
    Text(Text<'a>),
    List(List<RawJson<'a>>),
    Object(Map<'a, RawJson<'a>>),
    Broken(String),
}

fn value(json: RawJson<'_>) -> Value<'_> {
    let read = match json.0.as_bytes().first() {
        Some(b'{') => Reader::whole(json.0).map(Value::Object),
        Some(b'[') => Reader::whole(json.0).map(Value::List),
        Some(b'"') => Reader::whole(json.0).map(Value::Text),
        Some(b'-' | b'0'..=b'9') => Ok(Value::Number(json.0.parse().ok())),
        _ => Ok(match json.0 {
            "null" => Value::Null,
            "true" | "false" => Value::Bool,
            _ => Value::Broken("not JSON".to_owned()),
        }),
    };
    read.unwrap_or_else(|error| Value::Broken(error.what))
}

struct Check<'a> {
    faults: Vec<Fault>,
    network: Option<RawJson<'a>>,
}

impl<'a> Check<'a> {
    fn node(&mut self, node: &Node, path: &str, json: RawJson<'a>) {
        if matches!(node, Node::Network) {
            self.network = Some(json).filter(|json| json.0 != "null");
            return;
        }
        match (node, value(json)) {
            (_, Value::Broken(what)) => self.fault(path, what),
            (_, Value::Null) | (Node::Bool, Value::Bool) | (Node::Text, Value::Text(_)) => {}
            (Node::AutoOrBool, Value::Bool) => {}
            (Node::AutoOrBool, Value::Text(word))
                if matches!(&*word, "auto" | "true" | "false") => {}
            (Node::Number(range), Value::Number(Some(number))) if range.contains(&number) => {}
            (Node::Texts, Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if !matches!(value(*item), Value::Text(_)) {
                        self.unexpected(&Node::Text, &format!("{path}[{index}]"), *item);
                    }
                }
            }
            (Node::Types, Value::List(types)) => self.types(path, &types),
            (Node::OneOf(known), Value::Text(word)) => self.one_of(path, &word, known),
            (Node::OneOf(known), Value::Bool) if is_off(json) && known.contains(&"off") => {}
            (Node::TextMap, Value::Object(members)) => {
                for (name, member) in &members.0 {
                    self.node(&Node::Text, &join(path, name), *member);
                }
            }
            (Node::Expressions, Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.expression(&format!("{path}[{index}]"), *item);
                }
            }
            (Node::List(keys), Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.node(&Node::Object(keys), &format!("{path}[{index}]"), *item);
                }
            }
            (Node::Object(keys), Value::Object(members)) => {
                for (name, member) in &members.0 {
                    let path = join(path, name);
                    match keys.iter().find(|key| *key.name == **name) {
                        Some(key) => self.node(&key.node, &path, *member),
                        None => {
                            let known: Vec<_> = keys.iter().map(|key| key.name).collect();
                            self.fault(&path, format!("unknown key; {}", suggest(name, &known)));
                        }
                    }
                }
            }
            (Node::Rules, Value::Object(members)) => {
                for (id, action) in &members.0 {
                    self.rule(&join(path, id), id, *action);
                }
            }
            (node, _) => self.unexpected(node, path, json),
        }
    }

    /// An expression of a label selector. One that the API server would refuse may select all pods.
    fn expression(&mut self, path: &str, json: RawJson<'a>) {
        let before = self.faults.len();
        self.node(&Node::Object(EXPRESSION), path, json);
        let Value::Object(members) = value(json) else {
            return self.unexpected(&Node::Object(EXPRESSION), path, json);
        };
        if self.faults.len() > before {
            return;
        }
        let text = |name| match members.get(name).map(|json| value(*json)) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        for name in ["key", "operator"] {
            if text(name).is_none_or(|text| text.is_empty()) {
                self.fault(&join(path, name), "is missing".to_owned());
            }
        }
        let count = match members.get("values").map(|json| value(*json)) {
            Some(Value::List(values)) => values.len(),
            _ => 0,
        };
        match (text("operator").as_deref(), count) {
            (Some("In" | "NotIn"), 0) => self.fault(&join(path, "values"), "is missing".to_owned()),
            (Some("Exists" | "DoesNotExist"), 1..) => {
                let what = "must be empty beside `Exists` and `DoesNotExist`".to_owned();
                self.fault(&join(path, "values"), what);
            }
            _ => {}
        }
    }

    /// The types of `instanceTypes.extra`.
    fn types(&mut self, path: &str, types: &[RawJson<'a>]) {
        if types.len() > usize::from(EXTRA) {
            self.fault(path, format!("there is room for {EXTRA} types, not for {}", types.len()));
        }
        let mut names: Vec<Text<'_>> = Vec::new();
        for (index, instance) in types.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let Value::Object(members) = value(*instance) else {
                self.unexpected(&Node::Object(&[]), &path, *instance);
                continue;
            };
            match members.get("name").map(|name| value(*name)) {
                Some(Value::Text(name)) if !name.is_empty() => {
                    self.word(&join(&path, "name"), &name);
                    if names.contains(&name) {
                        self.fault(
                            &join(&path, "name"),
                            format!("{} is there twice", Quoted(&name)),
                        );
                    }
                    names.push(name);
                }
                None | Some(Value::Null | Value::Text(_)) => {
                    self.fault(&join(&path, "name"), "is missing".to_owned());
                }
                Some(_) => {
                    let name = members.get("name").copied().unwrap_or(*instance);
                    self.unexpected(&Node::Text, &join(&path, "name"), name);
                }
            }
            for (name, value) in &members.0 {
                let path = join(&path, name);
                match FACTS.iter().find(|(fact, ..)| *fact == &**name).map(|(_, form, _)| form) {
                    Some(Form::Number) => self.node(&Node::Number(0..=u32::MAX - 1), &path, *value),
                    Some(Form::Word) => match self::value(*value) {
                        Value::Text(word) => self.word(&path, &word),
                        _ => self.node(&Node::Text, &path, *value),
                    },
                    Some(Form::Flag) => self.node(&Node::Bool, &path, *value),
                    None if &**name == "name" => {}
                    None => {
                        let known: Vec<_> = FACTS.iter().map(|(fact, ..)| *fact).collect();
                        self.fault(&path, format!("unknown key; {}", suggest(name, &known)));
                    }
                }
            }
        }
    }

    /// The name of a type, or the value of a label: it stands in messages as it is.
    fn word(&mut self, path: &str, word: &str) {
        if !is_word(word) {
            let what = "is not made of letters, digits, `-`, `_` and `.`";
            self.fault(path, format!("{} {what}", Quoted(word)));
        }
    }

    fn rule(&mut self, path: &str, id: &str, action: RawJson<'_>) {
        let Some(rule) = RuleId::of(id) else {
            let known: Vec<_> = RuleId::ALL.iter().map(|rule| rule.name()).collect();
            return self.fault(path, format!("no rule has this id; {}", suggest(id, &known)));
        };
        match value(action) {
            Value::Text(word) if &*word == "fix" && !rule.info().fixes => {
                let what = "this rule has no certain remedy, so it can't be `fix`; use `off`, `warn` or `deny`";
                self.fault(path, what.to_owned());
            }
            Value::Text(word) => self.one_of(path, &word, ACTIONS),
            Value::Bool if is_off(action) => {}
            _ => self.unexpected(&Node::OneOf(ACTIONS), path, action),
        }
    }

    fn unexpected(&mut self, node: &Node, path: &str, json: RawJson<'_>) {
        const LONGEST: usize = 60;
        let shown = json.0.get(..json.0.floor_char_boundary(LONGEST)).unwrap_or_default();
        let more = if shown.len() < json.0.len() { "…" } else { "" };
        self.fault(path, format!("must be {}, not {shown}{more}", expected(node)));
    }

    fn one_of(&mut self, path: &str, word: &str, known: &[&str]) {
        if !known.contains(&word) {
            let near = nearest(word, known).map(|near| format!("; did you mean `{near}`?"));
            self.fault(
                path,
                format!(
                    "{} is not one of {}{}",
                    Quoted(word),
                    listed(known),
                    near.unwrap_or_default()
                ),
            );
        }
    }

    fn fault(&mut self, path: &str, what: String) {
        self.faults.push(Fault { path: path.to_owned(), what });
    }
}

fn expected(node: &Node) -> String {
    match node {
        Node::Bool => "`true` or `false`".to_owned(),
        Node::AutoOrBool => "`auto`, `true` or `false`".to_owned(),
        Node::Number(range) => format!("a whole number from {} to {}", range.start(), range.end()),
        Node::Text => "a text".to_owned(),
        Node::Texts => "a list of texts".to_owned(),
        Node::Types => "a list of instance types".to_owned(),
        Node::OneOf(known) => format!("one of {}", listed(known)),
        Node::TextMap => "a map of texts".to_owned(),
        Node::Expressions => "a list of expressions".to_owned(),
        Node::List(_) => "a list of objects".to_owned(),
        Node::Rules => "a map from rule ids to actions".to_owned(),
        Node::Object(_) | Node::Network => "an object".to_owned(),
    }
}

/// Whether a word is `off` as YAML 1.1 reads it.
fn is_off(json: RawJson<'_>) -> bool {
    json.0 == "false"
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
