"""Needless stops of policies that were trained with a monitor's reward: a row of the table in monitors.md for each evaluation.

    python3 docs/monitored-reward-results.py DIR ...

DIR is what `saferl evaluate RUN --environment point-robot --monitor M --mode loose --out DIR` wrote. A start is safe where the
environment's exact rule says that something keeps clear of violations from there; an episode from a safe start is stopped needlessly
where nothing was ever beyond rescue and it does not reach its goal.
"""
import json
import os
import sys

print("| | safe starts | stopped needlessly | at the goal | violated |\n|---|---|---|---|---|")
for folder in sys.argv[1:]:
    with open(os.path.join(folder, "episodes.jsonl")) as file:
        episodes = [json.loads(line) for line in file]
    with open(os.path.join(folder, "guard.json")) as file:
        onsets = {episode["episode"]: episode["onset"] for episode in json.load(file)["monitored_episodes"]}
    safe = [episode for episode in episodes if onsets[episode["episode"]] != 0]
    stopped = [e for e in safe if onsets[e["episode"]] is None and not e["reached_goal"]]
    shares = [sum(map(bool, values)) / len(safe) for values in (
        [e in stopped for e in safe], [e["reached_goal"] for e in safe], [e["violated"] for e in safe])]
    print(f"| {os.path.basename(folder.rstrip('/'))} | {len(safe)} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
