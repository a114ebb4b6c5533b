//! Turns NodePools into groups of nodes: how many, of which type, and in which subnets.

use eks_aiml_networking::{settings::Settings, text::Quoted};

use super::{
    Described,
    karpenter::{ClassRef, MaxPods, NodeClass, Pool},
    limits::Limit,
    merged::{Merged, Slot},
    types::{Chosen, Types},
};

/// A NodePool in the plan.
#[derive(Debug)]
pub struct Planned<'d> {
    /// The NodePool.
    pub pool: &'d Pool,
    /// The limit on the number of its nodes.
    pub bound: Bound,
    /// The number of possible types.
    pub types: u32,
    /// The type and number of nodes that use the most addresses; `None` if no nodes are counted.
    pub most: Option<Chosen>,
    /// The type whose nodes use the fewest addresses.
    pub least: Option<Chosen>,
    /// The names of the subnets of its pods.
    pub subnets: Vec<String>,
    /// Notes about it.
    pub notes: Vec<String>,
    /// `true` if its nodes certainly exist, so that a lack of addresses is an error.
    pub is_certain: bool,
}

/// The limit on the number of a NodePool's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Its `replicas`.
    Replicas,
    /// Its limits.
    Limits,
    /// No limit.
    None,
    /// Unknown, or no nodes are counted.
    Unknown,
}

impl<'d> Planned<'d> {
    /// Plans a NodePool in a network.
    pub fn of(
        pool: &'d Pool,
        described: &Described,
        merged: &Merged,
        settings: &Settings<'_>,
    ) -> Self {
        let mut planned = Self {
            pool,
            bound: Bound::Unknown,
            types: 0,
            most: None,
            least: None,
            subnets: Vec::new(),
            notes: Vec::new(),
            is_certain: pool.replicas.is_some(),
        };
        let class = match &pool.class {
            ClassRef::Ec2(name) => planned.class(name, described),
            ClassRef::AutoMode => {
                planned.note("belongs to EKS Auto Mode, which assigns addresses differently; it is not counted");
                return planned;
            }
            ClassRef::Other => {
                planned.note("has no EC2NodeClass; it is not counted");
                return planned;
            }
        };
        planned.subnets = planned.subnets(class, described, merged, settings);
        planned.is_certain &= !planned.subnets.is_empty();
        let limits = planned.limits();
        let types = Types::of(pool, class, &limits, settings);
        planned.choose(types, &limits);
        planned
    }

    /// The nodes that are counted in its subnets.
    pub fn counted(&self) -> Option<&Chosen> {
        self.most.as_ref().filter(|_| !self.subnets.is_empty())
    }

    fn note(&mut self, what: &str) {
        self.notes.push(format!("the NodePool {} {what}", Quoted(&self.pool.name)));
    }

    fn class<'c>(&mut self, name: &str, described: &'c Described) -> Option<&'c NodeClass> {
        let class = described.classes.iter().find(|class| class.name == name);
        match class {
            None => {
                self.is_certain = false;
                self.note(&format!(
                    "has the EC2NodeClass {}, which no file describes; the plan assumes all subnets, and the number of pods that Karpenter uses without `maxPods`",
                    Quoted(name)
                ));
            }
            Some(class) if class.pods.most == MaxPods::Unknown => {
                self.is_certain = false;
                self.note("has a `maxPods` that the node computes; the plan uses the recommended number of pods");
            }
            Some(_) => {}
        }
        class
    }

    /// The subnets of its pods: those in its zones that its class selects.
    fn subnets(
        &mut self,
        class: Option<&NodeClass>,
        described: &Described,
        merged: &Merged,
        settings: &Settings<'_>,
    ) -> Vec<String> {
        let of_pods = settings.capacity.custom_networking;
        let is_open = |slot: &&Slot| {
            let aws = slot.aws.and_then(|at| described.subnets.get(at));
            let zone_id = aws.map_or("", |one| &one.zone_id);
            let selected = match (aws, class) {
                (Some(aws), _) if of_pods => {
                    described.eni_configs.iter().any(|config| config.subnet == aws.id)
                }
                (Some(aws), Some(class)) => class.terms.iter().any(|term| term.selects(aws)),
                (Some(_), None) => true,
                // The tags of a planned subnet are unknown.
                (None, _) => described.subnets.is_empty(),
            };
            let v6 = class.is_some_and(|class| class.is_of_ipv6);
            selected
                && (v6 || !slot.v6)
                && self.pool.zones.iter().all(|zones| zones.take(&slot.zone, zone_id))
        };
        let subnets: Vec<String> =
            merged.subnets.iter().filter(is_open).map(|slot| slot.name.clone()).collect();
        if merged.subnets.is_empty() {
            // The report says so once for all NodePools.
        } else if subnets.is_empty() {
            self.note(match of_pods {
                true => "is not counted: with `capacity.customNetworking` its pods use the subnets of ENIConfigs, and no file has an ENIConfig for its zones",
                false => "is not counted: its EC2NodeClass selects no subnet in its zones",
            });
        } else if described.subnets.is_empty() && class.is_some() {
            self.is_certain = false;
            self.note("may use all subnets of the plan; add the output of `aws ec2 describe-subnets` to see which ones its EC2NodeClass selects");
        }
        subnets
    }

    fn limits(&mut self) -> Vec<Limit> {
        let mut limits = Vec::new();
        for (resource, text) in &self.pool.limits {
            match Limit::read(resource, text) {
                None => self.note(&format!(
                    "has a limit that is not a quantity: `{resource}` {}",
                    Quoted(text)
                )),
                Some(limit) if !limit.is_understood() => {
                    self.note(&format!(
                        "has a limit of {}, but it is unknown how much of it a node has; the limit is not used here",
                        Quoted(resource)
                    ));
                }
                Some(limit) => limits.push(limit),
            }
        }
        limits
    }

    /// Chooses the type that uses the most addresses, and notes what is unknown.
    fn choose(&mut self, types: Types, limits: &[Limit]) {
        self.types = types.count;
        if types.names_unknown {
            self.is_certain = false;
            let what = match &*types.not_in_table {
                [] => "unknown families; their types are".to_owned(),
                names => format!("unknown types ({}); such nodes are", listed(names)),
            };
            self.note(&format!(
                "names {what} not counted; add the types to `instanceTypes.extra` of the settings"
            ));
        }
        if !types.unknown.is_empty() {
            self.is_certain = false;
            self.note(&format!(
                "may have nodes of {}, but it is unknown how many addresses they use; they are not counted",
                listed(&types.unknown)
            ));
        }
        self.bound = match (self.pool.replicas, &types.unbounded) {
            (Some(_), _) => Bound::Replicas,
            (None, Some(unbounded)) => {
                self.note(&match limits {
                    [] => "has no limits; only the free addresses limit its nodes".to_owned(),
                    _ => format!("has limits that don't limit its nodes of `{unbounded}`; only the free addresses do"),
                });
                Bound::None
            }
            (None, None) => Bound::Limits,
        };
        match (&types.most, types.too_small) {
            (None, Some(limit)) => self.note(&format!(
                "makes no node: its `limits.{}` of {} is less than any of its types has",
                limit.resource,
                Quoted(&limit.text)
            )),
            (None, None) if types.count == 0 && !types.names_unknown => {
                self.note("has requirements that no known type meets; it is not counted");
            }
            _ => {}
        }
        if types.most.is_none() {
            self.bound = Bound::Unknown;
        }
        self.most = types.most;
        self.least = types.least;
        if self.bound == Bound::None
            && let Some(most) = &mut self.most
        {
            (most.nodes, most.by) = (0, None);
        }
    }
}

/// The first few of some names, and the number of the others.
pub fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| Quoted(name).to_string()).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
