"""Tests of the worker that need nothing but Python: ``python3 -m unittest discover Environments/gymnasium/tests``."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

HERE = Path(__file__).resolve().parent
WORKER = HERE.parent / "saferl_worker.py"
HELLO, RESET, STEP, DRAW, CLOSE, FAULT = 0, 1, 2, 3, 4, 255


class Client:
    """What saferl is for a worker."""

    def __init__(self, name: str, slots: int = 1, cost: str = "required") -> None:
        reader, self.lifeline = os.pipe()
        variables = {**os.environ, "SAFERL_WORKER_LIFELINE": str(reader), "PYTHONPATH": str(HERE)}
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=variables, pass_fds=[reader],
        )
        os.close(reader)
        self.request = {
            "protocol": 2, "source": "python", "id": f"fakes:{name}", "slots": slots, "cost": cost,
            "costs": [], "draws": False, "reset": "fresh",
        }

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.kill()
        self.process.communicate()
        if self.lifeline >= 0:
            os.close(self.lifeline)

    def ask(self, kind: int, payload: bytes = b"") -> Tuple[int, bytes]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(struct.pack("<IB", len(payload) + 1, kind) + payload)
        self.process.stdin.flush()
        length, answer = struct.unpack("<IB", self.process.stdout.read(5))
        return answer, self.process.stdout.read(length - 1)

    def hello(self) -> Dict[str, Any]:
        kind, payload = self.ask(HELLO, json.dumps(self.request).encode())
        facts: Dict[str, Any] = json.loads(payload)
        assert kind == HELLO, facts
        return facts

    def reset(self, slots: List[int], seeds: List[int]) -> List[float]:
        count = len(slots)
        kind, payload = self.ask(RESET, struct.pack(f"<I{2 * count}I", count, *slots, *seeds))
        assert kind == RESET, payload
        return list(struct.unpack(f"<{2 * count}f", payload))

    def step(self, slots: List[int], actions: List[float]) -> Tuple[int, bytes]:
        count = len(slots)
        return self.ask(STEP, struct.pack(f"<I{count}I{len(actions)}f", count, *slots, *actions))


class LeanLoadingTests(unittest.TestCase):
    """Bodies are loaded without what only pictures need."""

    def test_the_flag_is_added_to_those_of_the_task(self) -> None:
        sys.path.insert(0, str(HERE.parent))
        from saferl_environments import load_no_looks

        class BulletClient:
            def __getattr__(self, name: str) -> Any:
                return lambda *arguments, **options: (name, arguments, options)

        load_no_looks(BulletClient, 8)
        client = BulletClient()
        self.assertEqual(client.loadURDF("car", flags=2), ("loadURDF", ("car",), {"flags": 10}))
        self.assertEqual(client.loadURDF("car"), ("loadURDF", ("car",), {"flags": 8}))
        # Flags by place stay as they are: what is unknown is not changed.
        placed = ("car", 0, 0, 0, 0, 2)
        self.assertEqual(client.loadURDF(*placed), ("loadURDF", placed, {}))
        self.assertEqual(client.stepSimulation(), ("stepSimulation", (), {}))


class WorkerTests(unittest.TestCase):
    def test_the_handshake_describes_spaces(self) -> None:
        with Client("Walk", slots=2) as client:
            facts = client.hello()
            self.assertEqual(facts["observation"], {"kind": "box", "low": [None] * 2, "high": [None] * 2})
            self.assertEqual(facts["action"], {"kind": "box", "low": [-2.0, -1.0], "high": [2.0, 3.0]})
            self.assertEqual((facts["timeLimit"], facts["slots"], facts["protocol"]), (50, 2, 2))

    def test_a_step_replies_in_the_order_of_the_request(self) -> None:
        with Client("Walk", slots=3) as client:
            client.hello()
            first = client.reset([0, 1, 2], [7, 8, 9])
            kind, reply = client.step([2, 0], [1.0, 0.0, -1.0, 0.0])
            self.assertEqual((kind, len(reply)), (STEP, 2 * 2 * 4 + 2 * 4 + 2 * 4 + 2))
            values = struct.unpack("<8f2B", reply)
            self.assertAlmostEqual(values[0], first[4] + 0.1, 6)
            self.assertAlmostEqual(values[2], first[0] - 0.1, 6)
            self.assertEqual(values[4:6], (1.0, -1.0))

    def test_equal_seeds_start_alike(self) -> None:
        with Client("Global", slots=2) as client:
            client.hello()
            first = client.reset([0, 1], [5, 5])
            self.assertEqual(first[:2], first[2:])
            _, reply = client.step([0, 1], [0.5] * 4)
            values = struct.unpack("<4f", reply[:16])
            self.assertEqual(values[:2], values[2:])

    def test_prints_do_not_reach_the_replies(self) -> None:
        with Client("Walk") as client:
            client.request["id"] = "fakes:Chatty"
            self.assertEqual(client.hello()["slots"], 1)

    def test_a_fault_is_one_line_with_its_place(self) -> None:
        with Client("Raising") as client:
            client.hello()
            client.reset([0], [1])
            answers = [client.step([0], [0.0, 0.0]) for _ in range(3)]
            self.assertEqual([kind for kind, _ in answers], [STEP, STEP, FAULT])
            fault = json.loads(answers[2][1])
            self.assertEqual(fault["kind"], "raised")
            self.assertRegex(fault["text"], r"^ValueError: bad angle \(fakes.py, line \d+\)$")

    def test_costs_are_required_unless_declared_absent(self) -> None:
        for name, cost, kind in (("NoCost", "required", "no-cost"), ("Walk", "none", "cost")):
            with Client(name, cost=cost) as client:
                client.hello()
                client.reset([0], [1])
                answer, payload = client.step([0], [0.0, 0.0])
                self.assertEqual((answer, json.loads(payload)["kind"]), (FAULT, kind))

    def test_one_element_is_a_number(self) -> None:
        for actions in ([0.5, -0.25], [9.0, 9.0]):
            replies = []
            for name in ("Walk", "OneElement"):
                with Client(name) as client:
                    client.hello()
                    client.reset([0], [3])
                    replies.append([client.step([0], actions) for _ in range(3)])
            self.assertEqual(replies[0], replies[1])
            self.assertEqual(replies[0][0][0], STEP)

    def test_what_is_no_number_is_named(self) -> None:
        for name, text in (
            ("TwoRewards", "the reward has 2 values where one is expected"),
            ("NoReward", "the reward is 'None', no number"),
            ("ThreeValues", "step returned 3 values; 5 are expected, or 4 or 6 of older interfaces"),
            ("NoInfo", "step returned a NoneType as its info, no dictionary"),
        ):
            with Client(name) as client:
                client.hello()
                client.reset([0], [3])
                kind, payload = client.step([0], [0.0, 0.0])
                self.assertEqual((kind, json.loads(payload)), (FAULT, {"kind": "unsupported", "text": text}))

    def test_named_costs_come_in_their_order(self) -> None:
        for name, asked, names in (
            ("TwoCosts", ["left", "far"], ["left", "far"]), ("TwoCosts", ["far"], ["far"]),
            ("Declared", [], ["far", "left"]), ("Declared", ["left"], ["left"]), ("Walk", ["cost"], ["cost"]),
        ):
            with Client(name) as client:
                client.request["costs"] = asked
                facts = client.hello()
                self.assertEqual(facts["costNames"], names)
                stated = [1.0, 0.5] if name == "Declared" and not asked else None
                self.assertEqual(facts["largestCosts"], stated)
                client.reset([0], [3])
                kind, reply = client.step([0], [-100.0, 0.0])
                self.assertEqual(kind, STEP)
                values = struct.unpack(f"<{3 + len(names)}fB", reply)
                known = {"far": 1.0, "left": 0.5, "cost": 1.0}
                self.assertEqual(list(values[3:-1]), [known[name] for name in names])

    def test_a_cost_that_is_missing_is_named_with_those_that_are_there(self) -> None:
        for asked, key in (([], "cost"), (["fat"], "cost_fat")):
            with Client("TwoCosts") as client:
                client.request["costs"] = asked
                client.hello()
                client.reset([0], [3])
                kind, payload = client.step([0], [0.0, 0.0])
                text = f'info has no "{key}", but "cost_far", "cost_left"'
                self.assertEqual((kind, json.loads(payload)), (FAULT, {"kind": "channels:far,left", "text": text}))

    def test_another_version_of_the_protocol_is_refused(self) -> None:
        with Client("Walk") as client:
            client.request["protocol"] = 1
            kind, payload = client.ask(HELLO, json.dumps(client.request).encode())
            self.assertEqual((kind, json.loads(payload)["kind"]), (FAULT, "protocol"))

    def test_the_handshake_tells_how_fast_the_task_is(self) -> None:
        for name, rate in [("Walk", None), ("Filmed", 12)]:
            with Client(name) as client:
                self.assertEqual(client.hello()["frameRate"], rate)

    def test_a_class_is_made_to_draw_where_it_can_be_told_so(self) -> None:
        for draws in [True, False]:
            with Client("Filmed") as client:
                client.request["draws"] = draws
                client.hello()
                client.reset([0], [1])
                self.assertEqual(client.ask(DRAW, struct.pack("<I", 0))[0], DRAW if draws else FAULT)

    def test_what_has_nothing_that_draws_says_so(self) -> None:
        with Client("Blind") as client:
            client.hello()
            client.reset([0], [1])
            kind, payload = client.ask(DRAW, struct.pack("<I", 0))
            self.assertEqual(kind, FAULT)
            self.assertEqual(
                json.loads(payload), {"kind": "unsupported", "text": "it draws no pictures"}
            )

    def test_a_request_before_the_handshake_is_refused(self) -> None:
        with Client("Walk") as client:
            self.assertEqual(client.ask(RESET, struct.pack("<I", 0))[0], FAULT)

    def test_it_closes_and_exits_when_told(self) -> None:
        with Client("Walk") as client:
            client.hello()
            self.assertEqual(client.ask(CLOSE), (CLOSE, b""))
            self.assertEqual(client.process.wait(5), 0)

    def test_it_exits_at_the_end_of_its_input(self) -> None:
        with Client("Walk") as client:
            client.hello()
            assert client.process.stdin
            client.process.stdin.close()
            self.assertEqual(client.process.wait(5), 0)
            client.process.stdin = None

    def test_it_dies_in_the_middle_of_a_step_when_its_lifeline_is_cut(self) -> None:
        with Client("Hanging") as client:
            client.hello()
            client.reset([0], [1])
            client.step([0], [0.0, 0.0])
            client.step([0], [0.0, 0.0])
            assert client.process.stdin
            payload = struct.pack("<II2f", 1, 0, 0.0, 0.0)
            client.process.stdin.write(struct.pack("<IB", len(payload) + 1, STEP) + payload)
            client.process.stdin.flush()
            time.sleep(0.1)
            self.assertIsNone(client.process.poll())
            os.close(client.lifeline)
            client.lifeline = -1
            self.assertEqual(client.process.wait(5), -signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
