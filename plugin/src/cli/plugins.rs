//! `loophole scan`, `loophole plugins` and what a scan runs for each file.

use std::path::{Path, PathBuf};

use protocol::{Command, DeviceKind, PluginInfo};

use super::progress::Progress;
use super::{CliError, complain, say};
use crate::instance::{Instance, InstanceOptions, Reply};

pub fn scan(all: bool, again: Option<PathBuf>, folders: Vec<PathBuf>, json: bool) -> Result<(), CliError> {
    // What is found is remembered by path, wherever the next command is given.
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let folders = folders.into_iter().map(absolute).collect();
    let again = again.map(absolute);
    let command = match again.clone() {
        Some(path) => Command::ScanAgain { path },
        None => Command::Scan { rescan_all: all },
    };
    let instance = Instance::new(InstanceOptions { scan_folders: folders, ..super::options() });
    let progress = Progress::new("scan", 0);
    let Reply::Scanned { plugins, failures } = instance.call(command)? else {
        return Ok(());
    };
    let took = progress.finish();
    let known = |path: &PathBuf| {
        plugins.iter().any(|plugin| plugin.path == *path)
            || failures.iter().any(|failure| failure.path == *path)
    };
    if let Some(path) = again.filter(|path| !known(path)) {
        complain(&format!(
            "{} is in none of the folders that are looked into; --folder adds one",
            path.display()
        ));
    }
    for failure in &failures {
        complain(&format!("{}: {}", failure.path.display(), failure.reason));
    }
    if json {
        print_json(&serde_json::json!({ "plugins": plugins, "failures": failures }));
    } else {
        plugins.iter().for_each(|plugin| say(&line(plugin)));
        complain(&format!("{} plugins, {} files not usable, {took:.1} s", plugins.len(), failures.len()));
    }
    Ok(())
}

pub fn list(filter: Option<&str>, json: bool) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    let wanted = filter.unwrap_or_default().to_lowercase();
    let matches = |texts: [&str; 3]| texts.iter().any(|text| text.to_lowercase().contains(&wanted));
    let devices: Vec<_> =
        DeviceKind::ALL.into_iter().filter(|kind| matches([kind.key(), kind.name(), "Loophole"])).collect();
    let known = instance.published().plugins();
    let plugins: Vec<_> =
        known.iter().filter(|plugin| matches([&plugin.name, &plugin.vendor, &plugin.plugin.id])).collect();
    if json {
        let devices: Vec<_> = devices
            .iter()
            .map(|kind| serde_json::json!({ "key": kind.key(), "name": kind.name(), "instrument": kind.is_instrument() }))
            .collect();
        print_json(&serde_json::json!({ "devices": devices, "plugins": plugins }));
        return Ok(());
    }
    for kind in devices {
        let what = if kind.is_instrument() { "instrument" } else { "effect" };
        say(&format!("built in  {what:<10}  {:<24}  {}", kind.name(), kind.key()));
    }
    plugins.into_iter().for_each(|plugin| say(&line(plugin)));
    if known.iter().all(|plugin| plugin.path.as_os_str().is_empty()) {
        complain("no third-party plugins are known; `loophole scan` looks for them");
    }
    Ok(())
}

pub fn blocked(json: bool) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    let failures = instance.published().failures();
    if json {
        print_json(&serde_json::json!({ "failures": *failures }));
        return Ok(());
    }
    failures.iter().for_each(|failure| say(&format!("{}: {}", failure.path.display(), failure.reason)));
    if !failures.is_empty() {
        complain("`loophole scan --again FILE` tries one of them again");
    }
    Ok(())
}

/// What the scanner's child process does: loads one file, and says what is in it.
pub fn scan_file(path: &Path) -> Result<(), CliError> {
    host::scan::run_child(path, &mut std::io::stdout())
        .map_err(|source| CliError::File { path: path.to_owned(), source })
}

fn line(plugin: &PluginInfo) -> String {
    let what = if plugin.is_instrument() { "instrument" } else { "effect" };
    let format = plugin.plugin.format.key();
    format!(
        "{format:<8}  {what:<10}  {:<24}  {}  {} {}",
        plugin.name, plugin.plugin.id, plugin.vendor, plugin.version
    )
}

fn print_json(value: &serde_json::Value) {
    say(&format!("{value:#}"));
}
