//! Documents that name paths name real ones.

use std::path::Path;

use anyhow::{Context, Result};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const ARCHITECTURE_LINES: usize = 250;
const CHECKED: &[&str] = &[ARCHITECTURE, "CONTRIBUTING.md", "README.md"];

/// Checks the paths in code spans and the targets of links.
pub fn check() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for document in CHECKED {
        let text = std::fs::read_to_string(document).context(*document)?;
        if *document == ARCHITECTURE && text.lines().count() > ARCHITECTURE_LINES {
            faults.push(format!("{document}: over {ARCHITECTURE_LINES} lines"));
        }
        for (index, line) in text.lines().enumerate() {
            for path in paths(line) {
                if !Path::new(path).exists() {
                    faults.push(format!("{document}:{}: there is no {path}", index + 1));
                }
            }
        }
    }
    Ok(faults)
}

/// Code spans that look like a path of ours (`host/src/graph.rs`, `docs/adr/`), and relative link targets.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2).filter(|span| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        let ours = !span.starts_with(['/', '.', '~']) && !span.starts_with("target/");
        span.contains('/') && ours && span.chars().all(plain)
    });
    let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
    spans.chain(links.map(|link| link.split('#').next().unwrap_or(link)))
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn paths_are_found_in_spans_and_links_and_nothing_else_is() {
        let line = "See `host/src/graph.rs`, `and/or not this one`, `/usr/lib`, [a](docs/adr/) and [b](https://x.y).";
        assert_eq!(paths(line).collect::<Vec<_>>(), ["host/src/graph.rs", "docs/adr/"]);
    }
}
