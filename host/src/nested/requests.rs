//! What a plugin asks for, as bits that any thread may raise and the main thread takes.

use std::sync::atomic::{AtomicU32, Ordering};

/// One thing that a plugin can ask for. Asking twice before it is served is asking once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nested) enum Request {
    Restart,
    Process,
    Callback,
    Flush,
    LatencyChanged,
    TailChanged,
    PortsChanged,
    ParamsChanged,
    ParamsReplaced,
    ValuesChanged,
    StateDirty,
    NoteNamesChanged,
    VoicesChanged,
    PagesChanged,
    PageSuggested,
    LayoutsChanged,
    PresetLoaded,
    WindowResize,
    WindowShow,
    WindowHide,
    WindowClosed,
    WindowDestroyed,
}

impl Request {
    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The bits raised so far.
#[derive(Default)]
pub(in crate::nested) struct Requests(AtomicU32);

impl Requests {
    /// Asks. Wait-free.
    pub(in crate::nested) fn raise(&self, request: Request) {
        self.0.fetch_or(request.bit(), Ordering::AcqRel);
    }

    /// Whether it was asked for since this was last called. Wait-free; nearly free when it was not.
    pub(in crate::nested) fn take(&self, request: Request) -> bool {
        self.0.load(Ordering::Relaxed) & request.bit() != 0
            && self.0.fetch_and(!request.bit(), Ordering::AcqRel) & request.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_once_and_leaves_the_others() {
        let requests = Requests::default();
        requests.raise(Request::Restart);
        requests.raise(Request::Restart);
        requests.raise(Request::WindowDestroyed);
        assert!(requests.take(Request::Restart));
        assert!(!requests.take(Request::Restart));
        assert!(requests.take(Request::WindowDestroyed));
    }
}
