"""Writes a hub directory of a Qwen2 or LLaMA decoder with random weights, for measurements.

    make_checkpoint.py DIRECTORY [--family qwen2] [--type BF16] [--hidden 896] [--layers 24] [--heads 14] [--kv-heads 2]
                       [--intermediate 4864] [--vocabulary 151936] [--untied] [--seed 0]

The default sizes are those of a decoder of 0.5 billion parameters, 988 MB. Numbers are drawn and written in pieces, so that memory
does not grow with the sizes. Projections and the embedding are N(0, 0.02^2), norms 1, biases N(0, 0.02^2).
"""
import argparse
import json
import pathlib
import struct
from collections.abc import Iterator

import numpy

PIECE = 1 << 22
BYTES = {"F32": 4, "F16": 2, "BF16": 2}


def encoded(values: numpy.ndarray, kind: str) -> bytes:
    """Little-endian numbers of a type; those of BF16 are rounded to even."""
    if kind == "F32":
        return values.astype("<f4").tobytes()
    if kind == "F16":
        return values.astype("<f2").tobytes()
    bits = values.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2").tobytes()


def tensors(options: argparse.Namespace) -> Iterator[tuple[str, list[int]]]:
    """Names and shapes in the order of the file."""
    width = options.hidden // options.heads
    queries, keys = options.heads * width, options.kv_heads * width
    yield "model.embed_tokens.weight", [options.vocabulary, options.hidden]
    for layer in range(options.layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", [options.hidden]
        for name, rows in (("q", queries), ("k", keys), ("v", keys)):
            yield f"{prefix}self_attn.{name}_proj.weight", [rows, options.hidden]
            if options.family == "qwen2":
                yield f"{prefix}self_attn.{name}_proj.bias", [rows]
        yield prefix + "self_attn.o_proj.weight", [options.hidden, queries]
        yield prefix + "post_attention_layernorm.weight", [options.hidden]
        yield prefix + "mlp.gate_proj.weight", [options.intermediate, options.hidden]
        yield prefix + "mlp.up_proj.weight", [options.intermediate, options.hidden]
        yield prefix + "mlp.down_proj.weight", [options.hidden, options.intermediate]
    yield "model.norm.weight", [options.hidden]
    if options.untied:
        yield "lm_head.weight", [options.vocabulary, options.hidden]


def configuration(options: argparse.Namespace) -> dict:
    """What config.json says."""
    return {
        "architectures": ["Qwen2ForCausalLM" if options.family == "qwen2" else "LlamaForCausalLM"],
        "model_type": options.family,
        "vocab_size": options.vocabulary,
        "hidden_size": options.hidden,
        "intermediate_size": options.intermediate,
        "num_hidden_layers": options.layers,
        "num_attention_heads": options.heads,
        "num_key_value_heads": options.kv_heads,
        "hidden_act": "silu",
        "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "tie_word_embeddings": not options.untied,
        "torch_dtype": {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[options.type],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--family", choices=("qwen2", "llama"), default="qwen2")
    parser.add_argument("--type", choices=tuple(BYTES), default="BF16")
    for name, value in (
        ("hidden", 896),
        ("layers", 24),
        ("heads", 14),
        ("kv-heads", 2),
        ("intermediate", 4864),
        ("vocabulary", 151936),
        ("seed", 0),
    ):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--untied", action="store_true")
    options = parser.parse_args()

    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors(options):
        begin, end = end, end + BYTES[options.type] * int(numpy.prod(shape))
        header[name] = {"dtype": options.type, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    options.directory.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(options.seed)
    with open(options.directory / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors(options):
            left = int(numpy.prod(shape))
            while left > 0:
                count = min(left, PIECE)
                if name.endswith("norm.weight"):
                    values = numpy.ones(count, numpy.float32)
                else:
                    values = random.standard_normal(count, numpy.float32) * numpy.float32(0.02)
                file.write(encoded(values, options.type))
                left -= count
    (options.directory / "config.json").write_text(json.dumps(configuration(options), indent=2) + "\n")


if __name__ == "__main__":
    main()
