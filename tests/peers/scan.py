"""The scan of Loophole beside that of Ardour, where Ardour is installed: the same VST3 files, each looked into anew by a
process of its own. Prints the fastest of several scans, by the clock.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LOOPHOLE = Path(sys.argv[1]).resolve()
BUNDLES = sorted(Path("/usr/lib/vst3").glob("Za*.vst3"))
ROUNDS = 5


def fastest(scan):
    times = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as home:
            start = time.perf_counter()
            scan(dict(os.environ, HOME=home, XDG_CACHE_HOME=f"{home}/cache"))
            times.append(time.perf_counter() - start)
    return min(times)


def quiet(command, environment):
    subprocess.run(list(map(str, command)), check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ours(environment):
    quiet([LOOPHOLE, "scan", "--all", "--json"], dict(environment, CLAP_PATH=""))


def ardour(scanner):
    library = scanner.parent
    paths = {"LD_LIBRARY_PATH": library, "ARDOUR_DLL_PATH": library, "ARDOUR_CONFIG_PATH": Path("/etc") / library.name}
    paths["ARDOUR_DATA_PATH"] = Path("/usr/share") / library.name

    def scan(environment):
        environment = environment | {name: str(path) for name, path in paths.items()}
        for bundle in BUNDLES:
            quiet([scanner, "-q", "-f", bundle], environment)

    return scan


def main():
    time_of_ours = fastest(ours)
    print(f"scan of {len(BUNDLES)} VST3: Loophole {time_of_ours:.2f} s")
    scanners = sorted(Path("/usr/lib").glob("ardour*/ardour-vst3-scanner"))
    if not scanners:
        print("Ardour is not installed: nothing to compare with (apt-get install ardour)")
        return
    time_of_ardour = fastest(ardour(scanners[-1]))
    print(f"scan of {len(BUNDLES)} VST3: Ardour   {time_of_ardour:.2f} s, {time_of_ardour / time_of_ours:.2f} times ours")
    if time_of_ours > time_of_ardour:
        sys.exit("Ardour is faster")


main()
