"""Loophole's own VST3 in a project of Loophole's: found by a scan, named by a project, heard, and the same every time."""

import json
import subprocess

import numpy as np

from _common import check, folder, loophole, render

ADD = """
loophole.edit('nest', function()
  local track = loophole.tracks[1]
  for _, device in ipairs(loophole.devices) do device:delete() end
  track:add_device({format = 'vst3', plugin = '%s', name = 'Inner'})
  track:add_clip({start = 0, length = 4, notes = {
    {start = 0, length = 1, key = 60, velocity = 1.0}, {start = 2, length = 1, key = 67, velocity = 0.8},
  }})
end)
"""


def main():
    scanned = json.loads(loophole("scan", "--json", stdout=subprocess.PIPE).stdout)
    check(not scanned["failures"], f"no file fails to be scanned ({scanned['failures']})")
    own = [plugin for plugin in scanned["plugins"] if plugin["name"] == "Loophole"]
    check({plugin["plugin"]["format"] for plugin in own} == {"clap", "vst3"}, "both of our formats are found")
    vst3 = next(plugin for plugin in own if plugin["plugin"]["format"] == "vst3")
    check("instrument" in vst3["features"], "it is an instrument")
    with folder() as work:
        song, script = work / "Song.loophole", work / "nest.lua"
        script.write_text(ADD % vst3["plugin"]["id"])
        loophole("new", song)
        loophole("run", script, song, "--save")
        first, second = (render(song, 48_000, block) for block in (512, 512))
    check(np.abs(first).max() > 0.01, f"notes reach the inner synth (peak {np.abs(first).max():.3f})")
    check(np.array_equal(first, second), "a render is the same every time")


main()
