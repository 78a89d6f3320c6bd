"""The standalone on a JACK server: its output, captured, is the song as the command line renders it."""

import subprocess

from _common import BUNDLED, DEMO, LOOPHOLE, align, check, check_null, folder, jack, jack_ports, read, render, running, wait_for

RATE = 48_000
PERIOD = 512
SECONDS = 20

with folder() as path, jack("loophole-standalone", RATE, PERIOD) as environment:
    captured = path / "captured.wav"
    environment = dict(environment, CLAP_PATH=str(BUNDLED))
    song = [LOOPHOLE, "run", DEMO, "--headless", "--backend", "jack", "--play", "--quit-after", SECONDS + 20]
    with running(song, env=environment) as standalone:
        wait_for(lambda: "Loophole:out 1 L" in jack_ports(environment), "its ports appear", process=standalone)
        record = ["jack_rec", "-f", captured, "-d", SECONDS, "-b", 32, "Loophole:out 1 L", "Loophole:out 1 R"]
        subprocess.run(list(map(str, record)), env=environment, check=True, timeout=SECONDS + 60)
    audio, rate = read(captured)
    check(rate == RATE, f"captured at the rate of the server ({rate})")
    audio, reference = align(audio, render(DEMO, RATE, PERIOD))
    check(audio.shape[1] > RATE * (SECONDS - 8), "enough was captured")
    check_null(audio[:, : RATE * (SECONDS - 8)], reference, "the standalone on JACK against the command line")
