"""Races one update of GRPO in saferl against the same work in PyTorch.

    race.py --saferl FILE [--model GGUF] [--rounds R] [--updates N] [--threads T]

An update: P requests with G answers each, written with keys and values kept; log-probabilities of all tokens under the policy
and under the reference; the clipped loss with its k3 term; one step of AdamW. Without --model the decoder of `consent` with all of
its weights (hidden 64, 2 blocks, 640 tokens; P 16, G 8, 40 new tokens); with it SmolLM2-135M with adapters of rank 8 (P 4, G 4, 48
new tokens), in PyTorch with random numbers of the same shapes in single precision, as nothing here depends on their values.

saferl trains twice from the same few updates of fine-tuning, once with N more updates of the policy than the other time: the
difference of both is N updates. Answers of a policy that has hardly learned are as long as they may be, in both programs; the
mean length of saferl's is printed. Both take turns; seconds are of the processor, since the clock says more of other work on a
shared machine, and of the clock. Prints one JSON object.
"""
import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional

TINY = SimpleNamespace(hidden=64, inner=176, layers=2, heads=4, kv=4, vocabulary=640, rank=0, base=1e4,
                       prompts=16, samples=8, prompt=30, new=40, rate=1e-3)
SMOL = SimpleNamespace(hidden=576, inner=1536, layers=30, heads=9, kv=3, vocabulary=49152, rank=8, base=1e5,
                       prompts=4, samples=4, prompt=40, new=48, rate=2e-4)


class Linear(nn.Module):
    """A projection, with a low-rank addition to frozen weights where there is a rank."""

    def __init__(self, inputs, outputs, rank):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * 0.02, requires_grad=rank == 0)
        self.rank = rank
        if rank:
            self.a = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
            self.b = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x, adapted=True):
        y = functional.linear(x, self.weight)
        if self.rank and adapted:
            y = y + functional.linear(functional.linear(x, self.a), self.b) * (16 / self.rank)
        return y


class Norm(nn.Module):
    def __init__(self, width, learns):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width), requires_grad=learns)

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.weight


def rotated(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, width = c, c.hidden // c.heads
        self.width = width
        self.q = Linear(c.hidden, c.heads * width, c.rank)
        self.k = Linear(c.hidden, c.kv * width, c.rank)
        self.v = Linear(c.hidden, c.kv * width, c.rank)
        self.o = Linear(c.heads * width, c.hidden, c.rank)
        self.gate, self.up = Linear(c.hidden, c.inner, c.rank), Linear(c.hidden, c.inner, c.rank)
        self.down = Linear(c.inner, c.hidden, c.rank)
        self.first, self.second = Norm(c.hidden, c.rank == 0), Norm(c.hidden, c.rank == 0)

    def forward(self, x, cos, sin, cache, adapted):
        rows, length, _ = x.shape
        y = self.first(x)
        q, k, v = (
            layer(y, adapted).view(rows, length, -1, self.width).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        q, k = rotated(q, cos, sin), rotated(k, cos, sin)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
            cache[:] = [k, v]
        groups = self.c.heads // self.c.kv
        if groups > 1:
            k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=length > 1)
        x = x + self.o(y.transpose(1, 2).reshape(rows, length, -1), adapted)
        y = self.second(x)
        return x + self.down(functional.silu(self.gate(y, adapted)) * self.up(y, adapted), adapted)


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embedding = nn.Parameter(torch.randn(c.vocabulary, c.hidden) * 0.02, requires_grad=c.rank == 0)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.hidden, c.rank == 0)

    def hidden(self, tokens, start=0, caches=None, adapted=True):
        width = self.c.hidden // self.c.heads
        angles = torch.arange(start, start + tokens.shape[1])[:, None] * self.c.base ** (
            -torch.arange(0, width, 2) / width)
        angles = torch.cat((angles, angles), -1)
        x = functional.embedding(tokens, self.embedding)
        for number, block in enumerate(self.blocks):
            x = block(x, angles.cos(), angles.sin(), None if caches is None else caches[number], adapted)
        return self.norm(x)

    def log_probabilities(self, tokens, prompt, adapted=True):
        states = self.hidden(tokens, adapted=adapted)[:, prompt - 1:-1]
        law = functional.log_softmax(functional.linear(states, self.embedding), -1)
        return law.gather(-1, tokens[:, prompt:, None])[..., 0]

    def write(self, prompts, count):
        caches, tokens, new = [[] for _ in self.blocks], prompts, prompts
        for _ in range(count):
            states = self.hidden(new, tokens.shape[1] - new.shape[1], caches)[:, -1]
            law = functional.linear(states, self.embedding).softmax(-1)
            new = torch.multinomial(law, 1)
            tokens = torch.cat((tokens, new), 1)
        return tokens


def peer(c):
    """Does an update at each call."""
    torch.manual_seed(0)
    policy = Decoder(c)
    reference = policy
    if not c.rank:
        reference = Decoder(c)
        reference.load_state_dict(policy.state_dict())
    learned = [p for p in policy.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=c.rate, weight_decay=0.01)

    def update():
        requests = torch.randint(c.vocabulary, (c.prompts, c.prompt)).repeat_interleave(c.samples, 0)
        with torch.inference_mode():
            tokens = policy.write(requests, c.new)
            old = policy.log_probabilities(tokens, c.prompt)
            # A reference of adapters is the decoder without them.
            known = reference.log_probabilities(tokens, c.prompt, adapted=not c.rank)
        tokens, old, known = tokens.clone(), old.clone(), known.clone()
        rewards = (tokens[:, c.prompt:] % 7 == 0).float().mean(1).view(c.prompts, c.samples)
        advantages = (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)
        advantages = advantages.view(-1, 1)
        new = policy.log_probabilities(tokens, c.prompt)
        ratio, d = (new - old).clamp(-20, 20).exp(), (known - new).clamp(-20, 20)
        surrogate = torch.minimum(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages)
        loss = (-surrogate + 0.02 * (d.exp() - d - 1)).mean(1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1)
        optimizer.step()

    return update


def timed_peer(update, updates):
    """CPU and wall seconds of an update."""
    start, clock = time.process_time(), time.perf_counter()
    for _ in range(updates):
        update()
    return (time.process_time() - start) / updates, (time.perf_counter() - clock) / updates


def train(options, folder, updates):
    """CPU and wall seconds of a run of saferl with so many updates of the policy."""
    c = SMOL if options.model else TINY
    run = os.path.join(folder, f"run-{updates}")
    settings = {
        "grpo.fineTuning.updates": 1, "schedule.steps": 1 + updates + 1, "grpo.demonstrations": 200,
        "grpo.test.requests": 2, "grpo.test.batch": 2, "grpo.test.reported": 0, "grpo.prompts": c.prompts,
        "grpo.samples": c.samples, "grpo.sampling.tokens": c.new, "schedule.log": 1, "schedule.checkpoint": 100000,
    }
    if options.model:
        settings["grpo.model.directory"] = options.model
    arguments = [options.saferl, "train", "configs/grpo-hub.json" if options.model else "configs/grpo-alphaalign.json",
                 "--run", run, "--quiet"]
    for key, value in settings.items():
        arguments += ["--set", f"{key}={json.dumps(value)}"]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(options.threads))
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    result = subprocess.run(arguments, capture_output=True, text=True, env=environment)
    wall, after = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode not in (0, 3):
        sys.exit(f"saferl: exit {result.returncode}: {result.stderr}")
    lengths = []
    with open(os.path.join(run, "metrics.jsonl")) as file:
        for line in file:
            value = json.loads(line).get("tokens")
            if value is not None:
                lengths.append(value)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, lengths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saferl", required=True)
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    update = peer(SMOL if options.model else TINY)
    update()
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            few = train(options, tempfile.mkdtemp(dir=folder), 1)
            many = train(options, tempfile.mkdtemp(dir=folder), 1 + options.updates)
            ours = [(many[place] - few[place]) / options.updates for place in (0, 1)]
            theirs = timed_peer(update, options.updates)
            rounds.append({
                "saferl_cpu_s": ours[0], "pytorch_cpu_s": theirs[0], "saferl_s": ours[1], "pytorch_s": theirs[1],
                "cpu_ratio": theirs[0] / ours[0], "ratio": theirs[1] / ours[1],
                "tokens": statistics.mean(many[2]) if many[2] else None,
            })
            print(rounds[-1], file=sys.stderr)
    medians = {key: statistics.median(row[key] for row in rounds) for key in rounds[0] if rounds[0][key] is not None}
    print(json.dumps({"threads": options.threads, "updates": options.updates, "medians": medians, "rounds": rounds}))


if __name__ == "__main__":
    main()
