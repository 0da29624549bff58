"""Races `saferl bench decoder --checkpoint FILE` against llama.cpp over the same GGUF files, in turn.

    gguf_peer.py MODEL.gguf ... --saferl FILE [--rounds R] [--threads T ...] [--prompt N]

llama.cpp comes as the Python package `xllamacpp` (requirements-gguf.txt). Both take in a prompt of 512 random tokens, and write 64
tokens greedily behind one of 16; the peer's numbers are the timings that it states itself. Every round runs each program in a
process of its own on as many cores as threads. Prints one JSON object: tokens a second of every round, and the ratios
saferl / llama.cpp of their medians.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys

WRITTEN = 64


def peer(path: str, threads: int, prompt: int) -> dict[str, float]:
    """Tokens a second of llama.cpp in this process."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx = 2048
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.warmup = True
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(parameters)
    random.seed(1)
    tokens = [random.randrange(1000, 40000) for _ in range(prompt)]

    def timings(ids: list[int], count: int) -> dict[str, float]:
        request = {"prompt": ids, "n_predict": count, "temperature": 0, "cache_prompt": False, "ignore_eos": True}
        answer = server.handle_completions(request)
        if isinstance(answer, (str, bytes)):
            answer = json.loads(answer)
        return answer["timings"]

    takes, writes = [], []
    for _ in range(3):
        takes.append(timings(tokens, 1)["prompt_per_second"])
        writes.append(timings(tokens[:16], WRITTEN)["predicted_per_second"])
    return {"prompt": statistics.median(takes), "writing": statistics.median(writes)}


def on_cores(threads: int, command: list[str]) -> dict:
    cores = ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[:threads])
    run = subprocess.run(["taskset", "-c", cores] + command, check=True, capture_output=True)
    # llama.cpp talks too: the report is the last line.
    return json.loads(run.stdout.decode().strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--saferl")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--peer-only", action="store_true", help="one round of llama.cpp; for this program itself")
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    if options.peer_only:
        print(json.dumps(peer(options.models[0], options.threads[0], options.prompt)))
        return
    results = {}
    for model in options.models:
        for threads in options.threads:
            rounds = {"saferl": [], "llama.cpp": []}
            for _ in range(options.rounds):
                report = on_cores(threads, [options.saferl, "bench", "decoder", "--checkpoint", model, "--json"])
                rounds["saferl"].append(
                    {"prompt": report["prompt_tokens_per_s"], "writing": report["written_tokens_per_s"]}
                )
                rounds["llama.cpp"].append(
                    on_cores(
                        threads,
                        [sys.executable, __file__, "--peer-only", "--threads", str(threads), "--prompt", str(options.prompt), model],
                    )
                )
            medians = {
                name: {key: statistics.median(one[key] for one in own) for key in ("prompt", "writing")}
                for name, own in rounds.items()
            }
            ratios = {key: medians["saferl"][key] / medians["llama.cpp"][key] for key in ("prompt", "writing")}
            results[f"{os.path.basename(model)}, {threads} threads"] = {"rounds": rounds, "medians": medians, "ratios": ratios}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
