"""Loophole on mono and surround tracks of JUCE hosts: what comes in goes out with its channels in their places."""

import dawdreamer
import numpy as np
import pedalboard

from _common import VST3, check, folder, loophole

RATE = 48_000
BLOCK = 512
FRAMES = RATE // 4

THROUGH = """
loophole.edit("Through", function()
  for _, track in ipairs(loophole.tracks) do track.armed = false end
  loophole.tracks:add { kind = "audio", name = "Through", input = "main", armed = true }
end)
"""


def sines(channels):
    """A tone of its own for each channel."""
    time = np.arange(FRAMES) / RATE
    return np.array([0.1 * np.sin(2 * np.pi * 110 * (channel + 2) * time) for channel in range(channels)], dtype=np.float32)


def expected(given, outputs):
    """What each output has where widths differ."""
    silence = np.zeros_like(given[0])
    if len(given) == 1:
        given = np.array([given[0], given[0]])
    if outputs == 1:
        return np.array([(given[0] + given[1]) / 2])
    rest = [silence] * max(0, outputs - len(given))
    return np.array([*given[:outputs], *rest])


def dawdreamer_plays(preset, inputs, outputs):
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    given = sines(inputs)
    source = engine.make_playback_processor("source", given)
    plugin = engine.make_plugin_processor("loophole", str(VST3))
    check(plugin.load_vst3_preset(str(preset)), "it takes a VST3 preset")
    check(plugin.can_set_bus(inputs, outputs), f"it can be {inputs} to {outputs} channels")
    plugin.set_bus(inputs, outputs)
    engine.load_graph([(source, []), (plugin, ["source"])])
    engine.render(FRAMES / RATE)
    got = plugin.get_audio() if engine.get_audio().shape[0] < outputs else engine.get_audio()
    return got, expected(given, outputs)


def same(got, wanted, claim):
    frames = min(got.shape[1], wanted.shape[1])
    # The declick of what has just been armed, and of a host's own first block.
    settled = slice(RATE // 20, frames - BLOCK)
    check(got.shape[0] >= wanted.shape[0], f"{claim}: {wanted.shape[0]} channels ({got.shape[0]})")
    difference = np.abs(got[: wanted.shape[0], settled] - wanted[:, settled])
    check(np.abs(wanted).max() > 0.01, f"{claim}: there is something to hear")
    check(difference.max() < 1e-6, f"{claim}: each channel is in its place (worst {difference.max():.2e})")


with folder() as path:
    song, script, preset = path / "Through.loophole", path / "through.lua", path / "Through.vstpreset"
    script.write_text(THROUGH)
    loophole("new", song)
    loophole("run", script, song, "--save")
    loophole("preset", song, "-o", preset)

    for inputs, outputs in [(2, 2), (1, 1), (1, 2), (6, 6), (8, 8), (2, 6), (6, 2)]:
        got, wanted = dawdreamer_plays(preset, inputs, outputs)
        same(got, wanted, f"dawdreamer, {inputs} to {outputs}")

    plugin = pedalboard.load_plugin(str(VST3))
    state = plugin.raw_state
    for channels in [1, 2, 6, 2]:
        sound = plugin.process(
            [([0x90, 60, 100], 0.0)], duration=0.5, sample_rate=RATE, num_channels=channels, buffer_size=BLOCK
        )
        check(sound.shape[0] == channels, f"pedalboard, {channels} channels ({sound.shape[0]})")
        check(np.abs(sound).max() > 0.01, f"pedalboard, {channels} channels: a note makes sound")
        check(np.abs(sound[2:]).max(initial=0.0) == 0.0, f"pedalboard, {channels} channels: the instrument is in front")
    check(plugin.raw_state == state, "no state says how wide the host is")
