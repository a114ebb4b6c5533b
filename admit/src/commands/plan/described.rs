//! Plans the network that files describe: AWS's subnets and VPCs, Karpenter's NodePools, settings.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use eks_aiml_networking::settings as policy;
use insight::network::{Described, Document, Outcome, Report};
use serde_json::Value;

use super::{Answer, Output, svg, table};
use crate::input::{
    find::{Found, find},
    settings,
    text::Text,
};

/// Returns the plan of these files, together with that of a settings file.
///
/// # Errors
/// If a file can't be read, or does not describe a network.
pub fn run(files: &[PathBuf], path: Option<&Path>, output: Output) -> Result<Answer> {
    let mut described = Described::default();
    let mut found: Vec<Value> = Vec::new();
    if path.is_some() {
        found.push(settings::read(path)?);
    }
    for (order, one) in find(files, false).into_iter().enumerate() {
        match one {
            Found::Read(source) => {
                take(&Text::read(source, order), &mut described, &mut found)?;
            }
            Found::Passed { .. } => {}
            Found::Failed { name, why } => bail!("{name}: {why}"),
        }
    }
    found.dedup();
    ensure!(
        found.len() < 2,
        "the files contain different settings; name only the file that belongs to this plan"
    );
    let mut settings = found.pop().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let planned = settings.as_object_mut().and_then(|settings| settings.remove("network"));
    if described.is_empty() && planned.is_none() {
        bail!("no file describes subnets, VPCs or NodePools, or contains settings with a plan");
    }
    // The plan is checked together with AWS's network.
    let text = settings.to_string();
    let faults = policy::validate(&text);
    if !faults.is_empty() {
        return Ok(Answer::Faults(faults));
    }
    let settings = settings::checked(&text)?;
    match described.report(planned.as_ref(), &settings)? {
        Outcome::Faults(faults) => Ok(Answer::Faults(faults)),
        Outcome::Report(report) => shown(&report, output).map(Answer::Text),
    }
}

/// Adds the documents of a file.
fn take(text: &Text, described: &mut Described, settings: &mut Vec<Value>) -> Result<()> {
    let name = text.source.name();
    for (line, value) in text.values()? {
        match described.take(&name, &value)? {
            Document::Settings(found) => settings.push(found),
            Document::Unknown if text.source.is_named() => bail!(
                "{name} line {line}: not the output of `aws ec2 describe-subnets` or `describe-vpcs` (JSON or YAML), not a Kubernetes object, and not settings with `network`"
            ),
            Document::Network | Document::Other | Document::Unknown => {}
        }
    }
    Ok(())
}

fn shown(report: &Report, output: Output) -> Result<String> {
    match output {
        Output::Table => Ok(table::of(&report.plan, &report.node_pools)),
        Output::Json => Ok(serde_json::to_string_pretty(report)? + "\n"),
        Output::Svg if report.plan.subnets.is_empty() => {
            bail!("`-o svg` shows subnets, and these files describe none")
        }
        Output::Svg => Ok(svg::picture(&report.plan.subnets)),
    }
}
