"""DawDreamer (a JUCE host with a transport) loads the VST3 and renders the demo song, following its tempo and position."""

import dawdreamer
import numpy as np

from _common import DEMO, DEMO_BPM, VST3, check, check_null, folder, loophole, render

RATE = 44_100
BLOCK = 512


def make(preset):
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    engine.set_bpm(DEMO_BPM)
    plugin = engine.make_plugin_processor("loophole", str(VST3))
    if preset is not None:
        check(plugin.load_vst3_preset(str(preset)), "it takes a VST3 preset")
    engine.load_graph([(plugin, [])])
    return engine, plugin


engine, plugin = make(None)
names = [parameter["name"] for parameter in plugin.get_parameters_description()]
check(len(names) >= 130, f"macros and transport parameters are listed ({len(names)})")
plugin.add_midi_note(60, 100, 0.0, 0.5)
engine.render(1.0)
note = engine.get_audio()
check(np.isfinite(note).all() and np.abs(note).max() > 0.01, f"a note makes sound (peak {np.abs(note).max():.3f})")
plugin.set_parameter(3, 0.75)
check(abs(plugin.get_parameter(3) - 0.75) < 1e-3, "a macro takes a value")

with folder() as path:
    preset = path / "Demo.vstpreset"
    loophole("preset", DEMO, "-o", preset)
    reference = render(DEMO, RATE, BLOCK)
    seconds = reference.shape[1] / RATE

    engine, plugin = make(preset)
    engine.render(seconds)
    first = engine.get_audio()
    check_null(first, reference, "the demo in dawdreamer against the command line")

    saved = path / "state.bin"
    plugin.save_state(str(saved))
    engine, plugin = make(None)
    plugin.load_state(str(saved))
    engine.render(seconds)
    check_null(engine.get_audio(), first, "the demo from the saved state", limit=-120.0)
