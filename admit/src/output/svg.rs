//! Shared parts of pictures: frame, colours, and escaped text.

use std::fmt::Write as _;

const WIDTH: u64 = 860;

/// Colours that differ in light and dark, and in lightness for people without colour vision.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1b1f24}.small{font-size:11px;fill:#57606a}\
.back{fill:#fff}.own{fill:#57606a}.taken{fill:#0a58ca}.prefixes{fill:#f2b84b}.free{fill:#c9e7cf}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9da7b1}.back{fill:#0d1117}\
.own{fill:#8b949e}.taken{fill:#58a6ff}.prefixes{fill:#9a6b0c}.free{fill:#1f5130}}";

/// Returns the beginning of a picture of this height.
pub fn frame(title: &str, height: u64) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">
<title id="title">{title}</title>
<style>{STYLE}</style>
<rect class="back" width="{WIDTH}" height="{height}"/>
"#
    )
}

/// Writes the legend: colours as classes, with their names, `apart` from each other.
pub fn legend(out: &mut String, apart: u64, items: &[(&str, &str)]) {
    for (at, (class, name)) in (0_u64..).zip(items) {
        let x = at * apart + 12;
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            r#"<rect class="{class}" x="{x}" y="16" width="12" height="12"/><text x="{}" y="26">{name}</text>"#,
            x + 18
        );
    }
}
