"""Prints what each further Bullet world adds to a process, in MB resident, for docs/gymnasium.md.

    PYTHON Benchmarks/Peers/gymnasium/world_memory.py SafetyCarRun-v0 [--pictures]

With --pictures the meshes for drawing are loaded too, which a worker leaves out.
"""

import re
import sys

import bullet_safety_gym  # noqa: F401  (registers the names)
import gymnasium
import pybullet
from pybullet_utils import bullet_client


def resident():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def leave_out_pictures():
    plain = bullet_client.BulletClient.__getattr__

    def attribute(client, name):
        function = plain(client, name)
        if name != "loadURDF":
            return function
        return lambda *arguments, **named: function(
            *arguments, **(named | {"flags": named.get("flags", 0) | pybullet.URDF_IGNORE_VISUAL_SHAPES}))

    bullet_client.BulletClient.__getattr__ = attribute


def main():
    name = sys.argv[1]
    if "--pictures" not in sys.argv:
        leave_out_pictures()
    worlds, sizes = [], [resident()]
    for seed in range(3):
        worlds.append(gymnasium.make(name, disable_env_checker=True))
        worlds[-1].reset(seed=seed)
        sizes.append(resident())
    added = [after - before for before, after in zip(sizes, sizes[1:])]
    print(name, *(f"{megabytes:.0f}" for megabytes in added))


if __name__ == "__main__":
    main()
