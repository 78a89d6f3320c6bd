"""The standalone on JACK with more channels than a plugin has: an extra input, in mono, to an extra output."""

import subprocess

import numpy as np

from _common import BUNDLED, DEMO, LOOPHOLE, check, folder, jack, jack_ports, loophole, read, running, wait_for

RATE = 48_000
PERIOD = 512
SECONDS = 8

THROUGH = """
loophole.edit("Through", function()
  for _, track in ipairs(loophole.tracks) do track.armed = false end
  loophole.tracks:add { kind = "audio", name = "Fifth", input_bus = 2, armed = true, output_bus = 10 }
end)
"""

with folder() as path, jack("loophole-buses", RATE, PERIOD) as environment:
    song, script, captured = path / "Through.loophole", path / "through.lua", path / "captured.wav"
    script.write_text(THROUGH)
    loophole("new", song)
    loophole("run", script, song, "--save")
    environment = dict(environment, CLAP_PATH=str(BUNDLED))
    start = [LOOPHOLE, "run", "--headless", "--backend", "jack", "--quit-after", SECONDS + 30]
    with running([*start, DEMO, "--play"], env=environment) as source:
        wait_for(lambda: "Loophole:out 1 L" in jack_ports(environment), "the ports of the source appear", process=source)
        with running([*start, song, "--inputs", 5, "--outputs", 22], env=environment) as through:
            wait_for(lambda: "Loophole-01:out 11 R" in jack_ports(environment), "the extra ports appear", process=through)
            ports = [port for port in jack_ports(environment) if port.startswith("Loophole-01:")]
            inputs = [port.partition(":")[2] for port in ports if ":in" in port or ":sidechain" in port]
            check(inputs == ["in L", "in R", "sidechain L", "sidechain R", "in 3 L"], f"five inputs ({inputs})")
            check(sum(":out " in port for port in ports) == 22, "22 outputs")
            subprocess.run(["jack_connect", "Loophole:out 1 L", "Loophole-01:in 3 L"], env=environment, check=True)
            taken = ["Loophole:out 1 L", "Loophole-01:out 11 L", "Loophole-01:out 11 R", "Loophole-01:out 1 L"]
            record = ["jack_rec", "-f", captured, "-d", SECONDS, "-b", 32, *taken]
            subprocess.run(list(map(str, record)), env=environment, check=True, timeout=SECONDS + 60)
    (sent, left, right, main), _ = read(captured)
    check(np.abs(sent).max() > 0.01, f"the source is heard (peak {np.abs(sent).max():.3f})")
    # The server may run one client a period after the other, and a busy machine lose some periods.
    def same(got, late):
        blocks = (len(sent) - late) // PERIOD
        wanted, got = (x[: blocks * PERIOD].reshape(blocks, PERIOD) for x in (sent[: len(sent) - late], got[late:]))
        return (np.abs(wanted - got).max(axis=1) < 1e-6).mean()

    late = max((0, PERIOD), key=lambda frames: same(left, frames))
    for side, got in [("left", left), ("right", right)]:
        part = same(got, late)
        check(part > 0.9, f"the fifth input is on the {side} of the eleventh pair ({100 * part:.1f} % of the periods)")
    check(np.abs(main).max() == 0.0, "and not on the main output")
