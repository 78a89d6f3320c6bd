"""Buses of Loophole in JUCE hosts: main input and sidechain to outputs of their own, and mono and surround tracks."""

import dawdreamer
import numpy as np
import pedalboard

from _common import VST3, check, folder, loophole

RATE = 48_000
BLOCK = 512
FRAMES = RATE // 2

THROUGH = """
loophole.edit("Through", function()
  for _, track in ipairs(loophole.tracks) do track.armed = false end
  loophole.tracks:add { kind = "audio", name = "Main", input = "main", armed = true }
  loophole.tracks:add { kind = "audio", name = "Side", input = "sidechain", armed = true, output_bus = 8 }
  loophole.tracks:add { kind = "audio", name = "Right", input = "sidechain", input_channel = 2, armed = true, output_bus = 1 }
end)
"""


def sines(channels):
    """A tone of its own for each channel."""
    time = np.arange(FRAMES) / RATE
    return np.array([0.1 * np.sin(2 * np.pi * 110 * (channel + 2) * time) for channel in range(channels)], dtype=np.float32)


with folder() as path:
    song, script, preset = path / "Through.loophole", path / "through.lua", path / "Through.vstpreset"
    script.write_text(THROUGH)
    loophole("new", song)
    loophole("run", script, song, "--save")
    loophole("preset", song, "-o", preset)

    given = sines(4)
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    source = engine.make_playback_processor("source", given)
    plugin = engine.make_plugin_processor("loophole", str(VST3))
    check(plugin.load_vst3_preset(str(preset)), "dawdreamer: it takes a VST3 preset")
    engine.load_graph([(source, []), (plugin, ["source"])])
    engine.render(FRAMES / RATE)
    got = engine.get_audio()
    check(got.shape[0] == 18, f"dawdreamer: nine stereo outputs ({got.shape[0]} channels)")
    # What was just loaded fades in.
    settled = slice(RATE // 10, min(got.shape[1], FRAMES))
    silence = np.zeros_like(given[0])
    wanted = [given[0], given[1], given[3], given[3], *[silence] * 12, given[2], given[3]]
    for channel, expected in enumerate(wanted):
        worst = np.abs(got[channel, settled] - expected[settled]).max()
        check(worst < 1e-6, f"dawdreamer: channel {channel + 1} is in its place (worst {worst:.1e})")

plugin = pedalboard.load_plugin(str(VST3))
state = plugin.raw_state
stereo = None
for channels in [2, 1, 6, 8, 2]:
    notes = [([0x90, 60, 100], 0.0)]
    sound = plugin.process(notes, duration=0.5, sample_rate=RATE, num_channels=channels, buffer_size=BLOCK)
    claim = f"pedalboard, {channels} channels"
    check(sound.shape[0] == channels, f"{claim}: as many come out ({sound.shape[0]})")
    stereo = sound if stereo is None else stereo
    wanted = (stereo[:1] + stereo[1:]) / 2 if channels == 1 else np.vstack([stereo, np.zeros_like(sound[2:])])
    worst = np.abs(sound - wanted).max()
    check(worst < 1e-6, f"{claim}: the instrument is in front, or its mean in mono (worst {worst:.1e})")
check(plugin.raw_state == state, "no state says how wide the host is")
