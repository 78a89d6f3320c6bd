"""Loophole beside DawDreamer and Pedalboard, two JUCE hosts: the same sound through the same chains of plugins, Debian's
zam-plugins and the smallest there can be, each host in a process of its own, from its start to the file it wrote.

What counts is processor time, which other programs on the machine disturb less than the clock. Each host renders a short
and a long stretch in turn, several times; the fastest is taken. The difference between the two is what rendering costs
without starting up.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

LOOPHOLE, TEST_PLUGINS = (Path(path).resolve() for path in sys.argv[1:])
PEER = Path(__file__).with_name("_peer.py")
RATE = 48_000
BLOCK = 64
SECONDS = (10, 60)
ROUNDS = 3

# A name, the plugins in order, how many channels they have, and how many times as fast as the others we are at least.
CHAINS = [
    ("trivial: 32 gains", ["Gain"] * 32, 2, 3.0),
    ("32 saturations", ["ZamAutoSat"] * 32, 1, 1.0),
    ("32 delays", ["ZamDelay"] * 32, 1, 1.0),
    ("16 gates", ["ZamGateX2"] * 16, 2, 1.0),
    ("mastering", ["ZamGateX2", "ZamCompX2", "ZaMultiCompX2", "ZamHeadX2", "ZaMaximX2"], 2, 1.0),
    ("channel strip", ["ZamGate", "ZamEQ2", "ZamComp", "ZamGEQ31", "ZamTube", "ZamDelay"], 1, 1.0),
]


def timed(command):
    """Seconds of processor time and of the clock."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed:\n{errors.decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def tone(path, seconds, channels):
    at = np.arange(RATE * seconds) / RATE
    swell = 0.4 - 0.35 * np.cos(np.pi * at)
    side = (swell * np.sin(2 * np.pi * 220.0 * at)).astype(np.float32)
    soundfile.write(path, np.stack([side] * channels, 1), RATE, subtype="FLOAT")


def song(work, source, plugins):
    """A project with the sound on a track and the plugins in its chain."""
    path = work / f"{source.stem}.loophole"
    subprocess.run([LOOPHOLE, "import", source, "-o", path], check=True, capture_output=True)
    adds = "\n".join(
        f"loophole.tracks[1]:add_device({{format = 'vst3', plugin = '{plugin['plugin']['id']}', "
        f"name = '{plugin['name']}'}})"
        for plugin in plugins
    )
    script = work / "chain.lua"
    script.write_text(f"loophole.edit('chain', function()\n{adds}\nend)")
    subprocess.run([LOOPHOLE, "run", script, path, "--save"], check=True, capture_output=True)
    return path


def bundle(folder):
    """Our own test plugins as a bundle that hosts find. Its first class is the gain."""
    inside = folder / "Gain.vst3/Contents" / f"{platform.machine()}-linux"
    inside.mkdir(parents=True)
    shutil.copy(TEST_PLUGINS, inside / "Gain.so")
    os.environ.update(VST3_PATH=str(folder), XDG_CACHE_HOME=str(folder / "cache"))


def commands(work, seconds, chain, channels, known):
    bundles = [known[name]["path"] for name in chain]
    source = work / f"tone{seconds}.wav"
    tone(source, seconds, channels)
    project = song(work, source, [known[name] for name in chain])
    out = work / "out.wav"
    ours = [LOOPHOLE, "render", project, "-o", out, "--rate", RATE, "--block", BLOCK, "--bits", "32f"]
    peer = lambda host: [sys.executable, PEER, host, source, out, BLOCK, channels, *bundles]
    return {"loophole": ours, "pedalboard": peer("pedalboard"), "dawdreamer": peer("dawdreamer")}


def main():
    scanned = json.loads(subprocess.run([LOOPHOLE, "scan", "--json"], check=True, capture_output=True).stdout)
    known = {plugin["name"]: plugin for plugin in scanned["plugins"] if plugin["name"] == Path(plugin["path"]).stem}
    print(f"seconds of processor time (clock), whole processes; {BLOCK} frames, {RATE} Hz; the best of {ROUNDS}\n")
    slower = []
    for name, chain, channels, least in CHAINS:
        with tempfile.TemporaryDirectory() as work:
            work = Path(work)
            runs = {seconds: commands(work, seconds, chain, channels, known) for seconds in SECONDS}
            best = {}
            for _ in range(ROUNDS):
                for seconds, hosts in runs.items():
                    for host, command in hosts.items():
                        taken = timed(command)
                        best[host, seconds] = min(best.get((host, seconds), taken), taken)
        print(name)
        blocks = (SECONDS[1] - SECONDS[0]) * RATE / BLOCK * len(chain)
        for host in runs[SECONDS[0]]:
            short, long = (best[host, seconds] for seconds in SECONDS)
            each = (long[0] - short[0]) / blocks * 1e9
            times = "  ".join(f"{s:>3} s: {best[host, s][0]:6.2f} ({best[host, s][1]:6.2f})" for s in SECONDS)
            whole = long[0] / best["loophole", SECONDS[1]][0]
            print(f"  {host:<11} {times}   {each:7.0f} ns a plugin and block   {whole:5.2f} times ours")
            if host != "loophole" and whole < least:
                slower.append(f"{name}: {whole:.2f} times as fast as {host}, not {least}")
        print(flush=True)
    if slower:
        sys.exit("; ".join(slower))


with tempfile.TemporaryDirectory() as plugins:
    bundle(Path(plugins))
    main()
