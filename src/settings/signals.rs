//! `training`, `inference`: the pods of a class.

use crate::{form::form, kubernetes::Pods};

/// `training`, `inference`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signals<'a> {
    /// `namespaces`, `podSelector`
    pub pods: Pods<'a>,
    /// `builtInSignals`: counts the signs that operators leave on their pods, too.
    pub built_in: bool,
}

impl Default for Signals<'_> {
    fn default() -> Self {
        Self { pods: Pods::default(), built_in: true }
    }
}

form! {
    Signals<'a> {
        "builtInSignals" => built_in,
        "namespaces" => pods.namespaces,
        "podSelector" => pods.pod_selector,
    }
}
