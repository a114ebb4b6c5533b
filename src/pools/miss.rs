//! Things that a pod requests and a NodePool does not have.

use std::fmt;

use crate::{
    finding::{Assumption, Assumptions},
    kubernetes::{Compute, EFA, Resource},
    nodes::{Constraint, Expression},
    text::Quoted,
    view::Taint,
};

/// One thing that keeps a pod from the nodes of a pool.
#[derive(Clone, Debug)]
pub enum Miss<'l> {
    /// Its nodes have a taint that the pod does not tolerate.
    Taint(&'l Taint<'l>),
    /// Its nodes don't have a label as the pod requires it.
    Label(Expression<'l>),
    /// None of its types meets a constraint.
    Type(&'l Constraint<'l>),
    /// Its types meet each constraint, but none meets all.
    Together,
    /// Its nodes attach fewer EFA interfaces.
    Efa {
        /// The number that the pod requests.
        asked: u64,
        /// The number that they attach.
        attached: u16,
    },
    /// Its node class lists this many EFA interfaces, and none of its types can attach them.
    Attaches(u16),
    /// Its types have fewer devices of a resource.
    Devices {
        /// The resource.
        resource: Resource,
        /// The number that the pod requests.
        asked: u64,
        /// The number on the type with most.
        most: u32,
    },
    /// Its types have less CPU or memory.
    Compute(Compute, u64),
    /// Karpenter counts none of this resource on its types, and no NodeOverlay adds any.
    Resource(&'l str),
}

/// A reason that keeps a pod from the nodes of a pool, and how certain it is.
#[derive(Clone, Debug)]
pub struct Refused<'l> {
    /// The missing thing.
    pub miss: Miss<'l>,
    /// How certain it is; an undecided reason never refuses anything.
    pub certainty: Certainty,
}

/// How certain it is that the pool can't make a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Certain under these assumptions.
    Under(Assumptions),
    /// Something that can't be seen here may add what is missing.
    Open,
}

impl Certainty {
    pub(super) const SURE: Self = Self::Under(Assumptions::NONE);

    /// Its assumptions; `None` if something unseen may help.
    pub(super) fn assumptions(self) -> Option<Assumptions> {
        if let Self::Under(assumptions) = self { Some(assumptions) } else { None }
    }

    /// The same, under one more assumption.
    pub(super) fn with(self, one: Assumption) -> Self {
        match self {
            Self::Under(assumptions) => Self::Under(assumptions.with(one)),
            Self::Open => Self::Open,
        }
    }

    /// Certain unless a newer type changes it; entirely certain if there can't be any.
    pub(super) fn of_types(is_proven: bool) -> Self {
        Self::Under(Assumptions::NONE.with_if(!is_proven, Assumption::Types))
    }
}

impl Miss<'_> {
    /// Its subject, by which an update is compared with the object before it.
    pub fn subject(&self) -> &str {
        match self {
            Self::Taint(_) => "tolerations",
            Self::Label(asked) => asked.key,
            Self::Type(constraint) => constraint.name(),
            Self::Together => "types",
            Self::Efa { .. } | Self::Attaches(_) => EFA.name(),
            Self::Devices { resource, .. } => resource.name(),
            Self::Compute(compute, _) => compute.name(),
            Self::Resource(name) => name,
        }
    }
}

/// Words that follow the name of the pool: `has no type with …`.
impl fmt::Display for Miss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taint(taint) => {
                write!(f, "has the taint {taint}")
            }
            Self::Label(asked) => write!(f, "has no nodes with {asked}"),
            Self::Type(constraint) => write!(f, "has no type with {constraint}"),
            Self::Together => f.write_str("has no type that meets all requirements at once"),
            Self::Efa { attached: 0, .. } => f.write_str("attaches no EFA interfaces"),
            Self::Efa { asked, attached } => {
                write!(f, "attaches {attached} EFA interfaces, not {asked}")
            }
            Self::Attaches(attached) => write!(
                f,
                "has a node class with {attached} EFA interfaces, more than any of its types supports"
            ),
            Self::Devices { resource, asked, most } => {
                write!(f, "has types with at most {most} × `{resource}`, not {asked}")
            }
            Self::Compute(compute, asked) => {
                write!(f, "has no type with {} of `{}`", compute.in_words(*asked), compute.name())
            }
            Self::Resource(name) => {
                write!(f, "has no {} as far as Karpenter knows", Quoted(name))
            }
        }
    }
}

impl Miss<'_> {
    /// Words that follow another reason of the same sort: `nor with …`; otherwise the full words.
    pub fn after(&self, before: &Self) -> String {
        match (before, self) {
            (Self::Type(_), Self::Type(constraint)) => format!(", nor with {constraint}"),
            (Self::Label(_), Self::Label(asked)) => format!(", nor with {asked}"),
            _ => format!(", and {self}"),
        }
    }
}
