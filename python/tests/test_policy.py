"""Exported policies: against the module that the program writes beside, and damaged."""

import importlib.util
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import saferl
from conftest import packed

SAFERL, RUNS = os.environ.get("SAFERL"), os.environ.get("SAFERL_RUNS")


def program(**changes: object) -> str:
    """A policy of one layer, a = tanh(W s + b)."""
    steps = [
        {"operation": "input", "inputs": []},
        {"operation": "affine", "inputs": [0], "weight": "w", "bias": "b"}, {"operation": "tanh", "inputs": [1]},
    ]
    whole = {
        "format": 1, "origin": "test", "observation": 2, "action": 1, "candidates": 1, "noise_blocks": 0, "noise_width": 0,
        "drawing": "network", "is_clipped": False, "moves": [], "networks": {"actor": steps},
    }
    return json.dumps({**whole, **changes})


def written(folder: Path, text: str | None) -> Path:
    arrays = {"w": np.array([[0.5, -1]], np.float32), "b": np.array([0.25], np.float32)}
    path = folder / "policy.safetensors"
    path.write_bytes(packed(arrays, {} if text is None else {"program": text}))
    return path


def test_a_layer_is_computed(tmp_path):
    policy = saferl.load_policy(written(tmp_path, program()))
    assert (policy.observation, policy.action, policy.noise, policy.networks) == (2, 1, (0, 1, 0), ("actor",))
    np.testing.assert_allclose(policy.act([1, 2]), np.tanh([0.5 - 2 + 0.25]), rtol=1e-6)


def test_outputs_are_clipped_or_chosen_where_the_policy_does(tmp_path):
    steps = json.loads(program())["networks"]["actor"][:2]
    clipped = saferl.load_policy(written(tmp_path, program(networks={"actor": steps}, is_clipped=True)))
    assert clipped.act([10, 0]) == [1] and clipped.act([0, 10]) == [-1]
    chosen = saferl.load_policy(written(tmp_path, program(networks={"actor": steps}, drawing="choice")))
    assert chosen.act([10, 0]) == [0]


@pytest.mark.parametrize(("text", "reason"), [
    (None, "no exported policy"), ("{", "is damaged"), (program(format=2), "of format 2, which is newer"),
    (program(networks={}), "is damaged"), (program(observation=3), "is damaged"), (program(drawing="dice"), "is damaged"),
    (program(networks={"actor": [{"operation": "cube", "inputs": []}]}), "is damaged"), (program(moves=None, drawing="diffusion"), "is damaged"),
])
def test_what_is_no_policy_is_refused(tmp_path, text, reason):
    with pytest.raises(saferl.RunError, match=reason):
        saferl.load_policy(written(tmp_path, text))


@pytest.mark.skipif(not (SAFERL and RUNS), reason="no program in SAFERL, or no runs in SAFERL_RUNS")
@pytest.mark.parametrize("settings", [[], ["fisor.candidates=1"], ["fisor.sampler=dpm-solver", "fisor.choice=safest"]])
def test_a_policy_of_the_program_acts_as_its_module(tmp_path, settings):
    overrides = [word for setting in settings for word in ("--set", setting)]
    for kind, name in (("safetensors", "p.safetensors"), ("python", "p.py")):
        words = [str(SAFERL), "export", f"{RUNS}/run", "--to", kind, "--out", str(tmp_path / name), *overrides]
        assert subprocess.run(words, capture_output=True).returncode == 0
    spec = importlib.util.spec_from_file_location("exported", tmp_path / "p.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    policy, draw = saferl.load_policy(tmp_path / "p.safetensors"), np.random.default_rng(0)
    for _ in range(50):
        observation, noise = draw.standard_normal(policy.observation), draw.standard_normal(policy.noise)
        np.testing.assert_allclose(policy.act(observation, noise), module.act(observation, noise), atol=1e-6)
        np.testing.assert_allclose(policy.candidates_on(observation, noise), module.candidates(observation, noise), atol=1e-6)
