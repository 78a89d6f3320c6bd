"""Pedalboard (a JUCE host) loads the VST3: notes, macros, state, and the demo song against the command line."""

import mido
import numpy as np
import pedalboard

from _common import DEMO, VST3, check, check_null, folder, loophole, render

RATE = 48_000
BLOCK = 512


def load():
    return pedalboard.load_plugin(str(VST3))


def play_demo(plugin, seconds):
    plugin.parameters["sync"].raw_value = 1.0
    plugin.parameters["play"].raw_value = 1.0
    return plugin.process([], duration=seconds, sample_rate=RATE, num_channels=2, buffer_size=BLOCK, reset=False)


plugin = load()
check(plugin.is_instrument, "it is an instrument")
macros = [name for name in plugin.parameters if name.startswith("macro_")]
check(len(macros) == 128, f"128 macros ({len(macros)})")

fifth = plugin.parameters["macro_5"]
fifth.raw_value = 0.25
check(abs(fifth.raw_value - 0.25) < 1e-3, f"a macro takes a value ({fifth.raw_value})")

notes = [mido.Message("note_on", note=60, velocity=100, time=0.0), mido.Message("note_off", note=60, time=0.5)]
sound = plugin.process(notes, duration=1.0, sample_rate=RATE, num_channels=2, buffer_size=BLOCK)
check(sound.shape == (2, RATE), f"a second of stereo ({sound.shape})")
check(np.isfinite(sound).all(), "all samples are finite")
check(np.abs(sound).max() > 0.01, f"a note makes sound in an empty project (peak {np.abs(sound).max():.3f})")

state = plugin.raw_state
other = load()
other.raw_state = state
check(other.raw_state == state, "the state reloads to the same bytes")
check(abs(other.parameters["macro_5"].raw_value - 0.25) < 1e-3, "macros survive in the state")

with folder() as path:
    preset = path / "Demo.vstpreset"
    loophole("preset", DEMO, "-o", preset)
    reference = render(DEMO, RATE, BLOCK)
    seconds = reference.shape[1] / RATE

    plugin.load_preset(str(preset))
    loaded = plugin.raw_state
    first = play_demo(plugin, seconds)
    check_null(first, reference, "the demo in pedalboard against the command line")

    other.raw_state = loaded
    check(other.raw_state == loaded, "the demo's state reloads to the same bytes")
    check_null(play_demo(other, seconds), first, "the demo from the saved state", limit=-120.0)
