//! Draws the plan: a bar for each subnet, all of the same length.

use std::fmt::Write as _;

use insight::plan::Subnet;

use crate::output::{svg::Chart, xml::escaped};

const BAR: u64 = 560;
const LEFT: u64 = 280;

const LEGEND: [(&str, &str); 4] = [
    ("own", "AWS's own"),
    ("taken", "used"),
    ("prefixes", "free for prefixes only"),
    ("free", "free"),
];

/// Returns the picture.
pub fn picture(rows: &[Subnet]) -> String {
    let title = "Address plan: reserved, used and free addresses of each subnet";
    Chart { title, legend: (200, &LEGEND), row: 44 }.of(rows, bar)
}

fn bar(out: &mut String, row: &Subnet, y: u64) {
    let unit = row.parts.unit;
    let parts = [row.parts.aws, row.parts.taken, row.parts.free_for_prefixes, row.parts.free];
    let all = parts.iter().copied().fold(0, u64::saturating_add).max(1);
    // Writing to a string can't fail.
    let _ = writeln!(
        out,
        r#"<g role="group"><text x="12" y="{}">{}</text><text class="small" x="12" y="{}">{} {}</text>"#,
        y + 12,
        escaped(&row.name),
        y + 28,
        escaped(&row.cidr),
        escaped(&row.zone),
    );
    let mut before = 0_u64;
    for ((class, name), part) in LEGEND.into_iter().zip(parts).filter(|(_, part)| *part > 0) {
        let (start, end) = (scaled(before, all), scaled(before.saturating_add(part), all));
        before = before.saturating_add(part);
        let _ = writeln!(
            out,
            r#"<rect class="{class}" x="{}" y="{y}" width="{}" height="18"><title>{}: {part} {unit} {name}</title></rect>"#,
            LEFT + start,
            (end - start).max(1),
            escaped(&row.name),
        );
    }
    let fits = row.would_fit.iter();
    let fits = fits.map(|fit| format!("{} more of {}", fit.nodes, fit.instance_type));
    let fits = fits.collect::<Vec<_>>().join(", ");
    let [.., reserved, free] = parts;
    let free = free.saturating_add(reserved);
    let _ = writeln!(
        out,
        r#"<text class="small" x="{LEFT}" y="{}">{free} {unit} free{}{}</text></g>"#,
        y + 31,
        if fits.is_empty() { "" } else { "; fits: " },
        escaped(&fits),
    );
}

fn scaled(part: u64, all: u64) -> u64 {
    let scaled = u128::from(part) * u128::from(BAR) / u128::from(all);
    u64::try_from(scaled).unwrap_or(BAR)
}
