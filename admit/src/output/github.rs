//! `admit -o github`: writes findings as workflow commands, which GitHub Actions shows next to the lines
//! (docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).

use manifest::Position;

use crate::outcome::{Answer, Outcome};

/// Returns the commands for an outcome, one per line.
pub fn commands(outcome: &Outcome) -> String {
    match &outcome.answer {
        Answer::Failed { why, at } => {
            command("error", outcome, at.unwrap_or(Position::START), "not checked", why)
        }
        Answer::Skipped { .. } => String::new(),
        Answer::Judged(judged) => {
            let findings = judged.findings.iter().flat_map(|finding| {
                let level = match finding.severity.level() {
                    "note" => "notice",
                    level => level,
                };
                let title = if finding.rule.is_empty() { "admit" } else { &finding.rule };
                finding.places.iter().map(move |place| {
                    let message = format!("{}: {}", place.path, finding.message());
                    command(level, outcome, place.at, title, message.trim_start_matches(": "))
                })
            });
            findings.collect()
        }
    }
}

fn command(level: &str, outcome: &Outcome, at: Position, title: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some((file, at)) = outcome.located(at) {
        properties.push(format!("file={}", property(&file)));
        if let Some(Position { line, column }) = at {
            properties.push(format!("line={line},col={column}"));
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(data("50%: a,\r\nb"), "50%25: a,%0D%0Ab");
        assert_eq!(property("50%: a,\r\nb"), "50%25%3A a%2C%0D%0Ab");
    }
}
