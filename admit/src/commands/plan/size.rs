//! Computes how large subnets must be for some nodes, without and with prefixes.

use anyhow::{Context, Result, bail};
use eks_aiml_networking::{
    capacity::Capacity,
    instances::InstanceType,
    plan::{Need, Terms, of_node},
    settings::Settings,
    text::Quoted,
};
use serde_json::{Value, json};

use super::Output;
use crate::{
    commands::types,
    output::table::{self, Column, cell, numbers, words},
};

/// Nodes of a type, and the addresses they use.
struct Row<'t> {
    instance: InstanceType<'t>,
    count: u64,
    secondary: Taken,
    prefix: Taken,
}

/// The addresses that nodes use in a mode.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// The recommended number of pods on each.
    pods: Option<u32>,
    need: Need,
}

/// Returns the output.
///
/// # Errors
/// If a type or a count is not valid.
pub fn run(nodes: &[String], settings: &Settings<'_>, output: Output) -> Result<String> {
    let rows = nodes.iter().map(|text| Row::read(text, settings)).collect::<Result<Vec<_>>>()?;
    match output {
        Output::Table => Ok(table(&rows)),
        Output::Json => Ok(serde_json::to_string_pretty(&json(&rows))? + "\n"),
        Output::Svg => bail!("`-o svg` shows subnets and can't be used with --nodes"),
    }
}

impl<'t> Row<'t> {
    /// Reads `p5.48xlarge=40`.
    fn read(text: &str, settings: &'t Settings<'_>) -> Result<Self> {
        let form = || {
            let name = text.split(['=', ':']).next().unwrap_or_default().trim();
            format!("the number of nodes is missing in {}; write `{name}=40`", Quoted(text))
        };
        let (name, count) = text.split_once('=').with_context(form)?;
        let count: u32 = count.trim().parse().ok().with_context(form)?;
        let found = types::named(&[name.trim().to_owned()], &settings.catalog)?;
        let [instance] = &*found else { bail!("{} matches several types; name one", Quoted(name)) };
        let taken = |prefixes| {
            let options = settings.capacity.with_prefixes(prefixes);
            let terms = Terms { options, ..settings.terms() };
            let each = of_node(instance, &terms).with_context(|| {
                format!(
                    "the number of addresses of `{}` is unknown; add the type to `instanceTypes.extra` of the settings",
                    instance.name()
                )
            })?;
            let pods = Capacity::of(instance, &options).recommended();
            anyhow::Ok(Taken { pods, need: each.times(count.into()) })
        };
        let (secondary, prefix) = (taken(false)?, taken(true)?);
        Ok(Self { instance: *instance, count: count.into(), secondary, prefix })
    }
}

/// The smallest subnet with room for these addresses, in words.
fn smallest(need: Need) -> String {
    match need.smallest_subnet() {
        Some(len) => format!("/{len}"),
        None => format!("none: at least {} of /16", need.largest_subnets()),
    }
}

const COLUMNS: [Column; 9] = [
    words("instance type"),
    numbers("nodes", ""),
    numbers("secondary", "pods per node"),
    numbers("secondary", "addresses"),
    numbers("secondary", "smallest subnet"),
    numbers("prefixes", "pods per node"),
    numbers("prefixes", "/28 blocks"),
    numbers("prefixes", "addresses"),
    numbers("prefixes", "smallest subnet"),
];

fn total(rows: &[Row<'_>], mode: impl Fn(&Row<'_>) -> Taken) -> Need {
    rows.iter().map(|row| mode(row).need).fold(Need::default(), Need::and)
}

fn table(rows: &[Row<'_>]) -> String {
    let cells = |name: &str, count: u64, secondary: Taken, prefix: Taken, pods: [String; 2]| {
        let [secondary_pods, prefix_pods] = pods;
        [
            name.to_owned(),
            count.to_string(),
            secondary_pods,
            secondary.need.in_addresses().to_string(),
            smallest(secondary.need),
            prefix_pods,
            prefix.need.blocks.to_string(),
            prefix.need.in_addresses().to_string(),
            smallest(prefix.need),
        ]
    };
    let mut shown: Vec<_> = rows
        .iter()
        .map(|row| {
            let pods = [cell(row.secondary.pods), cell(row.prefix.pods)];
            cells(row.instance.name(), row.count, row.secondary, row.prefix, pods)
        })
        .collect();
    if rows.len() > 1 {
        let all = |need| Taken { pods: None, need };
        let count = rows.iter().map(|row| row.count).sum();
        let secondary = all(total(rows, |row| row.secondary));
        let prefix = all(total(rows, |row| row.prefix));
        shown.push(cells("all", count, secondary, prefix, Default::default()));
    }
    table::lines(&COLUMNS, &shown, "").join("\n") + "\n"
}

fn json(rows: &[Row<'_>]) -> Value {
    let size = |need: Need| {
        let smallest = need.smallest_subnet();
        json!({
            "blocks": need.blocks,
            "addresses": need.in_addresses(),
            "smallestSubnet": smallest,
            "subnetsOf16AtLeast": need.largest_subnets(),
        })
    };
    let mode = |taken: Taken| {
        let mut size = size(taken.need);
        if let Some(size) = size.as_object_mut() {
            size.insert("podsPerNode".to_owned(), taken.pods.into());
        }
        size
    };
    let nodes = rows.iter().map(|row| {
        json!({
            "instanceType": row.instance.name(),
            "count": row.count,
            "secondary": mode(row.secondary),
            "prefix": mode(row.prefix),
        })
    });
    json!({
        "nodes": nodes.collect::<Vec<_>>(),
        "all": {
            "secondary": size(total(rows, |row| row.secondary)),
            "prefix": size(total(rows, |row| row.prefix)),
        },
    })
}
