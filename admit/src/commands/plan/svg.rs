//! The plan as a picture: a bar for each subnet, all of one length.

use std::fmt::Write as _;

use insight::plan::Subnet;

const WIDTH: u64 = 860;
const BAR: u64 = 560;
const LEFT: u64 = 280;
const ROW: u64 = 44;
const TOP: u64 = 56;

/// Colours that are told apart in light and dark, and without colour vision by their lightness.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1b1f24}.small{font-size:11px;fill:#57606a}\
.back{fill:#fff}.own{fill:#57606a}.taken{fill:#0a58ca}.prefixes{fill:#f2b84b}.free{fill:#c9e7cf}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9da7b1}.back{fill:#0d1117}\
.own{fill:#8b949e}.taken{fill:#58a6ff}.prefixes{fill:#9a6b0c}.free{fill:#1f5130}}";

const LEGEND: [(&str, &str); 4] = [
    ("own", "AWS's own"),
    ("taken", "taken"),
    ("prefixes", "free for prefixes only"),
    ("free", "free"),
];

/// The picture.
pub fn picture(rows: &[Subnet]) -> String {
    let height = (0..).zip(rows).map(|(at, _): (u64, _)| at + 1).max().unwrap_or(0) * ROW + TOP + 8;
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">
<title id="title">Address plan: what is reserved, taken and free in each subnet</title>
<style>{STYLE}</style>
<rect class="back" width="{WIDTH}" height="{height}"/>"#
    );
    for (at, (class, name)) in (0_u64..).zip(LEGEND) {
        let x = at * 200 + 12;
        let _ = writeln!(
            out,
            r#"<rect class="{class}" x="{x}" y="16" width="12" height="12"/><text x="{}" y="26">{name}</text>"#,
            x + 18
        );
    }
    for (at, row) in (0_u64..).zip(rows) {
        bar(&mut out, row, TOP + at * ROW);
    }
    out + "</svg>\n"
}

fn bar(out: &mut String, row: &Subnet, y: u64) {
    let unit = row.parts.unit;
    let parts = [row.parts.aws, row.parts.taken, row.parts.free_for_prefixes, row.parts.free];
    let all = parts.iter().copied().fold(0, u64::saturating_add).max(1);
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
        if fits.is_empty() { "" } else { "; would fit: " },
        escaped(&fits),
    );
}

fn scaled(part: u64, all: u64) -> u64 {
    let scaled = u128::from(part) * u128::from(BAR) / u128::from(all);
    u64::try_from(scaled).unwrap_or(BAR)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for them.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
