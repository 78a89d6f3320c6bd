"""Renders a WAV file through a chain of VST3 plugins in one peer, as a process of its own: what a user of it would write."""

import sys
from pathlib import Path

import numpy as np
import soundfile

RATE = 48_000


def pedalboard_host(dry, block, bundles):
    from pedalboard import Pedalboard, load_plugin

    board = Pedalboard([load_plugin(bundle, plugin_name=Path(bundle).stem) for bundle in bundles])
    return board.process(dry, RATE, buffer_size=block)


def dawdreamer_host(dry, block, bundles):
    import dawdreamer

    engine = dawdreamer.RenderEngine(RATE, block)
    graph = [(engine.make_playback_processor("source", dry), [])]
    for at, bundle in enumerate(bundles):
        plugin = engine.make_plugin_processor(f"plugin{at}", bundle)
        channels = dry.shape[0]
        if plugin.get_num_input_channels() != channels:
            plugin.set_bus(channels, channels)
        graph.append((plugin, [graph[-1][0].get_name()]))
    engine.load_graph(graph)
    engine.render(dry.shape[1] / RATE)
    return engine.get_audio()


def main():
    host, source, out, block, channels, *bundles = sys.argv[1:]
    dry = soundfile.read(source, always_2d=True, dtype="float32")[0].T[: int(channels)]
    render = {"pedalboard": pedalboard_host, "dawdreamer": dawdreamer_host}[host]
    wet = np.asarray(render(np.ascontiguousarray(dry), int(block), bundles))
    soundfile.write(out, wet.T, RATE, subtype="FLOAT")


main()
