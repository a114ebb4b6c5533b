//! The place of a constraint in the object.

use std::fmt;

use crate::{
    json,
    kubernetes::{Compute, Resource},
    text,
    view::{NodePool, PodView},
};

/// The place of a constraint; written out only when it is reported.
#[derive(Clone, Copy, Debug)]
pub struct Place<'v> {
    /// The place of the pod's `spec`, or of the NodePool's requirements.
    pub(super) base: &'v str,
    pub(super) within: Within<'v>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Within<'v> {
    Selector(&'v str),
    Expression {
        term: usize,
        expression: usize,
    },
    /// A requirement of a NodePool.
    Requirement(usize),
    /// The resource in the first container that requests it.
    Resource(&'v PodView<'v>, Resource),
    /// CPUs or memory in the container that requests most.
    Compute(&'v PodView<'v>, Compute),
    /// The settings, so no place in the object.
    Settings,
}

const REQUIRED: &str = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution";

/// The place of the terms of a pod's required affinity.
pub fn required_terms(spec: &str) -> String {
    format!("{spec}{REQUIRED}/nodeSelectorTerms")
}

/// The place of a term of a pod's preferred affinity.
pub fn preferred_term(spec: &str, index: usize) -> String {
    format!("{spec}{PREFERRED}/{index}/preference")
}

impl<'v> Place<'v> {
    /// The entry of `nodeSelector` with this key.
    pub fn selector(base: &'v str, key: &'v str) -> Self {
        Self { base, within: Within::Selector(key) }
    }

    /// An expression of a required term.
    pub fn expression(base: &'v str, term: usize, expression: usize) -> Self {
        Self { base, within: Within::Expression { term, expression } }
    }

    /// A requirement of a NodePool.
    pub fn requirement(index: usize) -> Self {
        Self { base: NodePool::REQUIREMENTS, within: Within::Requirement(index) }
    }

    /// Its JSON Pointer.
    pub fn pointer(&self) -> String {
        text::written(160, format_args!("{self}"))
    }

    /// The position of its term; `None` if it is outside the terms.
    pub fn term(&self) -> Option<usize> {
        match self.within {
            Within::Expression { term, .. } => Some(term),
            _ => None,
        }
    }

    /// The key of an entry of `nodeSelector`; `None` at other places.
    pub fn selector_key(&self) -> Option<&'v str> {
        match self.within {
            Within::Selector(key) => Some(key),
            _ => None,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.within {
            Within::Selector(key) => {
                text::write_all(f, &[self.base, "/nodeSelector/"])?;
                json::Segment(key).fmt(f)
            }
            Within::Expression { term, expression } => {
                text::write_all(f, &[self.base, REQUIRED, "/nodeSelectorTerms/"])?;
                term.fmt(f)?;
                f.write_str("/matchExpressions/")?;
                expression.fmt(f)
            }
            Within::Resource(pod, resource) => f.write_str(&pod.place_asking(resource)),
            Within::Compute(pod, compute) => f.write_str(&pod.place_asking_most(compute)),
            Within::Requirement(index) => {
                text::write_all(f, &[self.base, "/"])?;
                index.fmt(f)
            }
            Within::Settings => f.write_str(self.base),
        }
    }
}
