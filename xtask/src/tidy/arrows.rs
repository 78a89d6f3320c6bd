//! Which crate may import which.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command;

/// Our crates and what each may import of ours. Tests may import everything, and nothing imports xtask.
const ARROWS: &[(&str, &[&str])] = &[
    ("loophole-protocol", &[]),
    ("loophole-model", &["loophole-protocol"]),
    ("loophole-host", &["loophole-protocol"]),
    ("loophole-scripting", &["loophole-protocol", "loophole-model"]),
    ("loophole-editor", &["loophole-protocol", "loophole-model"]),
    (
        "loophole",
        &["loophole-protocol", "loophole-model", "loophole-host", "loophole-scripting", "loophole-editor"],
    ),
    ("loophole-test-units", &[]),
    ("loophole-test-plugins", &["loophole-test-units"]),
    ("loophole-test-vst3", &[]),
    ("loophole-fuzz", &["loophole-protocol", "loophole-model"]),
    ("xtask", &[]),
];

/// Crates from outside that belong to one of ours alone.
const OWNERS: &[(&str, &str)] = &[
    ("mlua", "loophole-scripting"),
    ("clack-host", "loophole-host"),
    ("nice-plug", "loophole"),
    ("cpal", "loophole"),
    ("midir", "loophole"),
];

/// Compares the arrows above with what cargo knows.
pub fn check() -> Result<Vec<String>> {
    let metadata = command::output(&mut command::cargo(&["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let ours: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        if name == "loophole-tests" {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
            faults.push(format!("{name}: a new crate; give it its arrows in xtask/src/tidy/arrows.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            let shipped = dependency["kind"].is_null();
            let misplaced = OWNERS.iter().any(|(outside, owner)| *outside == to && *owner != name);
            if shipped && ours.contains(&to) && !allowed.contains(&to) {
                faults.push(format!("{name} must not import {to}"));
            } else if shipped && misplaced {
                faults.push(format!("{name} must not import {to}: it has another owner"));
            }
        }
    }
    Ok(faults)
}
