//! Events on their way out of a plugin.
#![expect(unsafe_code, reason = "an event is a union of C")]

use vst3::Steinberg::Vst::Event as RawEvent;
use vst3::Steinberg::Vst::Event_::EventTypes_ as types;

use super::expressions;
use super::midi_map::{BEND, PRESSURE};
use crate::event::{Event, EventKind, EventList, Expression, Voice};
use crate::math::to_usize;

/// Copies the bytes that an event points to into `kept`, and lets the event point there, so that it outlives the call that
/// brought it; `false` if they do not fit. `kept` neither grows nor moves.
///
/// # Safety
/// The event is one that a component hands over: its bytes can be read.
pub(super) unsafe fn keep_bytes(event: &mut RawEvent, kept: &mut Vec<u8>) -> bool {
    if u32::from(event.r#type) != types::kDataEvent {
        return true;
    }
    // SAFETY: the type says which of the union is there, and by the caller's promise its bytes can be read.
    let data = unsafe { &mut event.__field0.data };
    let size = to_usize(data.size);
    if data.bytes.is_null() || size > kept.capacity() - kept.len() {
        return false;
    }
    let start = kept.len();
    // SAFETY: by the caller's promise.
    kept.extend_from_slice(unsafe { std::slice::from_raw_parts(data.bytes, size) });
    data.bytes = kept[start..].as_ptr();
    true
}

/// Puts an event of a block of `frames` frames into the engine's list. Frames outside the block are put at its ends.
///
/// # Safety
/// The event is one that a component handed over and that [`keep_bytes`] has seen.
pub(super) unsafe fn push(event: &RawEvent, frames: u32, list: &mut EventList) {
    let frame = u32::try_from(event.sampleOffset).unwrap_or(0).min(frames.saturating_sub(1));
    let port = i16::try_from(event.busIndex).unwrap_or(0);
    let voice = |note_id, channel, key| Voice { note_id: i32::max(note_id, -1), port, channel, key };
    let data = &event.__field0;
    let kind = match u32::from(event.r#type) {
        types::kNoteOnEvent => {
            // SAFETY: the type says which of the union is there, here and below; all of them are plain numbers.
            let on = unsafe { data.noteOn };
            let voice = voice(on.noteId, on.channel, on.pitch);
            EventKind::NoteOn { voice, velocity: f64::from(on.velocity).clamp(0.0, 1.0) }
        }
        types::kNoteOffEvent => {
            // SAFETY: as above.
            let off = unsafe { data.noteOff };
            let voice = voice(off.noteId, off.channel, off.pitch);
            EventKind::NoteOff { voice, velocity: f64::from(off.velocity).clamp(0.0, 1.0) }
        }
        types::kPolyPressureEvent => {
            // SAFETY: as above.
            let pressed = unsafe { data.polyPressure };
            EventKind::Expression {
                voice: voice(pressed.noteId, pressed.channel, pressed.pitch),
                expression: Expression::Pressure,
                value: f64::from(pressed.pressure).clamp(0.0, 1.0),
            }
        }
        types::kNoteExpressionValueEvent => {
            // SAFETY: as above.
            let said = unsafe { data.noteExpressionValue };
            let Some((expression, value)) = expressions::said(said.typeId, said.value) else { return };
            EventKind::Expression { voice: voice(said.noteId, -1, -1), expression, value }
        }
        types::kDataEvent => {
            // SAFETY: as above; the bytes are where `keep_bytes` has put them.
            let bytes = unsafe { std::slice::from_raw_parts(data.data.bytes, to_usize(data.data.size)) };
            list.push_sysex(frame, port, bytes);
            return;
        }
        types::kLegacyMIDICCOutEvent => {
            // SAFETY: as above.
            let message = unsafe { data.midiCCOut };
            let channel = message.channel.cast_unsigned() & 0x0F;
            let values = [message.value, message.value2].map(|value| value.cast_unsigned() & 0x7F);
            let Some(data) = midi(usize::from(message.controlNumber), channel, values) else { return };
            EventKind::Midi { port, data }
        }
        _ => return,
    };
    list.push(Event::new(frame, kind));
}

/// A MIDI message from a number of VST3's. Source: VST3 `ivstmidicontrollers.h`.
fn midi(number: usize, channel: u8, [value, value2]: [u8; 2]) -> Option<[u8; 3]> {
    const PROGRAM: usize = 130;
    const POLY_PRESSURE: usize = 131;
    Some(match number {
        0..=127 => [0xB0 | channel, u8::try_from(number).ok()?, value],
        PRESSURE => [0xD0 | channel, value, 0],
        BEND => [0xE0 | channel, value, value2],
        PROGRAM => [0xC0 | channel, value, 0],
        POLY_PRESSURE => [0xA0 | channel, value, value2],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_controllers_are_the_messages_they_were() {
        assert_eq!(midi(74, 3, [100, 0]), Some([0xB3, 74, 100]));
        assert_eq!(midi(BEND, 0, [1, 64]), Some([0xE0, 1, 64]));
        assert_eq!(midi(130, 1, [5, 0]), Some([0xC1, 5, 0]));
        assert_eq!(midi(500, 0, [0, 0]), None);
    }
}
