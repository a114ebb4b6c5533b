//! `admit capacity`: shows how many pods a node of each type supports, and how many subnet addresses it
//! uses.

mod svg;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use eks_aiml_networking::{capacity::Options, form::Known, instances::InstanceType};
use insight::capacity::Row;

use super::types;
use crate::{
    input::settings,
    output::table::{self, Column, either, numbers, words},
};

/// Show how many pods a node of each instance type supports, and how many subnet addresses it uses.
///
/// Shows the maximum number of pods with secondary IP addresses and with prefixes, the recommended number,
/// and the number that EKS Auto Mode allows. Also shows how many addresses and prefixes a node with the
/// recommended number of pods uses at best. If it is unknown whether the VPC CNI assigns prefixes, both
/// numbers are shown: first without prefixes, then with prefixes.
#[derive(Args, Debug, Default)]
pub struct Command {
    /// Instance types. `*` matches any text, for example 'p5*'.
    #[arg(required_unless_present = "all", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Show all known instance types.
    #[arg(long, conflicts_with = "types")]
    pub all: bool,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
    /// The settings of the policy; `capacity` and `instanceTypes.extra` are used.
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Flags that override `capacity` of the settings.
    #[command(flatten)]
    pub flags: Flags,
}

/// The settings of `capacity` as flags.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(
    next_help_heading = "How the cluster assigns addresses (overrides `capacity` of the settings)"
)]
pub struct Flags {
    /// The VPC CNI assigns prefixes on types that support them (default: unknown).
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    pub prefix_delegation: Option<bool>,
    /// Pods use separate subnets (custom networking), so the node's first interface serves no pods (default: false).
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub custom_networking: Option<bool>,
    /// Security groups for pods are on, so a trunk interface replaces one interface for pods on types that
    /// support trunking (default: unknown; no trunk is counted).
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    pub security_groups_for_pods: Option<bool>,
    /// The number of network interfaces that serve no pods (default: 0).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=16))]
    pub reserved_enis: Option<u16>,
    /// The maximum number of network interfaces: `MAX_ENI` of the VPC CNI.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16))]
    pub max_enis: Option<u16>,
    /// Recommend at most 110 pods per node, or 250 above 30 vCPUs (default: true).
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    pub recommended_cap: Option<bool>,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns.
    #[default]
    Table,
    /// Comma-separated values. A cell is empty if its value is unknown or does not exist.
    Csv,
    /// A list of objects; unknown values are `null`.
    Json,
    /// A picture: the pods of each type with and without prefixes.
    Svg,
}

impl Flags {
    /// Overrides `options` with the flags that are set.
    pub fn over(self, options: Options) -> Options {
        let known = |flag: Option<bool>, Known(told)| Known(flag.or(told));
        Options {
            prefix_delegation: known(self.prefix_delegation, options.prefix_delegation),
            security_groups_for_pods: known(
                self.security_groups_for_pods,
                options.security_groups_for_pods,
            ),
            custom_networking: self.custom_networking.unwrap_or(options.custom_networking),
            reserved_enis: self.reserved_enis.unwrap_or(options.reserved_enis),
            max_enis: self.max_enis.or(options.max_enis),
            recommended_cap: self.recommended_cap.unwrap_or(options.recommended_cap),
            ..options
        }
    }
}

/// Runs the command and returns its output.
///
/// # Errors
/// If the settings or a type are not valid.
pub fn run(command: &Command) -> Result<String> {
    let text = settings::read(command.settings.as_deref())?.to_string();
    let settings = settings::checked(&text)?;
    let types = match command.all {
        true => types::sorted(settings.catalog.all(), &settings.catalog),
        false => types::named(&command.types, &settings.catalog)?,
    };
    let options = command.flags.over(settings.capacity);
    let rows = || types.iter().map(|instance| Row::of(instance, &options)).collect::<Vec<_>>();
    match command.output {
        Output::Table => Ok(table(&types, options)),
        Output::Csv => csv(&rows()),
        Output::Json => Ok(serde_json::to_string_pretty(&rows())? + "\n"),
        Output::Svg => Ok(svg::picture(&rows())),
    }
}

const COLUMNS: [Column; 9] = [
    words("instance type"),
    numbers("secondary", "pods"),
    numbers("prefixes", "pods"),
    numbers("recommended", "pods"),
    numbers("Auto Mode", "pods"),
    numbers("uses", "/28 prefixes"),
    numbers("uses", "addresses"),
    numbers("EFA", "interfaces"),
    numbers("bandwidth", "Mbps"),
];

fn table(types: &[InstanceType<'_>], options: Options) -> String {
    let cells = |instance: &InstanceType<'_>| {
        let ways: Vec<Row> = options.ways().map(|options| Row::of(instance, &options)).collect();
        let of = |number: &dyn Fn(&Row) -> Option<u32>| either(ways.iter().map(number));
        let prefixes = match instance.takes_prefixes() {
            Some(false) => "no prefixes".to_owned(),
            _ => of(&|row| row.max_pods_prefix),
        };
        [
            instance.name().to_owned(),
            of(&|row| row.max_pods_secondary),
            prefixes,
            of(&|row| row.max_pods_recommended),
            of(&|row| row.auto_mode_pods),
            of(&|row| row.taken.map(|taken| taken.prefixes)),
            of(&|row| row.taken.map(|taken| taken.addresses)),
            of(&|row| row.efa_interfaces.map(u32::from)),
            of(&|row| row.network_bandwidth_mbps),
        ]
    };
    let rows: Vec<_> = types.iter().map(cells).collect();
    table::lines(&COLUMNS, &rows, "").join("\n") + "\n"
}

fn csv(rows: &[Row]) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "instance_type",
        "max_pods_secondary",
        "max_pods_prefix",
        "max_pods_recommended",
        "network_bandwidth_mbps",
        "efa_interfaces",
    ])?;
    for row in rows {
        out.serialize((
            &row.instance_type,
            row.max_pods_secondary,
            row.max_pods_prefix,
            row.max_pods_recommended,
            row.network_bandwidth_mbps,
            row.efa_interfaces,
        ))?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_settings() {
        let of_settings =
            Options { reserved_enis: 2, custom_networking: true, ..Options::default() };
        let flags = Flags {
            reserved_enis: Some(1),
            max_enis: Some(3),
            prefix_delegation: Some(false),
            ..Flags::default()
        };
        let expected = Options {
            reserved_enis: 1,
            max_enis: Some(3),
            custom_networking: true,
            ..Options::default().with_prefixes(false)
        };
        assert_eq!(flags.over(of_settings), expected);
        assert_eq!(Flags::default().over(of_settings), of_settings);
    }

    #[test]
    fn what_a_person_is_shown() {
        let types = ["c5.4xlarge", "m5.large", "p5.48xlarge", "m4.large", "p6e-gb200.36xlarge"];
        let types = types.map(str::to_owned).to_vec();
        let shown = run(&Command { types, ..Command::default() }).unwrap();
        assert_eq!(
            shown.lines().collect::<Vec<_>>(),
            [
                "instance type       secondary     prefixes  recommended  Auto Mode          uses        uses         EFA  bandwidth",
                "                         pods         pods         pods       pods  /28 prefixes   addresses  interfaces       Mbps",
                "c5.4xlarge                234         3714          110        110        0 or 7  112 or 113           0       5000",
                "m5.large                   29          434    29 or 110         27        0 or 7   30 or 113           0        750",
                "p5.48xlarge               100         1570   100 or 250         98       0 or 16  100 or 257          32    3200000",
                "m4.large                   20  no prefixes           20         18             0          20           0    unknown",
                "p6e-gb200.36xlarge    unknown      unknown      unknown    unknown       unknown     unknown     unknown    3200000",
            ]
        );
    }
}
