"""Prints the logits that Python's `transformers` computes from a hub directory, for a comparison.

    hub_logits.py DIRECTORY TOKEN...

Reads the weights in float32 and refuses a directory in which weights are missing or not used. Prints one JSON object: the logits
of every position, and the class of the model.
"""
import json
import sys

import torch
import transformers


def main() -> None:
    directory, tokens = sys.argv[1], [int(token) for token in sys.argv[2:]]
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, local_files_only=True, output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            sys.exit(f"{directory}: {kind}: {report[kind]}")
    with torch.inference_mode():
        logits = model.eval()(torch.tensor([tokens])).logits[0]
    print(json.dumps({"class": type(model).__name__, "logits": logits.double().tolist()}))


if __name__ == "__main__":
    main()
