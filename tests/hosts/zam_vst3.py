"""Loophole nests every VST3 of Debian's zam-plugins as Pedalboard (a JUCE host) does: it sounds the same.

Both hosts load the very same files. Our sound is a render of the command line from a project that names the plugin, so
that everything between a scan and a file of samples takes part.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pedalboard
import soundfile

from _common import check, db, folder, loophole, read

RATE = 48_000
BLOCK = 512
SECONDS = 2.0
BUNDLES = sorted(Path("/usr/lib/vst3").glob("Za*.vst3"))

# Grains are thrown at random by the plugin itself, so two instances in one host differ; over the impulses of the reverb
# Pedalboard takes minutes.
NOT_COMPARED = {"ZamGrains", "ZamVerb"}
# How many instances in Pedalboard may differ before it counts.
INSTANCES = 6


def add(plugin):
    return (
        "loophole.edit('add', function() loophole.tracks[1]:add_device("
        f"{{format = 'vst3', plugin = '{plugin['plugin']['id']}', name = '{plugin['name']}'}}) end)"
    )


def script(folder, text):
    path = folder / "script.lua"
    path.write_text(text)
    return path


def tone():
    """Swells, so that dynamics have something to do."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    swell = 0.4 - 0.35 * np.cos(2 * np.pi * time / SECONDS)
    return np.stack([swell * np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 220.0)]).astype(np.float32)


def difference(a, b):
    frames = min(a.shape[1], b.shape[1])
    return np.abs(a[:, :frames] - b[:, :frames]).max()


def play(plugin, dry):
    """What Pedalboard makes of it; a mono plugin hears one side, which both sides of ours are to be."""
    try:
        return plugin.process(dry, RATE, buffer_size=BLOCK, reset=True)
    except ValueError:
        return plugin.process(dry[:1], RATE, buffer_size=BLOCK, reset=True)


def main():
    check(len(BUNDLES) == 17, f"zam-plugins is installed ({len(BUNDLES)} VST3)")
    scanned = json.loads(loophole("scan", "--json", stdout=subprocess.PIPE).stdout)
    plugins = {Path(plugin["path"]).stem: plugin for plugin in scanned["plugins"]}
    check(set(plugins) >= {bundle.stem for bundle in BUNDLES}, "the scan finds all of them")
    dry = tone()
    for bundle in BUNDLES:
        name = bundle.stem
        with folder() as work:
            sound, song, out = work / "tone.wav", work / "Song.loophole", work / "out.wav"
            soundfile.write(sound, dry.T, RATE, subtype="FLOAT")
            loophole("import", sound, "-o", song)
            loophole("run", script(work, add(plugins[name])), song, "--save")
            loophole("render", song, "-o", out, "--rate", RATE, "--block", BLOCK, "--bits", "32f")
            wet = read(out)[0]
        check(np.isfinite(wet).all() and np.abs(wet).max() > 1e-4, f"{name}: it sounds")
        if name in NOT_COMPARED:
            continue
        # Instances of ZamTube now and then begin otherwise, and do not null with each other within Pedalboard either.
        for _ in range(INSTANCES):
            left = difference(wet, play(pedalboard.load_plugin(str(bundle)), dry))
            if db(left) < -90.0:
                break
        check(db(left) < -90.0, f"{name}: the same sound as in Pedalboard, null at {db(left):.1f} dBFS")


main()
