"""Steps a velocity task of safety-gymnasium, for comparison with native simulation.

    velocity_peer.py TASK STEPS

Reads STEPS actions (float32, row-major) from standard input. Then, for each line there, takes all steps once and
prints the seconds of processor time that they took; ends with the input.
"""
import dataclasses
import logging
import os
import sys
import time
import warnings


def allow_array_defaults() -> None:
    """Lets safety-gymnasium be imported on Python 3.11, which refuses arrays as defaults of dataclass fields."""
    original = dataclasses.dataclass

    def tolerant(cls=None, /, **options):
        def apply(kind):
            for name in kind.__dict__.get("__annotations__", {}):
                value = kind.__dict__.get(name)
                is_field = isinstance(value, dataclasses.Field)
                if value is not None and not is_field and type(value).__hash__ is None:
                    setattr(kind, name, dataclasses.field(default_factory=lambda value=value: value.copy()))
            return original(kind, **options)

        return apply if cls is None else apply(cls)

    dataclasses.dataclass = tolerant


def main() -> None:
    task, steps = sys.argv[1], int(sys.argv[2])
    # Packages print while they are imported; only answers go to the descriptor that the parent reads.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.filterwarnings("ignore")
    logging.disable()
    allow_array_defaults()
    import numpy
    import safety_gymnasium

    environment = safety_gymnasium.make(task)
    width = environment.action_space.shape[0]
    data = sys.stdin.buffer.read(4 * steps * width)
    actions = numpy.frombuffer(data, dtype="<f4").reshape(steps, width)
    environment.reset(seed=0)
    for _ in sys.stdin.buffer:
        start = time.process_time()
        environment.reset()
        for action in actions:
            _, _, _, terminated, truncated, _ = environment.step(action)
            if terminated or truncated:
                environment.reset()
        print(time.process_time() - start, file=answers, flush=True)


if __name__ == "__main__":
    main()
