//! Karpenter's objects in the cluster: NodePools, node classes, NodeOverlays. A list that can't be read
//! counts as unknown, and proves nothing.
//!
//! Source: kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go, pkg/apis/v1alpha1/nodeoverlay.go;
//! aws/karpenter-provider-aws pkg/apis/v1/ec2nodeclass.go.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use super::{Cluster, Query};
use crate::{
    instances::TypeSet,
    json::{self, Forms, Lazy, List, Map, Read as _, Reader, Slot, Text, Wanted},
    kubernetes::Quantity,
    text,
    view::{ClassRef, Count, NodeClass, Requirement, Taint},
};

/// A NodePool of the cluster. With many pools, only a few parts are needed, so each is read on demand. A
/// part that can't be read counts as absent, which means that the pool may make more.
#[derive(Debug)]
pub struct Pool<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its node class.
    pub class: ClassRef<'a>,
    replicas: Option<Count<'a>>,
    labels: Part<'a, Map<'a, Text<'a>>>,
    taints: Part<'a, List<Taint<'a>>>,
    requirements: Lazy<'a>,
    read: OnceCell<Vec<Rc<Required<'a>>>>,
    /// The requirements of other pools in the same list.
    known: Known<'a>,
    seen_class: OnceCell<Option<NodeClass<'a>>>,
}

/// Requirements that are already read, by their text: NodePools of one cluster resemble each other.
type Known<'a> = Rc<RefCell<Vec<(&'a str, Rc<Required<'a>>)>>>;

/// The most requirements that are kept; searching a longer list costs more than reading one again.
const KNOWN: usize = 16;

/// A requirement, and the types that meet it.
#[derive(Debug, Default)]
pub struct Required<'a> {
    /// The requirement.
    pub of: Requirement<'a>,
    types: OnceCell<Option<TypeSet>>,
}

impl<'a> Required<'a> {
    /// The types that meet it, computed by `types` on the first call; `None` if it is not about the type.
    pub fn types(&self, types: impl FnOnce() -> Option<TypeSet>) -> Option<&TypeSet> {
        self.types.get_or_init(types).as_ref()
    }

    fn read(reader: &mut Reader<'a>, known: &Known<'a>) -> json::Result<Rc<Self>> {
        for (text, one) in &*known.borrow() {
            if reader.takes(text) {
                return Ok(Rc::clone(one));
            }
        }
        let mut ahead = *reader;
        let one = Rc::<Self>::read(&mut ahead)?;
        let text = reader.advance(ahead);
        let mut known = known.borrow_mut();
        if known.len() < KNOWN && text.starts_with('{') {
            known.push((text, Rc::clone(&one)));
        }
        Ok(one)
    }
}

impl<'a> json::Read<'a> for Rc<Required<'a>> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        // A new one is not shared yet.
        Self::get_mut(self).map_or(Slot::Unread, |one| one.of.slot())
    }
}

impl<'a> Pool<'a> {
    /// The node class that it names; `None` if that is unknown.
    pub fn class(&self, cluster: &'a Cluster<'_>) -> Option<&NodeClass<'a>> {
        self.seen_class.get_or_init(|| class(cluster, &self.class)).as_ref()
    }

    /// `true` if its nodes exist whether or not pods request them.
    pub fn is_static(&self) -> bool {
        self.replicas.is_some()
    }

    /// The labels of its nodes, as its template has them.
    pub fn labels(&self) -> &Map<'a, Text<'a>> {
        self.labels.get()
    }

    /// The value of one label of its nodes, from its template. Searching the text is faster than reading it.
    pub fn label(&self, key: &str) -> Option<Text<'a>> {
        let text = self.labels.text.text();
        let Some(at) = text::find(text, key) else {
            // Escapes may hide the key.
            text::find(text, "\\")?;
            return self.labels().get(key).cloned();
        };
        let is_key = text.get(..at).is_some_and(|before| before.ends_with('"'));
        let value = text.get(at + key.len()..).and_then(|rest| rest.strip_prefix("\":"));
        match value.filter(|_| is_key) {
            Some(value) => Text::read(&mut Reader::new(value)).ok(),
            None => self.labels().get(key).cloned(),
        }
    }

    /// The taints of its nodes.
    pub fn taints(&self) -> &[Taint<'a>] {
        self.taints.get()
    }

    /// `true` if a requirement may be on this label. Searching the text is faster than reading it.
    pub fn may_require(&self, key: &str) -> bool {
        text::find(self.requirements.text(), key).is_some()
    }

    /// The requirements on its nodes.
    pub fn requirements(&self) -> &[Rc<Required<'a>>] {
        self.read.get_or_init(|| {
            let mut all = Vec::new();
            let read = Reader::new(self.requirements.text()).list(&mut |reader| {
                all.push(Required::read(reader, &self.known)?);
                Ok(())
            });
            if read.is_ok() { all } else { Vec::new() }
        })
    }
}

/// The parts of a NodePool that change from day to day.
#[derive(Debug, Default)]
pub struct State<'a> {
    /// `spec.limits`
    pub limits: Map<'a, Quantity<'a>>,
    /// `status.resources`: the sum of its nodes.
    pub used: Map<'a, Quantity<'a>>,
    conditions: List<Condition<'a>>,
}

impl State<'_> {
    /// `true` if Karpenter reports that it makes no nodes of the pool.
    pub fn is_unready(&self) -> bool {
        self.conditions.iter().any(|one| &*one.kind == "Ready" && &*one.status == "False")
    }
}

#[derive(Debug, Default)]
struct Condition<'a> {
    kind: Text<'a>,
    status: Text<'a>,
}

/// A node class of the cluster: an EC2NodeClass, or a NodeClass of EKS Auto Mode.
#[derive(Debug, Default)]
struct Class<'a> {
    spec: NodeClass<'a>,
}

/// A NodeOverlay: adds to what Karpenter counts on types, beyond what EC2 reports.
#[derive(Debug, Default)]
pub struct Overlay<'a> {
    /// `spec.capacity`
    pub capacity: Map<'a, Quantity<'a>>,
    /// `spec.requirements`: the types, and the nodes of NodePools, that it applies to.
    pub requirements: List<Rc<Required<'a>>>,
}

/// A part of an object that is read on demand.
#[derive(Debug)]
struct Part<'a, T> {
    text: Lazy<'a>,
    read: OnceCell<T>,
}

impl<'a, T: json::Read<'a> + Default> Part<'a, T> {
    fn of(text: &'a str) -> json::Result<Self> {
        Ok(Self { text: field(text, Lazy::of)?, read: OnceCell::new() })
    }

    fn get(&self) -> &T {
        self.read.get_or_init(|| self.text.get())
    }
}

json::readable! {
    State<'a> {
        "spec": { "limits" => limits },
        "status": { "resources" => used, "conditions" => conditions },
    }
    Condition<'a> { "type" => kind, "status" => status }
    Class<'a> { "spec" => spec }
    Overlay<'a> { "spec": { "capacity" => capacity, "requirements" => requirements } }
}

/// The fields of a NodePool that are read.
const FIELDS: [&str; 8] = [
    "metadata.deletionTimestamp",
    "metadata.name",
    "spec.replicas",
    "spec.template.metadata.labels",
    "spec.template.spec.nodeClassRef.group",
    "spec.template.spec.nodeClassRef.name",
    "spec.template.spec.requirements",
    "spec.template.spec.taints",
];

impl<'a> Pool<'a> {
    /// A NodePool of these fields; `None` if it is being deleted, because then it makes no nodes.
    fn of(fields: Wanted<'a, { FIELDS.len() }>, known: &Known<'a>) -> json::Result<Option<Self>> {
        let [deletion, name, replicas, labels, group, class, requirements, taints] = fields;
        if field(deletion, Reader::whole::<Option<Text<'_>>>)?.is_some() {
            return Ok(None);
        }
        Ok(Some(Self {
            name: field(name, Text::of)?,
            class: ClassRef { group: field(group, Text::of)?, name: field(class, Text::of)? },
            replicas: field(replicas, Reader::whole)?,
            labels: Part::of(labels)?,
            taints: Part::of(taints)?,
            requirements: field(requirements, Lazy::of)?,
            read: OnceCell::new(),
            known: Rc::clone(known),
            seen_class: OnceCell::new(),
        }))
    }
}

/// A field: its text read by `of`, or the default if it is absent.
fn field<'a, T: Default>(
    text: &'a str,
    of: impl FnOnce(&'a str) -> json::Result<T>,
) -> json::Result<T> {
    if text.is_empty() { Ok(T::default()) } else { of(text) }
}

/// The NodePools, in the host's order, which may be any.
pub fn pools<'c>(cluster: &'c Cluster<'_>) -> Option<Vec<Pool<'c>>> {
    let (mut pools, mut forms, known) = (Vec::new(), Forms::new(FIELDS), Known::default());
    cluster.each("karpenter.sh/v1", "NodePool", &FIELDS, &mut |reader| {
        pools.extend(Pool::of(forms.read(reader)?, &known)?);
        Ok(())
    })?;
    Some(pools)
}

/// The parts of a NodePool that change from day to day; `None` if they are unknown.
pub fn state<'c>(cluster: &'c Cluster<'_>, name: &str) -> Option<State<'c>> {
    let query = Query {
        api_version: "karpenter.sh/v1",
        kind: "NodePool",
        name,
        namespace: None,
        field_masks: &["spec.limits", "status.conditions", "status.resources"],
    };
    Reader::whole(cluster.get(&query)?).ok()
}

/// A node class of Karpenter itself, or of EKS Auto Mode; `None` if it is unknown. Each is fetched on
/// its own, because few pods can land on nodes of many classes.
pub fn class<'c>(cluster: &'c Cluster<'_>, of: &ClassRef<'_>) -> Option<NodeClass<'c>> {
    let (api_version, kind) = match of {
        of if of.is_auto_mode() => ("eks.amazonaws.com/v1", "NodeClass"),
        of if of.is_of_karpenter() => ("karpenter.k8s.aws/v1", "EC2NodeClass"),
        _ => return None,
    };
    let query = Query {
        api_version,
        kind,
        name: &of.name,
        namespace: None,
        field_masks: &[
            "spec.advancedNetworking.networkInterfaces",
            "spec.associatePublicIPAddress",
            "spec.kubelet.maxPods",
            "spec.networkInterfaces",
            "spec.securityGroupSelectorTerms",
            "spec.subnetSelectorTerms",
        ],
    };
    let Class { spec } = Reader::whole(cluster.get(&query)?).ok()?;
    Some(spec)
}

/// The NodeOverlays.
pub fn overlays<'c>(cluster: &'c Cluster<'_>) -> Option<Vec<Overlay<'c>>> {
    cluster.items("karpenter.sh/v1alpha1", "NodeOverlay", &["spec.capacity", "spec.requirements"])
}
