//! How the VPC CNI reads the environment of its containers.
//!
//! Source: aws/amazon-vpc-cni-k8s utils/utils.go, GetBoolAsStringEnvVar; pkg/ipamd/ipamd.go,
//! getWarmPrefixTarget. The switches that are read here are off by default.

use crate::view::Container;

/// A variable of the CNI's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable<'c> {
    /// It is not set.
    Unset,
    /// Set by `valueFrom`, `envFrom` or `$(…)`, so that it can't be seen here.
    Hidden,
    /// A value; empty also if none is written.
    Value(&'c str),
}

/// The state of a variable that switches something on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is on.
    On,
    /// It is off.
    Off,
    /// Its value can't be seen here.
    Hidden,
}

impl<'c> Variable<'c> {
    /// A variable of one of the CNI's containers.
    pub fn of(container: &'c Container<'c>, name: &str) -> Self {
        let Some((_, variable)) = container.entry(name) else {
            return if container.env_from.0 { Self::Hidden } else { Self::Unset };
        };
        match (variable.value.is_some(), variable.seen()) {
            _ if variable.value_from.0 => Self::Hidden,
            (true, None) => Self::Hidden,
            (false, None) => Self::Value(""),
            (_, Some(value)) => Self::Value(value),
        }
    }

    /// As a switch: a value that the CNI can't read counts as the default, which is off.
    pub fn switch(self) -> Switch {
        match self {
            Self::Hidden => Switch::Hidden,
            _ if self.boolean() == Some(true) => Switch::On,
            _ => Switch::Off,
        }
    }

    /// As Go's `strconv.ParseBool` reads it; `None` if it can't.
    pub fn boolean(self) -> Option<bool> {
        match self {
            Self::Value(text) => parse_bool(text),
            _ => None,
        }
    }

    /// As the running CNI reads a target: a value that is not a number from 0 on counts as not set.
    pub fn target(self) -> u64 {
        match self {
            Self::Value(value) => {
                value.parse::<i64>().ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
            }
            Self::Unset | Self::Hidden => 0,
        }
    }
}

/// The text as Go's `strconv.ParseBool` reads it; `None` if it can't.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::json::Reader;

    #[rstest]
    #[case::absent("{}", Variable::Unset)]
    #[case::empty(r#"{"env": [{"name": "A", "value": ""}]}"#, Variable::Value(""))]
    #[case::without_a_value(r#"{"env": [{"name": "A"}]}"#, Variable::Value(""))]
    #[case::given(r#"{"env": [{"name": "A", "value": "1"}]}"#, Variable::Value("1"))]
    #[case::the_last_counts(
        r#"{"env": [{"name": "A", "valueFrom": {}}, {"name": "A", "value": "2"}]}"#,
        Variable::Value("2")
    )]
    #[case::from_elsewhere(r#"{"env": [{"name": "A", "valueFrom": {}}]}"#, Variable::Hidden)]
    #[case::of_another(r#"{"env": [{"name": "A", "value": "$(B)"}]}"#, Variable::Hidden)]
    #[case::perhaps_from_elsewhere(r#"{"envFrom": [{}]}"#, Variable::Hidden)]
    #[case::before_what_is_elsewhere(
        r#"{"env": [{"name": "A", "value": "1"}], "envFrom": [{}]}"#,
        Variable::Value("1")
    )]
    fn variables(#[case] container: &str, #[case] expected: Variable<'_>) {
        let container: Container<'_> = Reader::whole(container).unwrap();
        assert_eq!(Variable::of(&container, "A"), expected);
    }
}
