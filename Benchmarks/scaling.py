"""What a second process brings a run of FISOR at its published sizes, measured, and what more would bring, simulated.

    python3 Benchmarks/scaling.py [--rounds N] [--updates N] [--golden FILE] SAFERL

Runs of one process with the published rows, of one with half of them, and of two with twice as many (weak scaling: the rows of a process
stay as they are) take turns; every process has one core and one thread. Wall time and processor time of an update are medians over the
rounds: processor time is what is left where other programs have the cores too, but it leaves out what a process waits for another. What
an update shares (W) and what every process repeats (S) follow from the runs of whole and of half of the rows, T = S + W·rows; latency a
and bandwidth b of an exchange are measured by `saferl bench mpi`. From those the cost model of docs/parallel.md computes efficiencies of up
to 64 processes: an update takes W + S and 2(p - 1)a + 2(p - 1)/p n/b for an exchange of n bytes that nothing hides. --golden compares
the model with the figures of another program first. Needs mpirun and two cores.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

# Of FISOR's published step: rows of the policy, of which the critics take the first.
ROWS, CRITIC_ROWS = 2048, 256
BYTES = 13_600_000
TICKS = os.sysconf("SC_CLK_TCK")
# What is assumed of networks that are not here: latency in seconds, bytes a second.
NETWORKS = {"InfiniBand 100 G": (1.5e-6, 11.5e9), "Ethernet 25 G": (15e-6, 2.9e9), "Ethernet 10 G": (25e-6, 1.17e9),
            "Ethernet 1 G": (50e-6, 0.117e9)}


def exchange(ranks, network, size=BYTES):
    latency, bandwidth = network
    return 2 * (ranks - 1) * latency + 2 * (ranks - 1) / ranks * size / bandwidth


def weak(ranks, work, serial, network):
    return (work + serial) / (work + serial + exchange(ranks, network))


def strong(ranks, work, serial, network):
    return (work + serial) / (ranks * (work / ranks + serial + exchange(ranks, network)))


def check(path):
    """The model's figures are those of the golden file."""
    model = json.load(open(path))["model"]
    for line in model["table"]:
        network = model["networks"][line["network"]]
        network = (network["latency_s"], network["bytes_per_s"])
        found = (1e3 * exchange(line["ranks"], network, model["bytes"]), weak(line["ranks"], model["work_s"], model["serial_s"], network),
                 strong(line["ranks"], model["work_s"], model["serial_s"], network))
        expected = (line["ring_ms"], line["weak_efficiency"], line["strong_efficiency"])
        if any(abs(a - b) > 1e-9 * max(1, abs(b)) for a, b in zip(found, expected)):
            sys.exit(f"{path}: {line['network']}, {line['ranks']}: {found}, not {expected}")
    print(f"the model has the {len(model['table'])} figures of {path}")


def environment():
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")


def mpirun(ranks, *words):
    return ["mpirun", "--bind-to", "core", "-n", str(ranks), *words]


def configuration(folder, ranks, rows, updates):
    path = f"{folder}/{ranks}-{rows}.json"
    json.dump({"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 5000}},
               "fisor": {"policyRows": ranks * rows, "criticRows": ranks * rows * CRITIC_ROWS // ROWS}, "parallel": {"shards": ranks},
               "schedule": {"steps": updates + 2, "log": 1, "checkpoint": 1000000}, "evaluation": {"episodes": 1}}, open(path, "w"))
    return path


def seconds_of(number):
    """Processor time of a process, in seconds."""
    fields = open(f"/proc/{number}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def lines(path):
    try:
        return sum('"seconds"' in line for line in open(path) if line.endswith("\n"))
    except OSError:
        return 0


def timed(saferl, folder, ranks, rows, updates):
    """Wall and processor seconds of an update, the latter of one process; without the first two."""
    run = tempfile.mkdtemp(dir=folder) + "/run"
    words = mpirun(ranks, saferl, "train", configuration(folder, ranks, rows, updates), "--quiet", "--events", "off", "--run", run)
    process = subprocess.Popen(words, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    marks = []
    for wanted in (2, updates + 1):
        while (seen := lines(run + "/timing.jsonl")) < wanted:
            if process.poll() is not None:
                sys.exit(f"the run ended with {process.returncode}: {process.stderr.read().strip()}")
            time.sleep(0.01)
        own = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        marks.append((seen, time.time(), sum(map(seconds_of, own)) / ranks))
    process.kill()
    process.wait()
    for number in own:
        try:
            os.kill(int(number), 9)
        except ProcessLookupError:
            pass
    taken = marks[1][0] - marks[0][0]
    return tuple((b - a) / taken for a, b in zip(marks[0][1:], marks[1][1:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("saferl")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--golden")
    options = parser.parse_args()
    saferl = os.path.abspath(options.saferl)
    if options.golden:
        check(options.golden)
    kinds = {"whole": (1, ROWS), "half": (1, ROWS // 2), "two": (2, ROWS)}
    times = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for kind, (ranks, rows) in kinds.items():
                times[kind].append(timed(saferl, folder, ranks, rows, options.updates))
    words = mpirun(2, saferl, "bench", "mpi", "--json", "--steps", "50")
    measured = [json.loads(subprocess.run(words, env=environment(), check=True, capture_output=True, text=True).stdout)
                for _ in range(options.rounds)]

    def median(kind, place):
        return statistics.median(pair[place] for pair in times[kind])

    for place, name in enumerate(("wall", "processor")):
        row = "; ".join(f"{kind} {1e3 * median(kind, place):.1f} ({', '.join(f'{1e3 * pair[place]:.0f}' for pair in times[kind])})"
                        for kind in kinds)
        print(f"{name} time of an update, ms: {row}; weak efficiency of two {100 * median('whole', place) / median('two', place):.0f} %")
    half, whole = median("half", 1), median("whole", 1)
    work, serial = 2 * (whole - half), max(2 * half - whole, 0)
    a = statistics.median(report["latencySeconds"] for report in measured)
    b = statistics.median(report["bytesPerSecond"] for report in measured)
    took = [1e3 * report["exchangeSeconds"] for report in measured]
    print(f"W {1e3 * work:.1f} ms, S {1e3 * serial:.1f} ms of one core; a {1e6 * a:.1f} us, b {b / 1e9:.2f} GB/s; "
          f"an exchange of {BYTES / 1e6} MB {statistics.median(took):.1f} ms ({min(took):.1f} to {max(took):.1f})")
    print("simulated, %                weak 2 / 8 / 64      strong 2 / 8 / 64")
    for name, network in {"this machine": (a, b), **NETWORKS}.items():
        found = [" / ".join(f"{100 * kind(ranks, work, serial, network):.0f}" for ranks in (2, 8, 64)) for kind in (weak, strong)]
        print(f"{name:<28}{found[0]:<21}{found[1]}")


if __name__ == "__main__":
    main()
