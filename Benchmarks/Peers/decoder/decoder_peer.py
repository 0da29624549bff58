"""Times a LLaMA decoder in PyTorch, for comparison with `saferl bench decoder`.

    decoder_peer.py [--saferl FILE] [--rounds R] [--repeats N] [--threads T]

The same sizes, float32: forward and backward over 8 sequences of 256 tokens with next-token cross-entropy, and greedy
continuation of 8 prompts of 64 tokens by 128 tokens with a cache. With --saferl, the executable, each round runs its benchmark
first, so that both meet the same machine. Every figure of a round is the median of N; prints one JSON object with the medians
of the rounds, the shortest, and how many times as fast saferl is.
"""
import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable

import torch
import transformers

KEYS = ("step_s", "generation_s")


def median(repeats: int, body: Callable[[], None]) -> float:
    """Seconds on the clock, after one time to warm up."""
    body()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def work() -> tuple[Callable[[], None], Callable[[], None]]:
    """The step and the generation."""
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=4096,
            hidden_size=256,
            intermediate_size=688,
            num_hidden_layers=4,
            num_attention_heads=8,
            num_key_value_heads=4,
            max_position_embeddings=2048,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=None,
            pad_token_id=0,
        )
    ).float()
    tokens = torch.randint(4096, (8, 256))
    prompts = torch.randint(4096, (8, 64))

    def learn() -> None:
        model.zero_grad(set_to_none=True)
        model(input_ids=tokens, labels=tokens, use_cache=False).loss.backward()

    def write() -> None:
        with torch.inference_mode():
            written = model.generate(
                prompts, attention_mask=torch.ones_like(prompts), do_sample=False, min_new_tokens=128, max_new_tokens=128
            )
        assert written.shape == (8, 192)

    return learn, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--saferl")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    bodies = dict(zip(KEYS, work()))
    ours, theirs = {key: [] for key in KEYS}, {key: [] for key in KEYS}
    for _ in range(options.rounds):
        if options.saferl:
            command = [options.saferl, "bench", "decoder", "--steps", str(options.repeats), "--json"]
            report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            for key in KEYS:
                ours[key].append(report[key])
        for key in KEYS:
            theirs[key].append(median(options.repeats, bodies[key]))
    result = {"threads": options.threads, "torch": torch.__version__, "transformers": transformers.__version__}
    for key in KEYS:
        result["torch_" + key] = [statistics.median(theirs[key]), min(theirs[key])]
        if options.saferl:
            result["saferl_" + key] = [statistics.median(ours[key]), min(ours[key])]
            result["ratio_" + key] = [other / own for other, own in zip(theirs[key], ours[key])]
    print(json.dumps(result, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
