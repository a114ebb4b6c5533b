//! Merges what AWS has and what was planned by hand into one network: equal VPCs and subnets are joined,
//! all others follow those of the plan.

use eks_aiml_networking::{error::Fault, text::Quoted};
use serde_json::{Map, Value, json};

use super::{
    Described, aws,
    vpcs::{self, is_only},
};

/// A network in the format of the settings, and the origin of its parts.
#[derive(Debug, Default)]
pub struct Merged {
    /// The value of `network` in the settings.
    pub network: Value,
    /// Its subnets, by position.
    pub subnets: Vec<Slot>,
    /// For each name of a part in errors, the name that people know it by.
    pub places: Vec<(String, String)>,
    /// Differences between AWS and the plan.
    pub faults: Vec<Fault>,
    /// Notes about it.
    pub notes: Vec<String>,
}

/// A subnet of the network.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name in the network.
    pub name: String,
    /// Its position among AWS's subnets.
    pub aws: Option<usize>,
    /// `true` if it is the IPv6 range.
    pub v6: bool,
    /// Its zone.
    pub zone: String,
}

fn text<'v>(item: &'v Value, key: &str) -> &'v str {
    item.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Removes and returns the list under a key; `None` if the value is not a list.
fn list(network: &mut Map<String, Value>, key: &str) -> Option<Vec<Value>> {
    match network.remove(key).unwrap_or(Value::Null) {
        Value::Array(items) => Some(items),
        Value::Null => Some(Vec::new()),
        other => {
            network.insert(key.to_owned(), other);
            None
        }
    }
}

impl Merged {
    /// Merges the network of the plan in settings with the described one, including IPv6 ranges if nodes
    /// use them.
    pub fn of(described: &Described, planned: Option<&Value>, with_v6: bool) -> Self {
        let mut merged = Self { notes: described.notes.clone(), ..Self::default() };
        let mut network = match planned {
            Some(Value::Object(network)) => network.clone(),
            Some(Value::Null) | None => Map::new(),
            // Not a plan; the errors say so.
            Some(other) => return Self { network: other.clone(), ..merged },
        };
        let lists = (list(&mut network, "vpcs"), list(&mut network, "subnets"));
        let nodes = list(&mut network, "nodes");
        let (Some(mut vpcs), Some(mut subnets)) = lists else {
            return Self { network: planned.cloned().unwrap_or_default(), ..merged };
        };
        let joined = merged.join_vpcs(described, &mut vpcs);
        merged.join_subnets(described, &joined, &mut subnets);
        merged.add_subnets(described, &joined, &mut subnets, with_v6);
        if let Some(mut nodes) = nodes {
            nodes.iter_mut().for_each(|group| merged.name_subnets(described, group));
            network.insert("nodes".to_owned(), nodes.into());
        }
        network.insert("vpcs".to_owned(), vpcs.into());
        network.insert("subnets".to_owned(), subnets.into());
        merged.network = network.into();
        merged
    }

    /// Joins AWS's VPCs with those of the plan; returns the name for each id.
    fn join_vpcs(&mut self, described: &Described, vpcs: &mut Vec<Value>) -> Vec<(String, String)> {
        let mut names = Vec::new();
        for id in &vpcs::ids(described) {
            let known = described.vpcs.iter().find(|vpc| vpc.id == *id);
            let tag = known.and_then(|vpc| vpc.tags.name());
            let is_it = |vpc: &&mut Value| {
                let name = text(vpc, "name");
                name == id || tag == Some(name) && is_only(described, name)
            };
            let cidrs = match known {
                Some(vpc) => vpc.cidrs.clone(),
                None => vpcs::of_subnets(described, id),
            };
            if let Some(planned) = vpcs.iter_mut().find(is_it) {
                names.push((id.clone(), text(planned, "name").to_owned()));
                self.join_blocks(planned, &cidrs, known.is_some());
                continue;
            }
            let name = match tag {
                Some(tag)
                    if is_only(described, tag)
                        && !vpcs.iter().any(|vpc| text(vpc, "name") == tag) =>
                {
                    tag.to_owned()
                }
                Some(tag) => format!("{tag} {id}"),
                None => id.clone(),
            };
            if known.is_none() {
                self.notes.push(format!(
                    "the CIDR blocks of the VPC `{name}` are unknown, only its subnets; add the output of `aws ec2 describe-vpcs`"
                ));
            }
            let place = known.map_or_else(|| name.clone(), |vpc| vpc.place.clone());
            self.places.push((format!("network.vpcs[{}]", vpcs.len()), place));
            vpcs.push(json!({ "name": name, "cidrs": cidrs }));
            names.push((id.clone(), name));
        }
        names
    }

    /// Adds AWS's blocks to a VPC of the plan.
    fn join_blocks(&mut self, planned: &mut Value, cidrs: &[String], is_known: bool) {
        let name = Quoted(text(planned, "name")).to_string();
        let Some(Value::Array(blocks)) = planned.get_mut("cidrs") else {
            // A planned VPC without blocks gets AWS's.
            if let Some(planned) = planned.as_object_mut() {
                planned.insert("cidrs".to_owned(), cidrs.into());
            }
            return;
        };
        if !is_known {
            return;
        }
        for block in blocks.iter().filter_map(Value::as_str) {
            if !cidrs.iter().any(|cidr| cidr == block) {
                self.notes.push(format!(
                    "AWS does not have the block {} of the VPC {name} yet",
                    Quoted(block)
                ));
            }
        }
        for cidr in cidrs {
            if !blocks.iter().any(|block| block == cidr) {
                blocks.push(cidr.as_str().into());
            }
        }
    }

    /// Finds the planned subnets among those of AWS.
    fn join_subnets(
        &mut self,
        described: &Described,
        vpcs: &[(String, String)],
        subnets: &mut [Value],
    ) {
        for (at, planned) in subnets.iter_mut().enumerate() {
            let (name, cidr) = (text(planned, "name").to_owned(), text(planned, "cidr").to_owned());
            let vpc = text(planned, "vpc").to_owned();
            let same_range = |one: &aws::Subnet| {
                let in_vpc =
                    vpcs.iter().any(|(id, name)| *id == one.vpc && (*name == vpc || *id == vpc));
                in_vpc && (one.cidr.as_deref() == Some(&cidr) || one.v6.contains(&cidr))
            };
            let named = |one: &aws::Subnet| one.id == name || is_named(described, one, &name);
            let all = || described.subnets.iter().enumerate();
            let found = all()
                .find(|(_, one)| same_range(one))
                .or_else(|| all().find(|(_, one)| named(one)));
            let v6 = cidr.contains(':');
            let mut slot = Slot { name, aws: None, v6, zone: text(planned, "zone").to_owned() };
            if let Some((position, one)) = found {
                slot.aws = Some(position);
                let is_same = one.cidr.as_deref() == Some(&cidr) || one.v6.contains(&cidr);
                if let (false, false, Some(other)) = (is_same, v6, &one.cidr) {
                    let what = format!(
                        "{} is planned, but {} in AWS has {}; plan the existing subnet, or another one",
                        Quoted(&cidr),
                        one.id,
                        Quoted(other)
                    );
                    self.faults.push(Fault { path: format!("network.subnets[{at}].cidr"), what });
                }
                if slot.zone.is_empty() {
                    slot.zone.clone_from(&one.zone);
                    if let Some(planned) = planned.as_object_mut() {
                        planned.insert("zone".to_owned(), one.zone.as_str().into());
                    }
                }
            }
            self.subnets.push(slot);
        }
    }

    /// Adds AWS's subnets that the plan lacks.
    fn add_subnets(
        &mut self,
        described: &Described,
        vpcs: &[(String, String)],
        subnets: &mut Vec<Value>,
        with_v6: bool,
    ) {
        for (position, one) in described.subnets.iter().enumerate() {
            let vpc =
                vpcs.iter().find(|(id, _)| *id == one.vpc).map_or(&*one.vpc, |(_, name)| name);
            let v4 = one.cidr.iter().map(|cidr| (false, cidr));
            let v6 =
                one.v6.iter().filter(|_| with_v6 || one.cidr.is_none()).map(|cidr| (true, cidr));
            for (v6, cidr) in v4.chain(v6) {
                if self.subnets.iter().any(|slot| slot.aws == Some(position) && slot.v6 == v6) {
                    continue;
                }
                let is_taken = |name: &str| self.subnets.iter().any(|slot| slot.name == name);
                let name = match one.tags.name() {
                    Some(tag) if is_named(described, one, tag) && !is_taken(tag) => tag.to_owned(),
                    Some(tag) if !is_named(described, one, tag) => format!("{tag} {}", one.id),
                    Some(tag) if v6 => format!("{tag} IPv6"),
                    _ if is_taken(&one.id) => format!("{} IPv6", one.id),
                    _ => one.id.clone(),
                };
                let name = if is_taken(&name) { format!("{name} {cidr}") } else { name };
                let name_in_faults = format!("network.subnets[{}]", subnets.len());
                let range = format!(
                    "{}/{}",
                    one.place,
                    if v6 { "Ipv6CidrBlockAssociationSet" } else { "CidrBlock" }
                );
                self.places.push((format!("{name_in_faults}.cidr"), range));
                self.places.push((name_in_faults, one.place.clone()));
                subnets.push(json!({ "name": name, "vpc": vpc, "cidr": cidr, "zone": one.zone }));
                self.subnets.push(Slot { name, aws: Some(position), v6, zone: one.zone.clone() });
            }
        }
    }

    /// Renames AWS's subnets in a group of nodes as in the network: the plan may use their ids.
    fn name_subnets(&self, described: &Described, group: &mut Value) {
        let Some(Value::Array(names)) = group.get_mut("subnets") else { return };
        for name in names {
            let Some(id) = name.as_str() else { continue };
            let of_aws = |slot: &&Slot| {
                slot.aws.and_then(|at| described.subnets.get(at)).is_some_and(|one| one.id == id)
            };
            if self.subnets.iter().all(|slot| slot.name != id)
                && let Some(slot) = self.subnets.iter().find(of_aws)
            {
                *name = slot.name.as_str().into();
            }
        }
    }

    /// Replaces the names of the network's parts in a text with those that people know.
    pub fn told(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, place) in &self.places {
            if text.contains(name) {
                text = text.replace(name, place);
            }
        }
        text
    }
}

/// `true` if a subnet has this name, and no other subnet does.
fn is_named(described: &Described, subnet: &aws::Subnet, name: &str) -> bool {
    let mut named = described.subnets.iter().filter(|one| one.tags.name() == Some(name));
    named.next().is_some_and(|one| one.id == subnet.id) && named.next().is_none()
}
