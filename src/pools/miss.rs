//! What a pod asks for and a NodePool does not have.

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
    /// Its nodes don't carry a label as the pod wants it.
    Label(Expression<'l>),
    /// None of its types meets a constraint.
    Type(&'l Constraint<'l>),
    /// Its types meet each constraint, but none meets all.
    Together,
    /// Its nodes attach fewer EFA interfaces.
    Efa {
        /// As many as the pod asks for.
        asked: u64,
        /// As many as they attach.
        attached: u16,
    },
    /// Its node class lists so many EFA interfaces, and none of its types takes them.
    Attaches(u16),
    /// Its types have fewer devices of a resource.
    Devices {
        /// The resource.
        resource: Resource,
        /// As many as the pod asks for.
        asked: u64,
        /// As many as the type with most has.
        most: u32,
    },
    /// Its types have less of what every node has.
    Compute(Compute, u64),
    /// Karpenter counts none of this resource on its types, and no NodeOverlay adds any.
    Resource(&'l str),
}

/// What keeps a pod from the nodes of a pool, and how sure that is.
#[derive(Clone, Debug)]
pub struct Refused<'l> {
    /// What is missed.
    pub miss: Miss<'l>,
    /// What that needs; what can't be decided at all is no reason to refuse anything.
    pub certainty: Certainty,
}

/// How sure it is that the pool can't make a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Under these assumptions.
    Under(Assumptions),
    /// Something that is not seen here may add what is missed.
    Open,
}

impl Certainty {
    pub(super) const SURE: Self = Self::Under(Assumptions::NONE);

    /// What it needs; `None` where something unseen may help.
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

    /// Sure but for newer types, unless there can't be any.
    pub(super) fn of_types(is_proven: bool) -> Self {
        Self::Under(Assumptions::NONE.with_if(!is_proven, Assumption::Types))
    }
}

impl Miss<'_> {
    /// What it is about, as an update is compared with what was there before.
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

/// As it follows the name of the pool: `has no type with …`.
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
    /// As it follows another one of its sort: `nor with …`; else as it stands alone.
    pub fn after(&self, before: &Self) -> String {
        match (before, self) {
            (Self::Type(_), Self::Type(constraint)) => format!(", nor with {constraint}"),
            (Self::Label(_), Self::Label(asked)) => format!(", nor with {asked}"),
            _ => format!(", and {self}"),
        }
    }
}
