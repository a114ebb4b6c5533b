//! Draws capacity: for each instance type a bar of the pods without prefixes and one with them.

use std::fmt::Write as _;

use insight::capacity::Row;

use crate::output::{svg::Chart, xml::escaped};

const BAR: u64 = 560;
const LEFT: u64 = 220;

const LEGEND: [(&str, &str); 2] = [("taken", "without prefixes"), ("free", "with prefixes")];

/// Returns the picture.
pub fn picture(rows: &[Row]) -> String {
    let most = rows.iter().flat_map(pods).flatten().max().unwrap_or(0).max(1);
    let chart =
        Chart { title: "Pods that a node has IP addresses for", legend: (200, &LEGEND), row: 44 };
    chart.of(rows, |out, row, y| bars(out, row, most, y))
}

fn pods(row: &Row) -> [Option<u64>; 2] {
    [row.max_pods_secondary, row.max_pods_prefix].map(|pods| pods.map(u64::from))
}

fn bars(out: &mut String, row: &Row, most: u64, y: u64) {
    let name = escaped(&row.instance_type);
    // Writing to a string can't fail.
    let _ = writeln!(out, r#"<g role="group"><text x="12" y="{}">{name}</text>"#, y + 20);
    for (nth, ((class, mode), pods)) in (0_u64..).zip(LEGEND.into_iter().zip(pods(row))) {
        let y = y + nth * 16;
        let text = y + 11;
        let _ = match pods {
            None => writeln!(out, r#"<text class="small" x="{LEFT}" y="{text}">unknown</text>"#),
            Some(pods) => {
                let width = (pods * BAR / most).max(1);
                writeln!(
                    out,
                    r#"<rect class="{class}" x="{LEFT}" y="{y}" width="{width}" height="14"><title>{name}: {pods} pods {mode}</title></rect><text class="small" x="{}" y="{text}">{pods}</text>"#,
                    LEFT + width + 6,
                )
            }
        };
    }
    out.push_str("</g>\n");
}
