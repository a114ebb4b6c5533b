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
fn frame(title: &str, height: u64) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">
<title id="title">{title}</title>
<style>{STYLE}</style>
<rect class="back" width="{WIDTH}" height="{height}"/>
"#
    )
}

/// Where the first row begins.
const TOP: u64 = 56;

/// A picture with a row for each item.
pub struct Chart<'c> {
    /// The title, for those who can't see it.
    pub title: &'c str,
    /// The meanings of the colours, as classes with their names, and how far they are apart.
    pub legend: (u64, &'c [(&'c str, &'c str)]),
    /// The height of a row.
    pub row: u64,
}

impl Chart<'_> {
    /// Draws the items: `draw` writes one, whose row begins at the height that it gets.
    pub fn of<T>(&self, items: &[T], draw: impl Fn(&mut String, &T, u64)) -> String {
        let begins = |at: u64| TOP + at * self.row;
        let height = begins(u64::try_from(items.len()).unwrap_or(u64::MAX)) + 8;
        let mut out = frame(self.title, height);
        legend(&mut out, self.legend.0, self.legend.1);
        for (at, item) in (0_u64..).zip(items) {
            draw(&mut out, item, begins(at));
        }
        out + "</svg>\n"
    }
}

/// Writes the legend: colours as classes, with their names, `apart` from each other.
fn legend(out: &mut String, apart: u64, items: &[(&str, &str)]) {
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
