//! Taints, and the tolerations for them.
//!
//! Semantics: kubernetes/component-helpers scheduling/corev1, `ToleratesTaint`. EKS runs the admission
//! plugin ExtendedResourceToleration: a pod that requests an extended resource gets a toleration of the
//! taint with that key.

use std::fmt;

use super::PodView;
use crate::{
    json::{self, List, Text},
    text::Quoted,
};

/// A taint of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taint<'a> {
    /// `key`
    pub key: Text<'a>,
    /// `value`
    pub value: Text<'a>,
    /// `effect`
    pub effect: Text<'a>,
}

/// A toleration of a pod.
#[derive(Debug, Default)]
pub struct Toleration<'a> {
    /// `key`; empty for all.
    pub key: Text<'a>,
    operator: Text<'a>,
    value: Text<'a>,
    effect: Text<'a>,
}

json::readable! {
    Taint<'a> { "key" => key, "value" => value, "effect" => effect }
    Toleration<'a> { "key" => key, "operator" => operator, "value" => value, "effect" => effect }
}

impl Taint<'_> {
    /// `true` if it keeps pods away, not only discourages them.
    pub fn keeps_away(&self) -> bool {
        &*self.effect != "PreferNoSchedule"
    }

    /// `true` if a pod with these tolerations may run on its node.
    pub fn is_tolerated(&self, tolerations: &[Toleration<'_>]) -> bool {
        tolerations.iter().any(|one| one.tolerates(self))
    }

    /// The toleration of it, as a manifest writes it.
    pub fn as_toleration(&self) -> String {
        let Self { key, value, effect } = self;
        let (key, value, effect) = (&**key, &**value, &**effect);
        let written = match value.is_empty() {
            true => format!("{{key: {key}, operator: Exists, effect: {effect}}}"),
            false => format!("{{key: {key}, value: {value}, effect: {effect}}}"),
        };
        Quoted(&written).to_string()
    }
}

/// Writes it as kubectl does: `dedicated=research:NoSchedule`.
impl fmt::Display for Taint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, effect } = self;
        let sign = if value.is_empty() { "" } else { "=" };
        Quoted(&format!("{}{sign}{}:{}", &**key, &**value, &**effect)).fmt(f)
    }
}

impl Toleration<'_> {
    fn tolerates(&self, taint: &Taint<'_>) -> bool {
        let effect = self.effect.is_empty() || self.effect == taint.effect;
        let key = self.key.is_empty() || self.key == taint.key;
        effect
            && match &*self.operator {
                "Exists" => key,
                "" | "Equal" => self.key == taint.key && self.value == taint.value,
                // Operators that are newer than this code.
                _ => key,
            }
    }
}

impl PodView<'_> {
    /// `tolerations`
    pub fn tolerations(&self) -> List<Toleration<'_>> {
        self.spec.tolerations.get()
    }
}
