"""Records further Bullet tasks for the table of docs/recorded-results.py, with a collector of DSRL-layout files.

    python3 docs/recorded-tasks.py COLLECTOR OUT TASK ...

COLLECTOR is the folder with collect.py, build.py and tasks.py (its requirements installed), OUT takes the files,
TASK is one of TASKS below. Seeds are fixed. Ranges of the Ant tasks are those of the DSRL package, which has
none for Reach tasks: their returns are normalised by the recorded file's own range.
"""
import os
import sys

# Name: steps of an episode, trajectories kept, greatest cost of an episode, range of returns, episodes per update,
# phases of (seed, simulator steps, first limit, last limit, share of the steps before the limit moves).
TASKS = {
    "AntRun": (200, 900, 150, (0.0, 955.48), 10, ((1, 450_000, 5, 160, 0.3), (2, 250_000, 160, 5, 0.3))),
    "AntCircle": (500, 400, 200, (0.0, 460.71), 6, ((1, 400_000, 5, 220, 0.3), (2, 200_000, 220, 5, 0.3))),
    "BallReach": (250, 700, 100, (-1e9, 1e9), 10, ((1, 250_000, 2, 80, 0.3), (2, 200_000, 80, 2, 0.3))),
    "CarReach": (500, 400, 100, (-1e9, 1e9), 6, ((1, 300_000, 2, 80, 0.3), (2, 200_000, 80, 2, 0.3))),
}


def main():
    collector, out, names = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    sys.path.insert(0, collector)
    import build
    import collect
    import tasks

    os.makedirs(out, exist_ok=True)
    for name in names:
        horizon, kept, cost, returns, episodes, phases = TASKS[name]
        tasks.TASKS[name] = tasks.Task(
            name, f"Safety{name}-v0", horizon, kept, cost, returns, episodes,
            tuple(tasks.Phase(*phase) for phase in phases), keep=kept)
        raw = os.path.join(out, name + ".npz")
        sys.argv = ["collect.py", "--task", name, "--raw", raw]
        collect.main()
        sys.argv = ["build.py", "--task", name, "--raw", raw, "--out", out]
        build.main()
        os.remove(raw)


if __name__ == "__main__":
    main()
