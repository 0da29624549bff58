#!/usr/bin/env python3
"""Gives saferl what a stranger might: mutated checkpoints (sealed again), configurations, run files, decoders, preferences.

    python3 Tests/Campaigns/mutations.py .build/release/saferl [--trials 3000] [--seed 1] [--jobs 2] [--short]

Each mutation is given to a command that reads it. Promised is that the command ends by itself, with a documented exit
code that is no fault of saferl (70), within the time and the memory of a sound file, and that a refusal is one line. A
number that is not finite and appears while training is documented to end with 70 as well; such ends are counted apart.

Mutations are structural (JSON values replaced by hostile numbers, texts and nesting, members removed, doubled or swapped,
tensors with NaN, other types and shapes) as well as flipped, cut and doubled bytes. What is sealed by hashes is sealed
again, because hashes need no key. Prints a table and exits with 1 where a promise was broken; the folders of broken
promises are kept and named.
"""
import argparse
import concurrent.futures
import copy
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

DOCUMENTED = (0, 3, 64, 65, 66, 73, 74, 78, 130, 143)
MEMORY = 8 << 30  # address space; a sound run of these sizes needs a tenth
PATIENCE = 60.0
STOP_AFTER = 6.0  # a mutated schedule may be long, which is no fault: training is asked to stop

FISOR = ["data.collect.transitions=300", "schedule.steps=12", "schedule.checkpoint=3", "schedule.log=2", "schedule.keep=20",
         "evaluation.episodes=1", "fisor.width=8", "fisor.criticWidths=[8]", "fisor.blocks=1", "fisor.policyRows=8",
         "fisor.criticRows=8"]
BC = {"algorithm": "bc", "environment": "point-robot", "data": {"collect": {"transitions": 300, "seed": 1}},
      "schedule": {"steps": 12, "log": 2, "checkpoint": 3, "keep": 20}, "evaluation": {"episodes": 1},
      "bc": {"widths": [8], "rows": 8}}
OGSRL = {"algorithm": "ogsrl", "environment": "gumbel-sepsis",
         "data": {"collect": {"behaviour": "clinician", "episodes": 40, "seed": 1}},
         "schedule": {"steps": 8, "log": 1, "checkpoint": 1, "keep": 20}, "evaluation": {"episodes": 1},
         "ogsrl": {"guardian": "count", "model": "tabular", "mode": "reject", "discount": 1,
                   "optimiser": {"kind": "cpo", "advantages": {"kind": "sampled", "trace": 0.97, "rollouts": 5}},
                   "budgets": {"o2-low": 2, "sbp-low": 2}, "inputs": "table", "widths": [4], "horizon": 4}}
ENSEMBLE = {"algorithm": "ogsrl", "environment": "point-robot",
            "data": {"collect": {"transitions": 300, "seed": 1}},
            "schedule": {"steps": 12, "log": 1, "checkpoint": 1, "keep": 20}, "evaluation": {"episodes": 1},
            "ogsrl": {"guardian": {"kind": "kde", "bandwidth": 0.5, "calibrationShare": 0},
                      "model": {"kind": "ensemble", "updates": 6, "members": 2, "elites": 2, "widths": [4]},
                      "mode": {"kind": "absorbing-penalty", "penalty": -1},
                      "budgets": {"cost": 5}, "actions": "gaussian", "horizon": 4, "widths": [4],
                      "optimiser": {"kind": "cpo", "advantages": {"kind": "sampled", "rollouts": 4}}}}
TOKENS = {"algorithm": "hcrlhf", "environment": "hazard-tokens", "evaluation": {"episodes": 2},
          "schedule": {"steps": 9, "log": 1, "checkpoint": 1, "keep": 20},
          "hcrlhf": {"model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "keyValueHeads": 1, "tokens": 8},
                     "sampling": {"tokens": 6}, "fineTuning": {"updates": 0},
                     "candidate": {"prompts": 8, "batch": 4, "microBatch": 4},
                     "test": {"prompts": 200, "batch": 8, "scale": "raw", "bound": "betting", "limit": 3.5}}}
TEXT = {"algorithm": "hcrlhf", "data": {"file": "pairs.jsonl"}, "schedule": {"steps": 8, "log": 1, "checkpoint": 1, "keep": 20},
        "hcrlhf": {"model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "keyValueHeads": 1, "vocabulary": 260,
                             "tokens": 160},
                   "sampling": {"tokens": 4}, "fineTuning": {"updates": 1},
                   "preference": {"reward": {"updates": 1}, "cost": {"updates": 1}},
                   "candidate": {"batch": 2, "microBatch": 2}}}
PAIRS = [{"prompt": f"Question {row}?", "response_0": f"Yes {row}.", "response_1": f"No {row}.",
          "better_response_id": row % 2, "safer_response_id": (row + 1) % 2, "is_response_0_safe": row % 2 == 1,
          "is_response_1_safe": row % 2 == 0} for row in range(12)]

HOSTILE = [-1, 0, 1, 2, 7, -0.0, 0.5, -1e308, 1e308, 1e-320, 2**31, 2**31 - 1, -2**31, 2**32, 2**53, 2**53 + 1, 2**62, 2**63 - 1, -2**63,
           2**63, 2**64, 10**30, True, False, None, "", "a", "nan", "inf", "-inf", "../../etc/passwd", "\u0000", "\n", "ü" * 40, "9" * 400, [], [0],
           [-1], {}, {"a": 1}, [[]], [1e308] * 3, ["", ""]]


# --- JSON

def places(value, path=()):
    """All paths in a JSON value."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for index in range(min(len(value), 12)):
            yield from places(value[index], path + (index,))


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def mutate_json(value, rng):
    """A copy with one place changed, and what was done."""
    value = copy.deepcopy(value)
    path = rng.choice([p for p in places(value) if p] or [()])
    if not path:
        return rng.choice(HOSTILE), "the whole"
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    key, old = path[-1], holder[path[-1]]
    kind = rng.randrange(12)
    if kind == 0:
        holder.pop(key)
        what = "removed"
    elif kind == 1 and isinstance(old, (int, float)) and not isinstance(old, bool):
        holder[key] = rng.choice([-old, old + 1, old - 1, old * 2**40, old * -2**40, old + 0.5, 10**18])
        what = f"{old} to {str(holder[key])[:40]}"
    elif kind == 2 and isinstance(old, list):
        holder[key] = rng.choice([old + old, old[:-1], old[::-1], old[:1] * 3])
        what = "another list"
    elif kind == 3 and isinstance(holder, dict):
        other = rng.choice(list(holder))
        holder[key], holder[other] = holder[other], holder[key]
        what = f"swapped with {other}"
    elif kind == 4 and isinstance(holder, dict):
        holder[rng.choice(["x", key + "s", key.upper(), ""])] = old
        what = "another member"
    elif kind == 5:
        holder[key] = nested(rng.choice([3, 100, 2000]))
        what = "nesting"
    elif kind == 6 and isinstance(old, str):
        holder[key] = rng.choice([old[:-1], old + old, old.upper(), old + "\n", old[::-1]])
        what = "another text"
    else:
        holder[key] = rng.choice(HOSTILE)
        what = f"to {str(holder[key])[:40]!r}"
    return value, ".".join(map(str, path)) + " " + what


def flip(data, rng):
    """Bytes with a few of them changed, cut away, doubled or put in."""
    data = bytearray(data)
    if not data:
        return bytes([rng.randrange(256)]), "a byte"
    kind, place = rng.randrange(5), rng.randrange(len(data))
    if kind == 0:
        del data[place:]
        return bytes(data), f"cut at {place}"
    if kind == 1:
        end = min(len(data), place + rng.randrange(1, 64))
        data[place:place] = data[place:end]
        return bytes(data), f"doubled at {place}"
    if kind == 2:
        data[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        return bytes(data), f"bytes put in at {place}"
    for _ in range(rng.randrange(1, 4)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data), "bits flipped"


def dumped(value):
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return b"[" * 2000 + b"]" * 2000


def mutate_file(path, rng):
    """Changes a JSON file by structure, or any file by its bytes."""
    with open(path, "rb") as file:
        data = file.read()
    if rng.random() < 0.75:
        try:
            value = json.loads(data)
        except ValueError:
            value = None
        if value is not None:
            value, what = mutate_json(value, rng)
            write(path, dumped(value))
            return what
    data, what = flip(data, rng)
    write(path, data)
    return what


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


# --- Tensors

WIDTHS = {"F32": 4, "F64": 8, "F16": 2, "BF16": 2, "I32": 4, "I64": 8, "U8": 1}
BAD_FLOATS = [float("nan"), float("inf"), float("-inf"), 1e38, -1e38, 1e-42, -1.0, 0.0]


def opened(data):
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size]), bytearray(data[8 + size:])


def closed(header, data):
    text = dumped(header)
    return struct.pack("<Q", len(text)) + text + bytes(data)


def mutate_tensor(header, data, rng):
    """Changes numbers, type or shape of one tensor in place."""
    names = [n for n in header if n != "__metadata__"]
    if not names:  # a checkpoint from before anything was fitted
        return "no tensor to change"
    name = rng.choice(names)
    entry = header[name]
    begin, end = entry["data_offsets"]
    width = WIDTHS.get(entry["dtype"], 1)
    kind = rng.randrange(6)
    if kind <= 2 and end > begin:
        place = begin + width * rng.randrange((end - begin) // width)
        number = rng.choice(BAD_FLOATS)
        packed = {"F32": "<f", "F64": "<d"}.get(entry["dtype"])
        try:
            data[place:place + width] = struct.pack(packed, number) if packed else bytes(rng.randrange(256) for _ in range(width))
        except OverflowError:
            data[place:place + width] = b"\xff" * width
        return f"{name} gets {number}"
    if kind == 3 and end > begin:
        data[rng.randrange(begin, end)] ^= 1 << rng.randrange(8)
        return f"{name} gets another bit"
    if kind == 4:
        entry["shape"] = rng.choice([entry["shape"][::-1], entry["shape"] + [1], [1] + entry["shape"], [2**40, 2**40, 0],
                                     [(end - begin) // width], [-1], [2**63 - 1]])
        return f"{name} has the shape {entry['shape']}"
    other = rng.choice(names)
    header[name], header[other] = header[other], header[name]
    return f"{name} and {other} swapped"


# --- Checkpoints

def newest(run):
    folder = f"{run}/checkpoints"
    return folder + "/" + sorted(n for n in os.listdir(folder) if n.startswith("step-"))[-1]


def seal(body):
    return body + b'  "manifest_sha256": "%s"\n}\n' % hashlib.sha256(body).hexdigest().encode()


def reseal(place, state):
    """Writes a state file and a manifest whose hashes fit."""
    write(place + "/state.safetensors", state)
    with open(place + "/manifest.json", "rb") as file:
        manifest = file.read()
    manifest = re.sub(rb'"state_bytes": \d+', b'"state_bytes": %d' % len(state), manifest, count=1)
    manifest = re.sub(rb'"state_sha256": "[0-9a-f]*"',
                      b'"state_sha256": "%s"' % hashlib.sha256(state).hexdigest().encode(), manifest, count=1)
    write(place + "/manifest.json", seal(manifest[:manifest.rindex(b'  "manifest_sha256"')]))


def only(run, rng):
    """Leaves one checkpoint, mostly the newest."""
    folder = f"{run}/checkpoints"
    names = sorted(n for n in os.listdir(folder) if n.startswith("step-"))
    kept = names[-1] if rng.random() < 0.6 else rng.choice(names)
    for name in names:
        if name != kept:
            shutil.rmtree(f"{folder}/{name}")
    return f"{folder}/{kept}"


def values_of_checkpoint(folder, rng):
    place = only(folder + "/run", rng)
    with open(place + "/state.safetensors", "rb") as file:
        header, data = opened(file.read())
    texts = header["__metadata__"]
    name = rng.choice(list(texts))
    if rng.random() < 0.1:
        texts[name], what = rng.choice([("", "empty"), ("[" * 5000, "deep"), (texts[name][:-1], "cut")])
    else:
        value, what = mutate_json({name: json.loads(texts[name])}, rng)
        if isinstance(value, dict):
            texts.pop(name)
            texts.update({key: dumped(member).decode() for key, member in value.items()})
    reseal(place, closed(header, data))
    return what


def tensors_of_checkpoint(folder, rng):
    place = only(folder + "/run", rng)
    with open(place + "/state.safetensors", "rb") as file:
        header, data = opened(file.read())
    what = mutate_tensor(header, data, rng)
    reseal(place, closed(header, data))
    return what


def manifest_of_checkpoint(folder, rng):
    place = only(folder + "/run", rng)
    with open(place + "/manifest.json", "rb") as file:
        manifest = file.read()
    body = manifest[:manifest.rindex(b'  "manifest_sha256"')]
    if rng.random() < 0.7:
        value = json.loads(manifest)
        value.pop("manifest_sha256")
        value, what = mutate_json(value, rng)
        body = dumped(value)[:-1] + b",\n"
    else:
        body, what = flip(body, rng)
    write(place + "/manifest.json", seal(body))
    return what


def bytes_of_checkpoint(folder, rng):
    place = only(folder + "/run", rng)
    name = rng.choice(["state.safetensors", "manifest.json"])
    with open(f"{place}/{name}", "rb") as file:
        data, what = flip(file.read(), rng)
    if name == "state.safetensors" and rng.random() < 0.5:
        reseal(place, data)
        what += ", sealed"
    else:
        write(f"{place}/{name}", data)
    return f"{name} {what}"


# --- Kinds: a folder is made, mutated, and given to commands

ENVIRONMENT = {"fisor": "point-robot-feasible"}


def judged(base, rng):
    """A command that reads a run."""
    if base == "text":
        return ["resume", "run", "--quiet"]
    return rng.choice([["evaluate", "run", "--episodes", "1"], ["evaluate", "run", "--episodes", "2", "--json"],
                       ["resume", "run", "--quiet"], ["resume", "run", "--quiet"],
                       ["certify", "run", "--episodes", "20", "--limit", "1", "--delta", "0.1", "--violations"]])


RUNS = ["fisor", "bc", "ogsrl", "ensemble", "tokens", "text"]


def unfinished(folder):
    """Makes a run one that was interrupted, so that resuming reads the checkpoint."""
    path = folder + "/run/manifest.json"
    with open(path, "rb") as file:
        text = re.sub(rb'"finished"\s*:\s*true', b'"finished": false', file.read())
    write(path, text)


def opened_run(bases, folder, rng):
    base = rng.choice(RUNS)
    shutil.copytree(f"{bases}/{base}", folder)
    command = judged(base, rng)
    if command[0] == "resume" and rng.random() < 0.9:
        unfinished(folder)
    return base, command


def checkpoint(change):
    def trial(bases, folder, rng):
        base, command = opened_run(bases, folder, rng)
        return base, change(folder, rng), command
    return trial


def run_file(bases, folder, rng):
    base, command = opened_run(bases, folder, rng)
    names = ["config.resolved.json", "manifest.json", "metrics.jsonl", "config.json", "evaluation/report.json", "verdict.json",
             "report.json", "timing.jsonl", "assurance/certificate-1.json"]
    name = rng.choice([n for n in names if os.path.exists(f"{folder}/run/{n}")])
    return base, f"{name} {mutate_file(f'{folder}/run/{name}', rng)}", command


def configuration(bases, folder, rng):
    base = rng.choice(RUNS)
    os.mkdir(folder)
    if base == "text":
        shutil.copy(f"{bases}/text/pairs.jsonl", folder)
    shutil.copy(f"{bases}/{base}/run/config.resolved.json", f"{folder}/my.json")
    what = mutate_file(f"{folder}/my.json", rng)
    return base, what, rng.choice([["config", "show", "my.json"], ["train", "my.json", "--run", "run", "--quiet"]])


def preferences(bases, folder, rng):
    os.mkdir(folder)
    shutil.copy(f"{bases}/text/my.json", folder)
    lines = [dumped(pair) for pair in PAIRS]
    row = rng.randrange(len(lines))
    if rng.random() < 0.7:
        value, what = mutate_json(PAIRS[row], rng)
        lines[row] = dumped(value)
    else:
        lines[row], what = flip(lines[row], rng)
    if rng.random() < 0.1:
        lines *= 3
    write(f"{folder}/pairs.jsonl", b"\n".join(lines))
    return "text", f"row {row + 1} {what}", ["train", "my.json", "--run", "run", "--quiet"]


def decoder(bases, folder, rng):
    os.mkdir(folder)
    shutil.copytree(f"{bases}/text/run/policy", f"{folder}/hub")
    names = [n for n in sorted(os.listdir(f"{folder}/hub")) if n.endswith((".json", ".safetensors"))]
    name = rng.choice(names)
    path = f"{folder}/hub/{name}"
    if name.endswith(".safetensors") and rng.random() < 0.7:
        with open(path, "rb") as file:
            header, data = opened(file.read())
        what = mutate_tensor(header, data, rng)
        write(path, closed(header, data))
    else:
        what = mutate_file(path, rng)
    return "hub", f"{name} {what}", ["bench", "decoder", "--checkpoint", "hub"]


KINDS = [("checkpoint values", checkpoint(values_of_checkpoint), 8), ("checkpoint tensors", checkpoint(tensors_of_checkpoint), 4),
         ("checkpoint manifests", checkpoint(manifest_of_checkpoint), 2), ("checkpoint bytes", checkpoint(bytes_of_checkpoint), 2),
         ("run files", run_file, 4), ("configurations", configuration, 4), ("decoders", decoder, 4), ("preferences", preferences, 2)]


# --- Running

def call(binary, folder, arguments, stop_after=STOP_AFTER):
    """Exit code (negative: a signal; None: it hung) and the lines of standard error."""
    environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", SAFERL_HOME=folder + "/home")

    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    process = subprocess.Popen([binary, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limits)
    is_stopped = False
    try:
        if arguments[0] in ("train", "resume"):
            try:
                errors = process.communicate(timeout=stop_after)[1]
            except subprocess.TimeoutExpired:
                is_stopped = True
                process.send_signal(signal.SIGTERM)
        if arguments[0] not in ("train", "resume") or is_stopped:
            errors = process.communicate(timeout=PATIENCE)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, []
    if is_stopped and process.returncode == -signal.SIGTERM:
        return 143, []  # before the run began
    return process.returncode, [l for l in errors.decode("utf-8", "replace").splitlines() if l.strip()]


def judge(code, lines):
    """The column of the table, and what is wrong if a promise was broken."""
    own = [l for l in lines if not l.startswith(("warning: ", "evaluating in "))]
    if code is None:
        return "hung", "hung"
    if code < 0:
        return "trap", f"signal {-code}"
    if code == 70:
        if any("is not finite" in l or "not a finite number" in l or "diverge" in l for l in own):
            return "diverged", None
        return "70", f"exit 70: {' / '.join(own)[:300]}"
    if code not in DOCUMENTED:
        return "other", f"exit {code}: {' / '.join(own)[:300]}"
    if code in (0, 3):
        return "taken", None
    if code in (130, 143):
        return "stopped", None
    return "refused", None if len(own) == 1 else f"exit {code} with {len(own)} lines: {' / '.join(own)[:300]}"


def make_bases(binary, work):
    """A sound run of every algorithm, to be spoilt."""
    def train(name, configuration, more=()):
        folder = f"{work}/bases/{name}"
        os.makedirs(folder)
        if isinstance(configuration, dict):
            write(f"{folder}/my.json", dumped(configuration))
            configuration = "my.json"
        if name == "text":
            write(f"{folder}/pairs.jsonl", b"\n".join(map(dumped, PAIRS)))
        code, lines = call(binary, folder, ["train", configuration, "--run", "run", "--quiet",
                                            *[w for s in more for w in ("--set", s)]], 600)
        if code not in (0, 3):
            sys.exit(f"cannot make the run {name}: {code} {lines}")

    train("fisor", "configs/fisor.json", FISOR)
    train("bc", BC)
    train("ogsrl", OGSRL)
    train("ensemble", ENSEMBLE)
    train("tokens", TOKENS)
    train("text", TEXT, ["hcrlhf.test.limit=1000000"])
    if not os.path.isdir(f"{work}/bases/text/run/policy"):
        # Not certified, so not exported: the decoder of the run on tokens stands in, which has no tokenizer.
        shutil.copytree(f"{work}/bases/tokens/run/policy", f"{work}/bases/text/run/policy")
        print("decoders: without a tokenizer, because the run that writes text was not certified", file=sys.stderr)
    call(binary, f"{work}/bases/bc", ["certify", "run", "--episodes", "20", "--limit", "1", "--delta", "0.1", "--violations"])


def trial(binary, work, seed, index):
    rng = random.Random(f"{seed}/{index}")
    kind, make, _ = rng.choices(KINDS, [weight for _, _, weight in KINDS])[0]
    folder = f"{work}/{index}"
    base, what, arguments = make(f"{work}/bases", folder, rng)
    began = time.time()
    code, lines = call(binary, folder, arguments)
    column, fault = judge(code, lines)
    if fault is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        fault = f"{index} {kind} of {base}: {what}: saferl {' '.join(arguments)}: {fault}"
    return kind, column, fault, time.time() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--trials", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", type=int, help="repeat the mutation of this number")
    parser.add_argument("--short", action="store_true", help="120 mutations instead of 3000")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    trials = options.trials or (120 if options.short else 3000)
    work = tempfile.mkdtemp(prefix="saferl-mutations-")
    make_bases(binary, work)
    numbers = range(trials) if options.only is None else [options.only]
    table, faults, slowest = {}, [], 0.0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for kind, column, fault, seconds in pool.map(lambda n: trial(binary, work, options.seed, n), numbers):
            table.setdefault(kind, {}).setdefault(column, 0)
            table[kind][column] += 1
            slowest = max(slowest, seconds)
            if fault:
                faults.append(fault)
                print(fault, file=sys.stderr, flush=True)
    columns = ["refused", "taken", "stopped", "diverged", "trap", "hung", "70", "other"]
    print("| mutated | " + " | ".join(columns) + " |\n|---|" + "--:|" * len(columns))
    for kind, _, _ in KINDS:
        if kind in table:
            print(f"| {kind} | " + " | ".join(str(table[kind].get(c, 0)) for c in columns) + " |")
    total = {c: sum(row.get(c, 0) for row in table.values()) for c in columns}
    print("| all | " + " | ".join(str(total[c]) for c in columns) + " |")
    print(f"{len(numbers)} mutations, seed {options.seed}, slowest {slowest:.1f} s, broken promises: {len(faults)}")
    if faults:
        print(f"folders: {work}")
        sys.exit(1)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
