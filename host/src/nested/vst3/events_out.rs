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

/// Puts an event of a block of `frames` frames of one of `buses` outputs into the engine's list. Frames outside the block are
/// put at its ends; what is no note, on no channel or on no bus is left out: for us a pitch of -1 is every key.
///
/// # Safety
/// The event is one that a component handed over and that [`keep_bytes`] has seen.
pub(super) unsafe fn push(event: &RawEvent, frames: u32, buses: usize, list: &mut EventList) {
    let frame = u32::try_from(event.sampleOffset).unwrap_or(0).min(frames.saturating_sub(1));
    if !usize::try_from(event.busIndex).is_ok_and(|bus| bus < buses) {
        return;
    }
    let port = i16::try_from(event.busIndex).unwrap_or(0);
    let voice = |note_id, channel: i16, key: i16| {
        let is_note = (0..16).contains(&channel) && (0..128).contains(&key);
        is_note.then_some(Voice { note_id: i32::max(note_id, -1), port, channel, key })
    };
    let norm = |value: f32| value.is_finite().then(|| f64::from(value).clamp(0.0, 1.0));
    let data = &event.__field0;
    let kind = match u32::from(event.r#type) {
        types::kNoteOnEvent => {
            // SAFETY: the type says which of the union is there, here and below; all of them are plain numbers.
            let on = unsafe { data.noteOn };
            let (Some(voice), Some(velocity)) = (voice(on.noteId, on.channel, on.pitch), norm(on.velocity))
            else {
                return;
            };
            EventKind::NoteOn { voice, velocity }
        }
        types::kNoteOffEvent => {
            // SAFETY: as above.
            let off = unsafe { data.noteOff };
            let Some(voice) = voice(off.noteId, off.channel, off.pitch) else { return };
            // A note that cannot be let go is worse than one that is let go at a wrong speed.
            EventKind::NoteOff { voice, velocity: norm(off.velocity).unwrap_or(0.0) }
        }
        types::kPolyPressureEvent => {
            // SAFETY: as above.
            let pressed = unsafe { data.polyPressure };
            let voice = voice(pressed.noteId, pressed.channel, pressed.pitch);
            let (Some(voice), Some(value)) = (voice, norm(pressed.pressure)) else { return };
            EventKind::Expression { voice, expression: Expression::Pressure, value }
        }
        types::kNoteExpressionValueEvent => {
            // SAFETY: as above.
            let said = unsafe { data.noteExpressionValue };
            if said.noteId < 0 || !said.value.is_finite() {
                return;
            }
            let Some((expression, value)) = expressions::said(said.typeId, said.value) else { return };
            let voice = Voice { note_id: said.noteId, port, channel: -1, key: -1 };
            EventKind::Expression { voice, expression, value }
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

    #[test]
    fn what_would_be_a_wildcard_or_no_number_is_left_out() {
        use vst3::Steinberg::Vst::{Event__type0, NoteOffEvent, NoteOnEvent};

        let event = |bus, kind: u32, data| RawEvent {
            busIndex: bus,
            sampleOffset: 0,
            ppqPosition: 0.0,
            flags: 0,
            r#type: u16::try_from(kind).unwrap(),
            __field0: data,
        };
        let off = |bus, channel, pitch| {
            let off = NoteOffEvent { channel, pitch, velocity: f32::NAN, noteId: -5, tuning: 0.0 };
            event(bus, types::kNoteOffEvent, Event__type0 { noteOff: off })
        };
        let on = NoteOnEvent { channel: 0, pitch: 60, tuning: 0.0, velocity: f32::NAN, length: 0, noteId: 1 };
        let on = event(0, types::kNoteOnEvent, Event__type0 { noteOn: on });
        let mut list = EventList::with_capacity(8);
        for event in [off(0, 0, -1), off(0, -1, 60), off(-1, 0, 60), off(1, 0, 60), off(0, 0, 500), on] {
            // SAFETY: none has bytes.
            unsafe { push(&event, 64, 1, &mut list) };
        }
        assert!(list.is_empty(), "{list:?}");
        // SAFETY: as above.
        unsafe { push(&off(0, 15, 127), 64, 1, &mut list) };
        let voice = Voice { note_id: -1, port: 0, channel: 15, key: 127 };
        assert_eq!(list[0].kind, EventKind::NoteOff { voice, velocity: 0.0 });
    }
}
