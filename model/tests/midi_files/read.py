"""What mido reads from MIDI files: one line of JSON for each file named on the command line."""

import json
import sys
from collections import defaultdict, deque

import mido


def read(path):
    song = mido.MidiFile(path, clip=True)
    notes, events, tempos = [], [], {}
    for track in song.tracks:
        tick, down = 0, defaultdict(deque)

        def release(key):
            start, velocity = down[key].popleft()
            notes.append([start, tick, key[0], key[1], velocity])

        for message in track:
            tick += message.time
            kind = message.type
            if kind == "note_on" and message.velocity > 0:
                down[message.channel, message.note].append((tick, message.velocity))
            elif kind in ("note_on", "note_off"):
                if down[message.channel, message.note]:
                    release((message.channel, message.note))
            elif kind == "set_tempo":
                tempos[tick] = message.tempo
            elif kind == "control_change":
                events.append([tick, message.channel, "controller", message.control, message.value])
                if message.control in (120, 123):
                    for key in [key for key in down if key[0] == message.channel]:
                        while down[key]:
                            release(key)
            elif kind == "program_change":
                events.append([tick, message.channel, "program", message.program, 0])
            elif kind == "pitchwheel":
                events.append([tick, message.channel, "pitch_bend", message.pitch, 0])
            elif kind == "aftertouch":
                events.append([tick, message.channel, "channel_pressure", message.value, 0])
            elif kind == "polytouch":
                events.append([tick, message.channel, "key_pressure", message.note, message.value])
            elif kind == "sysex":
                # Long messages are told apart by their length and sum.
                events.append([tick, 0, "system_exclusive", len(message.data), sum(message.data)])
            elif kind == "end_of_track":
                break
        for key in list(down):
            while down[key]:
                release(key)
    return {"division": song.ticks_per_beat, "notes": notes, "events": events, "tempos": sorted(tempos.items())}


for path in sys.argv[1:]:
    try:
        found = read(path)
    except Exception as error:  # mido raises whatever comes to it
        found = {"error": repr(error)}
    print(json.dumps({"path": path, **found}))
