//! Reads the output of `aws ec2 describe-subnets` and `aws ec2 describe-vpcs`.
//!
//! Source: EC2 API reference, `Subnet`, `Vpc`, `SubnetCidrBlockState`, `VpcCidrBlockState`.

use anyhow::{Context, Result};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// A subnet.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// For example `subnet-0123456789abcdef0`.
    pub id: String,
    /// The id of its VPC.
    pub vpc: String,
    /// Its IPv4 range; `None` if it only has IPv6.
    pub cidr: Option<String>,
    /// Its IPv6 ranges.
    pub v6: Vec<String>,
    /// For example `us-east-1a`.
    pub zone: String,
    /// For example `use1-az1`.
    pub zone_id: String,
    /// The IPv4 addresses that are unused now.
    pub available: Option<u64>,
    /// Its tags.
    pub tags: Tags,
    /// The place that it was read from.
    pub place: String,
}

/// A VPC.
#[derive(Clone, Debug)]
pub struct Vpc {
    /// For example `vpc-0123456789abcdef0`.
    pub id: String,
    /// Its IPv4 and IPv6 blocks.
    pub cidrs: Vec<String>,
    /// Its tags.
    pub tags: Tags,
    /// The place that it was read from.
    pub place: String,
}

/// Tags, possibly none.
#[derive(Clone, Debug, Default)]
pub struct Tags(Vec<Tag>);

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

impl Tags {
    /// The value of a tag.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|tag| tag.key == key).map(|tag| &*tag.value)
    }

    /// The `Name` tag.
    pub fn name(&self) -> Option<&str> {
        self.get("Name").map(str::trim).filter(|name| !name.is_empty())
    }
}

/// The contents of a document.
#[derive(Debug, Default)]
pub struct Printed {
    /// The subnets.
    pub subnets: Vec<Subnet>,
    /// The VPCs.
    pub vpcs: Vec<Vpc>,
    /// Notes about it.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedSubnet {
    subnet_id: String,
    vpc_id: String,
    cidr_block: Option<String>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    available_ip_address_count: Option<u64>,
    ipv6_cidr_block_association_set: Option<Vec<V6>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedVpc {
    vpc_id: String,
    cidr_block: Option<String>,
    cidr_block_association_set: Option<Vec<V4>>,
    ipv6_cidr_block_association_set: Option<Vec<V6>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct V4 {
    cidr_block: String,
    cidr_block_state: Option<State>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct V6 {
    ipv6_cidr_block: String,
    ipv6_cidr_block_state: Option<State>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    state: String,
}

/// `true` if a block exists or is about to; AWS keeps listing failed and removed ones for a while.
fn is_there(state: Option<&State>) -> bool {
    let state = state.map_or("associated", |state| &state.state);
    !matches!(state, "disassociated" | "failing" | "failed")
}

/// Reads a document; `None` if it is not AWS output.
///
/// # Errors
/// If an item does not have AWS's format; with its place.
pub fn read(file: &str, document: &Value) -> Result<Option<Printed>> {
    let mut printed = Printed::default();
    // `--query 'Subnets[]'` prints only the list.
    let bare = |id: &str| document.get(0).is_some_and(|item| item.get(id).is_some());
    let subnets = match document.get("Subnets") {
        Some(list) => Some(("/Subnets", list)),
        None => bare("SubnetId").then_some(("", document)),
    };
    let vpcs = match document.get("Vpcs") {
        Some(list) => Some(("/Vpcs", list)),
        None => (subnets.is_none() && bare("VpcId")).then_some(("", document)),
    };
    if subnets.is_none() && vpcs.is_none() {
        return Ok(None);
    }
    for (place, item) in items(file, subnets)? {
        let one: PrintedSubnet = item_of(&place, item)?;
        printed.subnets.push(one.at(place));
    }
    for (place, item) in items(file, vpcs)? {
        let one: PrintedVpc = item_of(&place, item)?;
        printed.vpcs.push(one.at(place));
    }
    if document.get("NextToken").is_some_and(Value::is_string) {
        printed.notes.push(format!("{file} is only the first page; AWS has more (`NextToken`)"));
    }
    Ok(Some(printed))
}

fn items<'v>(file: &str, list: Option<(&str, &'v Value)>) -> Result<Vec<(String, &'v Value)>> {
    let Some((place, list)) = list else { return Ok(Vec::new()) };
    let list = list.as_array().with_context(|| format!("{file} {place} is not a list"))?;
    let item = |(at, item)| (format!("{file} {place}/{at}"), item);
    Ok(list.iter().enumerate().map(item).collect())
}

fn item_of<T: DeserializeOwned>(place: &str, item: &Value) -> Result<T> {
    serde_json::from_value(item.clone())
        .with_context(|| format!("{place} does not have the format of AWS's output"))
}

impl PrintedSubnet {
    fn at(self, place: String) -> Subnet {
        let v6 = self.ipv6_cidr_block_association_set.into_iter().flatten();
        let v6 = v6.filter(|one| is_there(one.ipv6_cidr_block_state.as_ref()));
        Subnet {
            id: self.subnet_id,
            vpc: self.vpc_id,
            cidr: self.cidr_block.filter(|cidr| !cidr.is_empty()),
            v6: v6.map(|one| one.ipv6_cidr_block).collect(),
            zone: self.availability_zone.unwrap_or_default(),
            zone_id: self.availability_zone_id.unwrap_or_default(),
            available: self.available_ip_address_count,
            tags: Tags(self.tags.unwrap_or_default()),
            place,
        }
    }
}

impl PrintedVpc {
    fn at(self, place: String) -> Vpc {
        let v4 = self.cidr_block_association_set.into_iter().flatten();
        let v4 = v4.filter(|one| is_there(one.cidr_block_state.as_ref())).map(|one| one.cidr_block);
        let v6 = self.ipv6_cidr_block_association_set.into_iter().flatten();
        let v6 = v6.filter(|one| is_there(one.ipv6_cidr_block_state.as_ref()));
        // The first block is also in the list with the others.
        let mut cidrs: Vec<String> = self.cidr_block.into_iter().collect();
        for cidr in v4.chain(v6.map(|one| one.ipv6_cidr_block)) {
            if !cidrs.contains(&cidr) {
                cidrs.push(cidr);
            }
        }
        Vpc { id: self.vpc_id, cidrs, tags: Tags(self.tags.unwrap_or_default()), place }
    }
}
