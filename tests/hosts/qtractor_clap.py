"""Qtractor loads the CLAP under a display and a JACK server; its output, captured, is the song as the command line renders it.

Compared is the demo without its reverb, its delays and the Loophole with such in it: their modulation goes on while the
transport stands, so where it is when the song begins depends on how long Qtractor took to start. Left out are the first
seconds, in which the two differ less and less, as the transport of JACK starts otherwise than a render does.
"""

import base64
import struct
import subprocess
import zlib
from pathlib import Path

from _common import (
    BUNDLED, CLAP, DEMO, DEMO_BPM, align, check, check_null, display, folder, jack, jack_ports, loophole, read, render,
    running, wait_for,
)

RATE = 48_000
# Long enough that a machine with other things to do misses none.
PERIOD = 4096
SECONDS = 20
SETTLED = 6
# Qtractor's gain and panning are in single precision.
LIMIT_DBFS = -100.0

DRY = """
loophole.edit('Dry', function()
  for _, device in ipairs(loophole.devices:list()) do
    if device.name == 'Reverb' or device.name == 'Delay' or device.name:find('Loophole') then device:delete() end
  end
end)
"""

SESSION = """<!DOCTYPE qtractorSession>
<session version="Qtractor 0.9.31" name="loophole">
 <properties><directory>{folder}</directory><sample-rate>{rate}</sample-rate><tempo>{bpm}</tempo>
  <ticks-per-beat>960</ticks-per-beat><beats-per-bar>4</beats-per-bar><beat-divisor>2</beat-divisor></properties>
 <state><loop-start>0</loop-start><loop-end>0</loop-end><punch-in>0</punch-in><punch-out>0</punch-out></state>
 <files><audio-list/><midi-list/></files>
 <devices>
  <audio-engine><audio-control><transport-mode>duplex</transport-mode><timebase>1</timebase></audio-control>
   <audio-bus name="Master" mode="duplex"><monitor>0</monitor><channels>2</channels><auto-connect>1</auto-connect></audio-bus>
  </audio-engine>
  <midi-engine/>
 </devices>
 <tempo-map/><markers/>
 <tracks>
  <track type="audio" name="Song">
   <properties><input-bus>Master</input-bus><output-bus>Master</output-bus></properties>
   <state><mute>0</mute><solo>0</solo><record>0</record><monitor>0</monitor><gain>1</gain><panning>0</panning></state>
   <view><height>48</height><background-color>#803030</background-color><foreground-color>#c0a0a0</foreground-color></view>
   <clips/>
   <plugins><plugin type="CLAP"><filename>{clap}</filename><index>0</index><label>Loophole</label><activated>1</activated>
    <configs><config key="state">{state}</config></configs></plugin></plugins>
  </track>
 </tracks>
</session>
"""


def qt_compressed(data):
    """As Qt's qCompress: the length, then zlib."""
    return base64.b64encode(struct.pack(">I", len(data)) + zlib.compress(data)).decode()


with folder() as path, jack("loophole-qtractor", RATE, PERIOD) as environment, display(93) as screen:
    state = path / "Demo.clapstate"
    script, song = path / "dry.lua", path / "Dry.loophole"
    script.write_text(DRY)
    loophole("run", script, DEMO, "-o", song)
    loophole("preset", song, "-o", state)
    session = path / "demo.qtr"
    fields = dict(folder=path, rate=RATE, bpm=DEMO_BPM, clap=CLAP, state=qt_compressed(state.read_bytes()))
    session.write_text(SESSION.format(**fields))

    # A container has no ALSA sequencer, which Qtractor insists on: pretend an empty one.
    shim = path / "noseq.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", shim, Path(__file__).with_name("noseq.c")], check=True)
    environment = dict(
        environment, HOME=str(path), XDG_RUNTIME_DIR=str(path), DISPLAY=screen, CLAP_PATH=str(BUNDLED), LD_PRELOAD=str(shim)
    )
    with (path / "qtractor.log").open("wb") as log, running(
        ["qtractor", session], env=environment, stdout=log, stderr=log
    ) as qtractor:
        jack_tools = {key: value for key, value in environment.items() if key != "LD_PRELOAD"}
        wait_for(lambda: "Qtractor:Master/out_2" in jack_ports(jack_tools), "Qtractor starts", 60, qtractor)
        subprocess.run(["sleep", "5"], check=True)
        captured = path / "captured.wav"
        record = ["jack_rec", "-f", captured, "-d", SECONDS, "-b", 32, "Qtractor:Master/out_1", "Qtractor:Master/out_2"]
        with running(list(map(str, record)), env=jack_tools) as recorder:
            transport = subprocess.Popen(["jack_transport"], stdin=subprocess.PIPE, env=jack_tools, stdout=subprocess.DEVNULL)
            transport.communicate(b"locate 0\nplay\nexit\n", timeout=20)
            recorder.wait(SECONDS + 60)
        check(qtractor.poll() is None, "Qtractor is still alive")
    audio, rate = read(captured)
    check(rate == RATE, f"captured at the rate of the server ({rate})")
    audio, reference = align(audio, render(song, RATE, PERIOD))
    check(audio.shape[1] > RATE * (SECONDS - 8), "enough was captured")
    start, end = RATE * SETTLED, RATE * (SECONDS - 8)
    check_null(audio[:, start:end], reference[:, start:end], "the demo in Qtractor is the command line's", LIMIT_DBFS)
