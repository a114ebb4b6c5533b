//! Draws the cluster: for each NodePool the pods and the EFA interfaces of its nodes.

use std::fmt::Write as _;

use insight::cluster::{PoolRow, Span};

use crate::output::{svg::Chart, xml::escaped};

const BAR: u64 = 440;
const LEFT: u64 = 260;

const LEGEND: [(&str, &str); 2] =
    [("taken", "pods per node, at most"), ("prefixes", "EFA interfaces per node, at most")];

/// Returns the picture.
pub fn picture(rows: &[PoolRow]) -> String {
    let most = |of: fn(&PoolRow) -> Span| {
        rows.iter().filter_map(|row| of(row).most).max().unwrap_or(0).max(1)
    };
    let (pods, efa) = (most(|row| row.pods), most(|row| row.efa));
    let title = "Cluster: what a node of each NodePool offers";
    Chart { title, legend: (240, &LEGEND), row: 60 }.of(rows, |out, row, y| {
        let types = match row.types.as_slice() {
            [] => "no known type".to_owned(),
            [only] => only.clone(),
            [first, ..] => format!("{first} and {} more", row.types.len() - 1),
        };
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            r#"<g role="group"><text x="12" y="{}">{}</text><text class="small" x="12" y="{}">{}</text>"#,
            y + 12,
            escaped(&row.name),
            y + 28,
            escaped(&types),
        );
        for (line, class, span, most) in
            [(0, "taken", row.pods, pods), (20, "prefixes", row.efa, efa)]
        {
            let width = span.most.map_or(0, |number| u64::from(number) * BAR / u64::from(most));
            let _ = writeln!(
                out,
                r#"<rect class="{class}" x="{LEFT}" y="{}" width="{width}" height="14"/><text class="small" x="{}" y="{}">{span}</text>"#,
                y + line,
                LEFT + width + 8,
                y + line + 11,
            );
        }
        out.push_str("</g>\n");
    })
}
