"""What the host tests share: rendering with the command line, comparing audio, servers that end with the test."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = Path(sys.argv[1]).resolve()
CLAP = BUNDLED / "Loophole.clap"
VST3 = BUNDLED / "Loophole.vst3"
LOOPHOLE = BUNDLED.parent / "debug" / "loophole"
DEMO = ROOT / "demo" / "Demo.loophole"
DEMO_BPM = 112.0
DEMO_BARS = 28

# Two renderings are the same sound when their difference stays below this.
NULL_DBFS = -90.0


def check(holds, claim):
    """Says what was checked, and ends the test if it does not hold."""
    print(("ok      " if holds else "FAILED  ") + claim, flush=True)
    if not holds:
        sys.exit(1)


def db(linear):
    return 20.0 * np.log10(max(float(linear), 1e-12))


def read(path):
    """A WAV file as float64, one row per channel."""
    audio, rate = soundfile.read(path, always_2d=True, dtype="float64")
    return audio.T, rate


def check_null(a, b, claim, limit=NULL_DBFS):
    """The two stereo signals are the same, and not silent."""
    a, b = a[:2], b[:2]
    frames = min(a.shape[1], b.shape[1])
    check(frames > 0, f"{claim}: there is audio")
    difference = np.abs(a[:, :frames] - b[:, :frames])
    worst = int(np.argmax(difference.max(axis=0)))
    exact = "sample-exact" if difference.max() == 0 else f"worst at frame {worst}"
    check(db(np.abs(a).max()) > -30.0, f"{claim}: it is not silent ({db(np.abs(a).max()):.1f} dBFS)")
    check(db(difference.max()) < limit, f"{claim}: null at {db(difference.max()):.1f} dBFS over {frames} frames, {exact}")


def align(captured, reference):
    """The parts of a capture and of the reference that are the same stretch of music: a capture begins when it begins."""
    start = int(np.argmax(np.abs(captured[0]) > 1e-3)) + 4096
    probe = captured[0, start : start + (1 << 16)]
    size = 1 << int(np.ceil(np.log2(reference.shape[1] + len(probe))))
    spectrum = np.fft.rfft(reference[0], size) * np.conj(np.fft.rfft(probe, size))
    likeness = np.fft.irfft(spectrum, size)[: reference.shape[1] - len(probe)]
    # Over the energy of each stretch: loud passages are not more alike for being loud.
    energy = np.concatenate([[0.0], np.cumsum(reference[0] ** 2)])
    energy = energy[len(probe) : len(probe) + len(likeness)] - energy[: len(likeness)]
    place = int(np.argmax(likeness / np.sqrt(energy + 1e-3)))
    return captured[:, start:], reference[:, place:]


def loophole(*args, **kwargs):
    """Runs the command line; what it prints goes to the log of the test."""
    environment = dict(os.environ, CLAP_PATH=str(BUNDLED), VST3_PATH=str(BUNDLED))
    command = [str(LOOPHOLE), *map(str, args)]
    return subprocess.run(command, check=True, env=environment, timeout=600, **kwargs)


def render(song, rate, block, *args):
    """The song as the command line renders it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "render.wav"
        loophole("render", song, "-o", out, "--rate", rate, "--block", block, "--bits", "32f", *args)
        return read(out)[0]


@contextmanager
def folder():
    path = Path(tempfile.mkdtemp(prefix="loophole-host-test-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(command, **kwargs):
    """A server or host that is ended when the test leaves the block."""
    process = subprocess.Popen(list(map(str, command)), start_new_session=True, **kwargs)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_for(condition, what, seconds=30.0, process=None):
    """Polls until the condition holds; a test that waits in vain says for what."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            check(False, f"{what} (the process ended with {process.returncode})")
        if condition():
            return
        time.sleep(0.1)
    check(False, f"{what} within {seconds:.0f} s")


def jack_ports(environment):
    found = subprocess.run(["jack_lsp"], env=environment, capture_output=True, text=True, timeout=20)
    return found.stdout.split("\n")


@contextmanager
def jack(name, rate, period):
    """A JACK server without hardware; gives the environment that reaches it."""
    environment = dict(os.environ, JACK_DEFAULT_SERVER=name, JACK_NO_AUDIO_RESERVATION="1", JACK_NO_START_SERVER="1")
    command = ["jackd", "-n", name, "-r", "-d", "dummy", "-r", rate, "-p", period]
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with running(command, env=environment, **quiet) as server:
        wait_for(lambda: "system:capture_1" in jack_ports(environment), "jackd starts", process=server)
        yield environment


@contextmanager
def display(number, size="1280x800"):
    """An X server without a screen; gives its name."""
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    name = f":{number}"
    with running(["Xvfb", name, "-screen", "0", f"{size}x24", "-nolisten", "tcp"], **quiet) as server:
        socket = Path(f"/tmp/.X11-unix/X{number}")
        wait_for(socket.exists, "Xvfb starts", process=server)
        yield name
