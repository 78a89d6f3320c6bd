//! `IMessage`: what a component and its controller send each other; the host makes them.
#![expect(unsafe_code, reason = "the name of a message is a raw pointer")]

use std::ffi::{CStr, c_char};
use std::sync::{Mutex, PoisonError};

use vst3::Steinberg::Vst::{IAttributeList, IMessage, IMessageTrait};
use vst3::{Class, ComWrapper};

use super::attributes::Attributes;
use super::text;

/// A named list of values.
pub(super) struct Message {
    /// All names it had: a plugin may hold a pointer to one for as long as the message lives.
    names: Mutex<Vec<Box<CStr>>>,
    attributes: ComWrapper<Attributes>,
}

impl Default for Message {
    fn default() -> Self {
        Self { names: Mutex::default(), attributes: ComWrapper::new(Attributes::default()) }
    }
}

impl Class for Message {
    type Interfaces = (IMessage,);
}

impl IMessageTrait for Message {
    unsafe fn getMessageID(&self) -> *const c_char {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        // The name is on the heap, and stays until the message goes.
        names.last().map_or(std::ptr::null(), |name| name.as_ptr())
    }

    unsafe fn setMessageID(&self, id: *const c_char) {
        // SAFETY: VST3 demands a string that a zero ends.
        if let Some(name) = unsafe { text::name(id) } {
            self.names.lock().unwrap_or_else(PoisonError::into_inner).push(name);
        }
    }

    /// Borrowed: the caller releases nothing. Source: VST3 `ivstmessage.h`.
    unsafe fn getAttributes(&self) -> *mut IAttributeList {
        self.attributes.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }
}
