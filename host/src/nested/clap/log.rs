//! `clap.log`: lines for the log, from any thread.

use clack_extensions::log::{HostLogImpl, LogSeverity};
use protocol::control::LogLevel;

use super::host::Shared;

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        let (level, prefix) = match severity {
            LogSeverity::Debug => (LogLevel::Debug, ""),
            LogSeverity::Info => (LogLevel::Info, ""),
            LogSeverity::Warning => (LogLevel::Warning, ""),
            LogSeverity::Error | LogSeverity::Fatal => (LogLevel::Error, ""),
            LogSeverity::HostMisbehaving => (LogLevel::Warning, "host misbehaving: "),
            LogSeverity::PluginMisbehaving => (LogLevel::Warning, "plugin misbehaving: "),
        };
        self.0.log.push_parts(level, &[prefix, message]);
    }
}
