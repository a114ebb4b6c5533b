//! `admit instances`: lists the instance types that a pod with some conditions can run on, and writes
//! settings for types that are newer than the table.

mod described;
mod question;
mod selector;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use eks_aiml_networking::{
    instances::InstanceType,
    nodes::{Keep, Placement},
    settings::Settings,
    view::{Kind, View},
};
use insight::capacity::recommended;
use serde_json::{Value, json};

use self::selector::{Expression, Test};
use super::types;
use crate::{
    input::settings,
    output::table::{self, Column, cell, either, numbers, words},
};

/// List the instance types that a pod with these conditions can run on.
///
/// Types with incomplete data can match too; they are counted separately.
///
/// With `--from`, print settings (`instanceTypes.extra`) for the types that are missing from the table,
/// from the output of `aws ec2 describe-instance-types`.
#[derive(Args, Debug, Default)]
pub struct Command {
    /// Instance types. `*` matches any text, for example 'p5*'.
    #[arg(value_name = "TYPE")]
    pub types: Vec<String>,
    /// A condition on the labels, for example 'gpu-count>=4,family in (p4d,p5),bandwidth>=400Gbps,efa'.
    ///
    /// The syntax is that of Kubernetes label selectors, with `>=` and `<=` in addition. All conditions must
    /// hold; without a condition every type matches. Bandwidth is in Mbps and memory in MiB if you write no
    /// unit.
    ///
    /// `gpu-count` and `instance-gpu-count` mean `karpenter.k8s.aws/instance-gpu-count`, `type` means
    /// `node.kubernetes.io/instance-type`, `arch` means `kubernetes.io/arch`, and `efa>=4` means a pod that
    /// requests 4 EFA interfaces.
    #[arg(long = "where", value_name = "EXPR")]
    pub expressions: Vec<String>,
    /// Also list the types that may match, because their data is incomplete.
    #[arg(long)]
    pub all: bool,
    /// A file with the output of `aws ec2 describe-instance-types`, or `-` for standard input. Use it with
    /// `-o settings`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expressions", "types"])]
    pub from: Option<PathBuf>,
    /// The output format. `settings` needs `--from`.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
    /// The settings of the policy; `capacity` and `instanceTypes` are used.
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns, and the number of types that may match because their data is incomplete.
    #[default]
    Table,
    /// An object; unknown values are `null`.
    Json,
    /// One name per line, only of the types that match for certain.
    Names,
    /// `instanceTypes.extra` as YAML, for the types in `--from` that are newer than the table.
    Settings,
}

/// The output of the command.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// For standard output.
    pub text: String,
    /// For standard error, together with names and settings.
    pub note: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// If the settings or an expression are not valid.
pub fn run(command: &Command) -> Result<Answer> {
    let text = settings::read(command.settings.as_deref())?.to_string();
    let settings = settings::checked(&text)?;
    if let Some(path) = &command.from {
        ensure!(
            command.output == Output::Settings,
            "--from only writes settings; add `-o settings`"
        );
        return described::settings(path, &settings.catalog);
    }
    let parsed = command.expressions.iter().map(|text| selector::parse(text));
    let mut expressions = parsed.collect::<Result<Vec<_>>>()?.concat();
    if !command.types.is_empty() {
        let test = Test::In(command.types.clone());
        expressions.push(Expression { key: "type".to_owned(), test });
    }
    let pod = question::pod(&expressions, &settings.catalog)?.to_string();
    let view = View::read(Kind::Pod, &pod).ok();
    let pod = view
        .as_ref()
        .and_then(|view| view.pods().first())
        .context("no pod can have these conditions")?;
    let placement = Placement::of(pod, &settings);

    let matching = placement.survivors(Keep::All);
    let certain = types::certain(&matching, &placement);
    let possible = types::sorted(&matching.minus(&certain), &settings.catalog);
    let certain = types::sorted(&certain, &settings.catalog);
    let mixed = placement.mixed().map(|(karpenter, auto_mode)| {
        format!("no node has both labels: {karpenter} is a label of Karpenter, {auto_mode} of EKS Auto Mode")
    });
    let may_match = may_match(&possible, command.all);
    let answer = match command.output {
        Output::Table => {
            let mut lines = table(&certain, &settings);
            lines.extend(may_match);
            Answer { text: lines.join("\n") + "\n", note: mixed }
        }
        Output::Names => {
            let text = certain.iter().map(|instance| format!("{}\n", instance.name())).collect();
            let notes: Vec<String> = mixed.into_iter().chain(may_match).collect();
            Answer { text, note: (!notes.is_empty()).then(|| notes.join("\n")) }
        }
        Output::Json => {
            let of = |types: &[InstanceType<'_>]| -> Vec<Value> {
                types.iter().map(|instance| object(instance, &settings)).collect()
            };
            let all = json!({
                "count": certain.len(), "types": of(&certain), "mayMatch": of(&possible),
            });
            Answer { text: serde_json::to_string_pretty(&all)? + "\n", note: mixed }
        }
        Output::Settings => {
            bail!("`-o settings` needs --from FILE (`-` for standard input)")
        }
    };
    Ok(answer)
}

fn object(instance: &InstanceType<'_>, settings: &Settings<'_>) -> Value {
    json!({
        "instanceType": instance.name(),
        "vcpus": instance.vcpus(),
        "gpus": instance.gpu_count(),
        "efaInterfaces": instance.efa_interfaces(),
        "networkBandwidthMbps": instance.network_bandwidth_mbps(),
        "maxPodsRecommended": recommended(instance, &settings.capacity),
    })
}

const COLUMNS: [Column; 6] = [
    words("instance type"),
    numbers("vCPUs", ""),
    numbers("GPUs", ""),
    numbers("EFA", "interfaces"),
    numbers("bandwidth", "Mbps"),
    numbers("recommended", "pods"),
];

fn table(types: &[InstanceType<'_>], settings: &Settings<'_>) -> Vec<String> {
    let cells = |instance: &InstanceType<'_>| {
        [
            instance.name().to_owned(),
            cell(instance.vcpus()),
            cell(instance.gpu_count()),
            cell(instance.efa_interfaces()),
            cell(instance.network_bandwidth_mbps()),
            either(settings.capacity.ways().map(|options| recommended(instance, &options))),
        ]
    };
    let rows: Vec<_> = types.iter().map(cells).collect();
    let mut lines = match rows.as_slice() {
        [] => Vec::new(),
        rows => table::lines(&COLUMNS, rows, ""),
    };
    lines.push(match types.len() {
        0 => "no type matches".to_owned(),
        1 => "1 type matches".to_owned(),
        count => format!("{count} types match"),
    });
    lines
}

fn may_match(types: &[InstanceType<'_>], is_named: bool) -> Option<String> {
    let names: Vec<&str> = types.iter().map(InstanceType::name).collect();
    match names.len() {
        0 => None,
        _ if is_named => {
            Some(format!("may match, because their data is incomplete: {}", names.join(", ")))
        }
        1 => {
            Some("1 more type may match, because its data is incomplete; --all lists it".to_owned())
        }
        more => Some(format!(
            "{more} more types may match, because their data is incomplete; --all lists them"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(expressions: &[&str]) -> Answer {
        let expressions = expressions.iter().map(|text| (*text).to_owned()).collect();
        let all = true;
        run(&Command { expressions, all, output: Output::Names, ..Command::default() }).unwrap()
    }

    fn listed(expressions: &[&str]) -> Vec<String> {
        names(expressions).text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn all_expressions_must_hold() {
        let types = listed(&["family in (p5,p5en),gpu-count>=8", "efa>=32"]);
        assert_eq!(types, ["p5.48xlarge"]);
    }

    #[test]
    fn what_is_excluded_is_gone() {
        assert_eq!(listed(&["family=p5,type!=p5.48xlarge"]), ["p5.4xlarge"]);
        assert_eq!(listed(&["family=p5,!gpu-count"]).len(), 0);
        assert!(!listed(&["!gpu-count"]).contains(&"p5.48xlarge".to_owned()));
        assert!(listed(&["gpu-count!=8"]).contains(&"m5.large".to_owned()), "it has no such label");
    }

    #[test]
    fn what_is_not_known_is_told_apart() {
        let answer = names(&["family in (p6e-gb200,trn2u)", "efa"]);
        assert_eq!(answer.text, "");
        assert_eq!(
            answer.note.as_deref(),
            Some("may match, because their data is incomplete: p6e-gb200.36xlarge, trn2u.48xlarge")
        );
        let counted = run(&Command {
            types: vec!["trn2u*".to_owned()],
            expressions: vec!["efa".to_owned()],
            ..Command::default()
        });
        assert_eq!(
            counted.unwrap().text,
            "no type matches\n1 more type may match, because its data is incomplete; --all lists it\n"
        );
    }

    #[test]
    fn no_node_has_the_labels_of_two_provisioners() {
        let answer = names(&["family=p5,eks.amazonaws.com/instance-size=48xlarge"]);
        assert_eq!(answer.text, "p5.48xlarge\n");
        assert!(answer.note.unwrap().starts_with("no node has both labels: "));
    }
}
