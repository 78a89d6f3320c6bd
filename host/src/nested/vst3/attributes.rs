//! `IAttributeList`: named values that plugins put into messages, and that tell them about streams and tracks.
#![expect(unsafe_code, reason = "a plugin reads and writes values through raw pointers")]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::sync::{Mutex, PoisonError};

use vst3::Class;
use vst3::Steinberg::Vst::{IAttributeList, IAttributeListTrait, TChar};
use vst3::Steinberg::{int64, kInvalidArgument, kResultFalse, kResultOk, tresult, uint32};

use super::text;

/// Values by name. Any thread.
#[derive(Default)]
pub(super) struct Attributes(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    values: BTreeMap<Box<CStr>, Value>,
    /// Bytes that were replaced: a plugin may hold a pointer to them for as long as the list lives.
    replaced: Vec<Value>,
}

enum Value {
    Int(i64),
    Float(f64),
    /// With its zero.
    Text(Vec<TChar>),
    Bytes(Vec<u8>),
}

impl Class for Attributes {
    type Interfaces = (IAttributeList,);
}

impl Attributes {
    /// Sets a number.
    pub(super) fn set_int(&self, name: &CStr, value: i64) {
        self.set(name.into(), Value::Int(value));
    }

    /// Sets a text.
    pub(super) fn set_text(&self, name: &CStr, value: &str) {
        self.set(name.into(), Value::Text(text::to_wide(value)));
    }

    fn with<R>(&self, action: impl FnOnce(&mut Contents) -> R) -> R {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, name: Box<CStr>, value: Value) {
        self.with(|contents| {
            if let Some(old @ Value::Bytes(_)) = contents.values.insert(name, value) {
                contents.replaced.push(old);
            }
        });
    }

    /// # Safety
    /// `id` is null or a string.
    unsafe fn set_checked(&self, id: *const c_char, value: Value) -> tresult {
        // SAFETY: by the caller's promise.
        let Some(name) = (unsafe { text::name(id) }) else { return kInvalidArgument };
        self.set(name, value);
        kResultOk
    }

    /// Hands a value to `read`, which says whether it is of the kind it wants.
    ///
    /// # Safety
    /// `id` is null or a string.
    unsafe fn get(&self, id: *const c_char, read: impl FnOnce(&Value) -> bool) -> tresult {
        // SAFETY: by the caller's promise.
        let Some(name) = (unsafe { text::name(id) }) else { return kInvalidArgument };
        match self.with(|contents| contents.values.get(&name).is_some_and(read)) {
            true => kResultOk,
            false => kResultFalse,
        }
    }
}

/// Writes through a pointer of a plugin's, unless it is null.
///
/// # Safety
/// `place` is null or can be written.
unsafe fn write<T>(place: *mut T, value: T) -> bool {
    if !place.is_null() {
        // SAFETY: by the caller's promise.
        unsafe { place.write_unaligned(value) };
    }
    !place.is_null()
}

// SAFETY of the pointers below: names and strings end with a zero, places can be written, and sizes are those of what
// they are for, as VST3 `ivstattributes.h` demands of the caller.
impl IAttributeListTrait for Attributes {
    unsafe fn setInt(&self, id: *const c_char, value: int64) -> tresult {
        // SAFETY: see above.
        unsafe { self.set_checked(id, Value::Int(value)) }
    }

    unsafe fn getInt(&self, id: *const c_char, value: *mut int64) -> tresult {
        // SAFETY: see above.
        unsafe { self.get(id, |found| matches!(found, Value::Int(int) if write(value, *int))) }
    }

    unsafe fn setFloat(&self, id: *const c_char, value: f64) -> tresult {
        // SAFETY: see above.
        unsafe { self.set_checked(id, Value::Float(value)) }
    }

    unsafe fn getFloat(&self, id: *const c_char, value: *mut f64) -> tresult {
        // SAFETY: see above.
        unsafe { self.get(id, |found| matches!(found, Value::Float(float) if write(value, *float))) }
    }

    unsafe fn setString(&self, id: *const c_char, string: *const TChar) -> tresult {
        // SAFETY: see above.
        unsafe {
            let mut units = text::wide_units(string);
            units.push(0);
            self.set_checked(id, Value::Text(units))
        }
    }

    unsafe fn getString(&self, id: *const c_char, string: *mut TChar, bytes: uint32) -> tresult {
        let room = usize::try_from(bytes).unwrap_or(0) / size_of::<TChar>();
        if string.is_null() || room == 0 {
            return kInvalidArgument;
        }
        let read = |found: &Value| {
            let Value::Text(units) = found else { return false };
            let kept = units.len().min(room);
            // SAFETY: `kept` is within both; the last place is always the zero.
            unsafe {
                string.copy_from_nonoverlapping(units.as_ptr(), kept);
                string.add(kept - 1).write(0);
            }
            true
        };
        // SAFETY: see above.
        unsafe { self.get(id, read) }
    }

    unsafe fn setBinary(&self, id: *const c_char, data: *const c_void, bytes: uint32) -> tresult {
        let count = usize::try_from(bytes).unwrap_or(0);
        if data.is_null() && count > 0 {
            return kInvalidArgument;
        }
        // SAFETY: see above; an empty slice needs no memory behind it.
        unsafe {
            let data = if count == 0 { &[] } else { std::slice::from_raw_parts(data.cast::<u8>(), count) };
            self.set_checked(id, Value::Bytes(data.to_vec()))
        }
    }

    unsafe fn getBinary(&self, id: *const c_char, data: *mut *const c_void, bytes: *mut uint32) -> tresult {
        // SAFETY: see above. The bytes stay where they are until the list goes.
        unsafe {
            self.get(id, |found| {
                let Value::Bytes(found) = found else { return false };
                write(data, found.as_ptr().cast()) && write(bytes, uint32::try_from(found.len()).unwrap_or(0))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_set_and_only_as_their_kind() {
        let list = Attributes::default();
        list.set_int(c"n", 7);
        list.set_text(c"t", "wide");
        let (mut int, mut float, mut units) = (0, 0.0, [9; 3]);
        let (mut data, mut size) = (std::ptr::null(), 0);
        // SAFETY: every pointer is to a local of the type and size given.
        unsafe {
            assert_eq!(list.getInt(c"n".as_ptr(), &raw mut int), kResultOk);
            assert_eq!(list.getFloat(c"n".as_ptr(), &raw mut float), kResultFalse);
            assert_eq!(list.getInt(std::ptr::null(), &raw mut int), kInvalidArgument);
            assert_eq!(list.getString(c"t".as_ptr(), units.as_mut_ptr(), 6), kResultOk);
            assert_eq!(list.setBinary(c"b".as_ptr(), [1_u8, 2].as_ptr().cast(), 2), kResultOk);
            assert_eq!(list.getBinary(c"b".as_ptr(), &raw mut data, &raw mut size), kResultOk);
            list.set_int(c"b", 0);
            assert_eq!(std::slice::from_raw_parts(data.cast::<u8>(), 2), [1, 2], "still there");
        }
        assert_eq!((int, size, text::from_wide(&units).as_str()), (7, 2, "wi"));
    }
}
