//! The child's side of a scan.

use std::io::{self, Write};
use std::path::Path;

use protocol::PluginInfo;
use serde::{Deserialize, Serialize};

use crate::nested::{DescribeError, PluginLocator};

/// What stands before the child's result: plugins print to the same stream.
const MARK: &str = "loophole-scan-result:";

/// What a child says, on one line behind [`MARK`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// What is in the file.
    Plugins(Vec<PluginInfo>),
    /// Why the file is of no use.
    Error(String),
}

/// The plugins in a file. Runs code of the file, in this process: only for children, and for files the user vouches for.
///
/// # Errors
/// If it is no plugin file.
pub fn scan_file(path: &Path) -> Result<Vec<PluginInfo>, DescribeError> {
    PluginLocator::new().add_file(path)
}

/// What the program's hidden subcommand does: opens a file and writes what is in it for the parent to read.
///
/// # Errors
/// If it cannot be written.
pub fn run_child(path: &Path, output: &mut impl Write) -> io::Result<()> {
    let said = match scan_file(path) {
        Ok(plugins) => Said::Plugins(plugins),
        Err(error) => Said::Error(with_sources(&error)),
    };
    writeln!(output, "\n{MARK}{}", serde_json::to_string(&said)?)?;
    output.flush()
}

/// Finds the result among everything that the child wrote.
pub(super) fn read(output: &[u8]) -> Option<Said> {
    let text = String::from_utf8_lossy(output);
    let (_, after) = text.rsplit_once(MARK)?;
    serde_json::from_str(after.lines().next()?).ok()
}

/// An error and what caused it, for a person.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
