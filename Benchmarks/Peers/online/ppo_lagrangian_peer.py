"""PPO with a Lagrange multiplier in PyTorch on a velocity task of safety-gymnasium, the work of an update of saferl's `ppo-lagrangian`.

    ppo_lagrangian_peer.py TASK UPDATES

An update takes 4,000 steps in four environments, whose actions are drawn in one pass; generalised advantages of reward and cost; ten
passes over the rows in batches of 64 for the policy (clipped surrogate of A - multiplier x A_C), and ten in batches of 256 for each value network.
Networks of 64 and 64 tanh units, single precision, one thread. Prints the seconds of processor time of each update but the first.
"""
import importlib.util
import sys
import time
import warnings
from pathlib import Path

STEPS, SLOTS, ROWS, VALUE_ROWS, PASSES = 4_000, 4, 64, 256, 10
DISCOUNT, DECAY, CLIP, LIMIT = 0.995, 0.95, 0.2, 25.0


def velocity_peer():
    """The module that lets safety-gymnasium be imported on Python 3.11."""
    path = Path(__file__).parent.parent / "velocity" / "velocity_peer.py"
    spec = importlib.util.spec_from_file_location("velocity_peer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


warnings.filterwarnings("ignore")
import torch  # noqa: E402

# Torch's own dataclasses do not bear the change that safety-gymnasium needs.
velocity_peer().allow_array_defaults()
import numpy as np  # noqa: E402
import safety_gymnasium  # noqa: E402

torch.set_num_threads(1)


def network(inputs, outputs):
    layers = [torch.nn.Linear(inputs, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(64, outputs))


class Scale:
    """Running mean and deviation of observations."""

    def __init__(self, size):
        self.count, self.mean, self.square = 0, np.zeros(size), np.ones(size)

    def include(self, rows):
        self.count += len(rows)
        share = len(rows) / self.count
        self.mean += share * (rows.mean(0) - self.mean)
        self.square += share * ((rows**2).mean(0) - self.square)

    def __call__(self, rows):
        deviation = np.sqrt(np.maximum(self.square - self.mean**2, 1e-8))
        return torch.as_tensor(np.clip((rows - self.mean) / deviation, -10, 10), dtype=torch.float32)


class Peer:
    def __init__(self, task):
        self.environments = [safety_gymnasium.make(task) for _ in range(SLOTS)]
        observations = self.environments[0].observation_space.shape[0]
        actions = self.environments[0].action_space.shape[0]
        self.policy, self.deviation = network(observations, actions), torch.nn.Parameter(torch.full((actions,), -0.5))
        self.values = [network(observations, 1), network(observations, 1)]
        self.scale, self.multiplier = Scale(observations), 0.0
        self.policy_adam = torch.optim.Adam([*self.policy.parameters(), self.deviation], lr=3e-4)
        self.value_adams = [torch.optim.Adam(value.parameters(), lr=1e-3) for value in self.values]

    def distribution(self, rows):
        return torch.distributions.Normal(self.policy(rows), self.deviation.exp())

    @torch.no_grad()
    def collect(self):
        """Rows of every slot in time's order, what ended where, and the mean cost of the episodes that ended."""
        per_slot = STEPS // SLOTS
        now = np.stack([environment.reset()[0] for environment in self.environments])
        seen, drawn, gains, ends, nexts, costs, running = [], [], [], [], [], [], np.zeros(SLOTS)
        for _ in range(per_slot):
            actions = self.distribution(self.scale(now)).sample()
            seen.append(now)
            drawn.append(actions)
            row, end, following = np.zeros((SLOTS, 2)), np.zeros((SLOTS, 2), bool), np.empty_like(now)
            now = now.copy()
            for slot, environment in enumerate(self.environments):
                there, reward, cost, terminated, truncated, _ = environment.step(actions[slot].numpy().astype(np.float64))
                row[slot], end[slot], following[slot] = (reward, cost), (terminated, truncated), there
                running[slot] += cost
                if terminated or truncated:
                    costs.append(running[slot])
                    running[slot] = 0
                    there = environment.reset()[0]
                now[slot] = there
            gains.append(row)
            ends.append(end)
            nexts.append(following)
        return np.stack(seen), torch.stack(drawn), np.stack(gains), np.stack(ends), np.stack(nexts), costs

    @torch.no_grad()
    def advantages(self, seen, following, gains, ends, which):
        value = self.values[which](self.scale(seen.reshape(STEPS, -1)))[:, 0].numpy().reshape(-1, SLOTS)
        ahead = self.values[which](self.scale(following.reshape(STEPS, -1)))[:, 0].numpy().reshape(-1, SLOTS)
        errors = gains[..., which] + DISCOUNT * ahead * ~ends[..., 0] - value
        sums, total = np.zeros_like(errors), np.zeros(SLOTS)
        for step in reversed(range(len(errors))):
            total = errors[step] + DISCOUNT * DECAY * total * ~ends[step].any(-1)
            sums[step] = total
        return torch.as_tensor(sums.reshape(-1), dtype=torch.float32), torch.as_tensor((sums + value).reshape(-1), dtype=torch.float32)

    def update(self):
        seen, actions, gains, ends, following, costs = self.collect()
        (worth, returns), (risk, cost_returns) = (self.advantages(seen, following, gains, ends, which) for which in (0, 1))
        if costs:
            self.multiplier = min(max(self.multiplier + 0.035 * (np.mean(costs) - LIMIT), 0), 25)
        worth, risk = (worth - worth.mean()) / (worth.std() + 1e-8), risk - risk.mean()
        worth = (worth - self.multiplier * risk) / (1 + self.multiplier)
        rows, actions = self.scale(seen.reshape(STEPS, -1)), actions.reshape(STEPS, -1)
        with torch.no_grad():
            before = self.distribution(rows).log_prob(actions).sum(-1)
        for _ in range(PASSES):
            for part in torch.randperm(STEPS).split(ROWS):
                ratio = (self.distribution(rows[part]).log_prob(actions[part]).sum(-1) - before[part]).exp()
                gain = torch.min(ratio * worth[part], ratio.clamp(1 - CLIP, 1 + CLIP) * worth[part])
                self.policy_adam.zero_grad()
                (-gain.mean()).backward()
                self.policy_adam.step()
        for value, adam, goal in zip(self.values, self.value_adams, (returns, cost_returns)):
            for _ in range(PASSES):
                for part in torch.randperm(STEPS).split(VALUE_ROWS):
                    adam.zero_grad()
                    (value(rows[part])[:, 0] - goal[part]).square().mean().backward()
                    adam.step()
        self.scale.include(seen.reshape(STEPS, -1))


def main():
    task, updates = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(0)
    peer = Peer(task)
    for number in range(updates + 1):
        began = time.process_time()
        peer.update()
        if number:
            print(time.process_time() - began, flush=True)


main()
