//! Draws capacity: for each instance type a bar of the pods without prefixes and one with them.

use std::fmt::Write as _;

use insight::capacity::Row;

use crate::output::{
    svg::{frame, legend},
    xml::escaped,
};

const BAR: u64 = 560;
const LEFT: u64 = 220;
const ROW: u64 = 44;
const TOP: u64 = 56;

const LEGEND: [(&str, &str); 2] = [("taken", "without prefixes"), ("free", "with prefixes")];

/// Returns the picture.
pub fn picture(rows: &[Row]) -> String {
    let height = (0..).zip(rows).map(|(at, _): (u64, _)| at + 1).max().unwrap_or(0) * ROW + TOP + 8;
    let mut out = frame("Pods that a node has IP addresses for", height);
    legend(&mut out, 200, &LEGEND);
    let pods = |row: &Row| [row.max_pods_secondary, row.max_pods_prefix].map(|n| n.map(u64::from));
    let most = rows.iter().flat_map(pods).flatten().max().unwrap_or(0).max(1);
    for (at, row) in (0_u64..).zip(rows) {
        let y = TOP + at * ROW;
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            r#"<g role="group"><text x="12" y="{}">{}</text>"#,
            y + 20,
            escaped(&row.instance_type),
        );
        for (nth, ((class, name), pods)) in (0_u64..).zip(LEGEND.into_iter().zip(pods(row))) {
            let y = y + nth * 16;
            let Some(pods) = pods else {
                let _ = writeln!(
                    out,
                    r#"<text class="small" x="{LEFT}" y="{}">unknown</text>"#,
                    y + 11
                );
                continue;
            };
            let width = (pods * BAR / most).max(1);
            let _ = writeln!(
                out,
                r#"<rect class="{class}" x="{LEFT}" y="{y}" width="{width}" height="14"><title>{}: {pods} pods {name}</title></rect><text class="small" x="{}" y="{}">{pods}</text>"#,
                escaped(&row.instance_type),
                LEFT + width + 6,
                y + 11,
            );
        }
        out += "</g>\n";
    }
    out + "</svg>\n"
}
