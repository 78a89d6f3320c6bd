//! What a plugin has to say, from any thread.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use protocol::control::LogLevel;

use super::plugin::PluginRequest;

/// How many lines fit between two polls.
const LINES: usize = 32;
/// How many bytes of a line are kept.
const LINE_BYTES: usize = 240;

/// Lines of log from any thread to the main thread. Pushing is wait-free: `try_lock` never waits, and every line
/// is locked for as long as a copy takes. What does not fit is counted.
pub(in crate::nested) struct LogQueue {
    lines: [Mutex<Line>; LINES],
    next: AtomicUsize,
    dropped: AtomicU32,
}

#[derive(Clone, Copy)]
struct Line {
    /// The number of the line; lines are read in this order.
    number: usize,
    level: Option<LogLevel>,
    length: usize,
    bytes: [u8; LINE_BYTES],
}

impl Default for LogQueue {
    fn default() -> Self {
        let empty = Line { number: 0, level: None, length: 0, bytes: [0; LINE_BYTES] };
        Self {
            lines: std::array::from_fn(|_| Mutex::new(empty)),
            next: AtomicUsize::new(0),
            dropped: AtomicU32::new(0),
        }
    }
}

impl LogQueue {
    /// Adds a line made of parts, without allocating.
    pub(in crate::nested) fn push_parts(&self, level: LogLevel, parts: &[&str]) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        match self.lines[number % LINES].try_lock() {
            Ok(mut line) if line.level.is_none() => {
                let mut length = 0;
                for part in parts {
                    let kept = part.floor_char_boundary(LINE_BYTES - length);
                    line.bytes[length..length + kept].copy_from_slice(&part.as_bytes()[..kept]);
                    length += kept;
                }
                line.length = length;
                line.number = number;
                line.level = Some(level);
            }
            _ => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Moves the lines to `requests`, oldest first. Main thread.
    pub(in crate::nested) fn drain(&self, requests: &mut Vec<PluginRequest>) {
        let mut taken = Vec::new();
        for line in &self.lines {
            let Ok(mut line) = line.try_lock() else { continue };
            if let Some(level) = line.level.take() {
                let text = String::from_utf8_lossy(&line.bytes[..line.length]).into_owned();
                taken.push((line.number, PluginRequest::Log { level, text }));
            }
        }
        taken.sort_by_key(|(number, _)| *number);
        requests.extend(taken.into_iter().map(|(_, request)| request));
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let text = format!("{dropped} more lines of the plugin's log were dropped");
            requests.push(PluginRequest::Log { level: LogLevel::Warning, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &LogQueue) -> Vec<String> {
        let mut requests = Vec::new();
        queue.drain(&mut requests);
        requests
            .into_iter()
            .map(|request| match request {
                PluginRequest::Log { text, .. } => text,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn lines_come_out_in_order_and_surplus_is_counted() {
        let queue = LogQueue::default();
        for number in 0..LINES + 3 {
            queue.push_parts(LogLevel::Info, &["line ", &number.to_string()]);
        }
        let lines = drain(&queue);
        assert_eq!(lines[..2], ["line 0", "line 1"]);
        assert_eq!(lines.last().unwrap(), "3 more lines of the plugin's log were dropped");
        assert!(drain(&queue).is_empty());
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        let queue = LogQueue::default();
        queue.push_parts(LogLevel::Info, &["x", &"ü".repeat(LINE_BYTES)]);
        assert_eq!(drain(&queue)[0].chars().count(), 1 + (LINE_BYTES - 1) / 2);
    }
}
