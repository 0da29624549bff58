"""Times one update of a learner of osrl-lib at published sizes on random rows, and prints its median in ms.

  PYTHON Benchmarks/Peers/osrl/update.py bcql|bearl|cpq|coptidice|cdt [--threads 1] [--updates 15]

The rows are in memory already: drawing them, the package's loader and its loggers are left out.
"""

import argparse
import statistics
import sys
import time
import types

OBSERVATION, ACTION, ROWS, STEPS, WINDOWS, CONTEXT = 17, 2, 512, 300, 2048, 10


class Quiet:
    """Takes what a trainer would log."""

    def store(self, *_, **__):
        pass


def leave_loggers_out():
    """The package imports loggers, simulators and oapackage, which no update needs."""
    loggers, package = types.ModuleType("fsrl.utils"), types.ModuleType("fsrl")
    loggers.DummyLogger = loggers.WandbLogger = Quiet
    package.utils = loggers
    simulators = types.ModuleType("gymnasium")
    simulators.Env = object
    for name, module in (("fsrl", package), ("fsrl.utils", loggers), ("gymnasium", simulators),
                         ("oapackage", types.ModuleType("oapackage"))):
        sys.modules.setdefault(name, module)


def rows(torch):
    def normal(*shape):
        return torch.randn(*shape)
    return {
        "observations": normal(ROWS, OBSERVATION), "next_observations": normal(ROWS, OBSERVATION),
        "actions": torch.tanh(normal(ROWS, ACTION)), "rewards": 0.1 * normal(ROWS),
        "costs": (torch.rand(ROWS) < 0.1).float(), "done": (torch.rand(ROWS) < 0.005).float(),
    }


def update(name, torch):
    import numpy as np
    from osrl import algorithms as of
    widths = {"a_hidden_sizes": [256, 256], "c_hidden_sizes": [256, 256]}
    limit = {"cost_limit": 10, "episode_len": STEPS}
    lagrangian = {**widths, **limit, "vae_hidden_sizes": 400, "sample_action_num": 10, "num_q": 2, "num_qc": 2}
    batch, log = rows(torch), Quiet()
    if name == "cdt":
        model = of.CDT(
            OBSERVATION, ACTION, 1.0, seq_len=CONTEXT, episode_len=STEPS, embedding_dim=128, num_layers=3, num_heads=8,
            attention_dropout=0.1, residual_dropout=0.1, embedding_dropout=0.1, use_rew=True, use_cost=True,
            cost_transform=True, stochastic=True, target_entropy=-ACTION)
        trainer = of.CDTTrainer(model, None, log, learning_rate=1e-4, weight_decay=1e-4, clip_grad=0.25,
                                lr_warmup_steps=500, loss_cost_weight=0.02)
        model.train()
        shape = (WINDOWS, CONTEXT)
        first = torch.randint(0, STEPS - CONTEXT, (WINDOWS, 1))
        windows = {
            "states": torch.randn(*shape, OBSERVATION), "actions": torch.tanh(torch.randn(*shape, ACTION)),
            "returns": torch.randn(*shape), "costs_return": 40 * torch.rand(*shape),
            "time_steps": first + torch.arange(CONTEXT), "mask": torch.ones(*shape),
            "episode_cost": 40 * torch.rand(WINDOWS), "costs": (torch.rand(*shape) < 0.1).float(),
        }
        return lambda: trainer.train_one_step(**windows)
    if name == "coptidice":
        deviations = (np.ones((1, OBSERVATION), np.float32), np.ones((1, ACTION), np.float32))
        model = of.COptiDICE(OBSERVATION, ACTION, 1.0, "softchi", 0.003, *deviations, **widths, num_nu=2, num_chi=2, **limit)
        trainer = of.COptiDICETrainer(model, None, log, actor_lr=1e-4, critic_lr=1e-4, scalar_lr=1e-4)
        order = ("observations", "next_observations", "actions", "rewards", "costs", "done")
        columns = [batch[column] for column in order] + [(torch.rand(ROWS) < 0.003).float()]
        return lambda: trainer.train_one_step(columns)
    rates = {"actor_lr": 1e-3, "critic_lr": 1e-3, "vae_lr": 1e-3}
    if name == "bcql":
        trainer = of.BCQLTrainer(of.BCQL(OBSERVATION, ACTION, 1.0, **lagrangian), None, log, **rates)
    elif name == "bearl":
        model = of.BEARL(OBSERVATION, ACTION, 1.0, **lagrangian, start_update_policy_step=0)
        trainer = of.BEARLTrainer(model, None, log, **rates, alpha_lr=1e-3)
    else:
        rates["actor_lr"] = 1e-4
        trainer = of.CPQTrainer(of.CPQ(OBSERVATION, ACTION, 1.0, **lagrangian), None, log, **rates, alpha_lr=1e-4)
    return lambda: trainer.train_one_step(**batch)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("learner", choices=("bcql", "bearl", "cpq", "coptidice", "cdt"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--updates", type=int, default=15)
    given = parser.parse_args()
    leave_loggers_out()
    import torch
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    step = update(given.learner, torch)
    step()
    times = []
    for _ in range(given.updates):
        began = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - began))
    print(f"{statistics.median(times):.3f}")


main()
