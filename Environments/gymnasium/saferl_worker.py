"""Serves environments to saferl: one request, one reply, as binary frames on standard input and output.

A frame is ``u32 length | u8 kind | payload``, little-endian; the length counts kind and payload.

====  =====  =======================================  ==============================================================
kind  name   request                                  reply, of the same kind
====  =====  =======================================  ==============================================================
0     hello  JSON: protocol, source, id, slots, …     JSON: protocol, versions, spaces, time limit, slots
1     reset  u32 n, u32 slot[n], u32 seed[n]          f32 observation[n, o]
2     step   u32 n, u32 slot[n], f32 action[n, a]     f32 observation[n, o], f32 reward[n], f32 cost[n, c], u8 end[n]
3     draw   u32 slot                                 u32 width, u32 height, u8 rgb[height, width, 3]
4     close  nothing                                  nothing; the worker exits with 0
255   fault                                           JSON: kind, text; instead of any reply
====  =====  =======================================  ==============================================================

``end`` has bit 0 set where the episode terminated and bit 1 where it was truncated.

Making and stepping environments is in ``saferl_environments.py``. Nothing but Python 3.9 is needed.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import struct
import sys
import time
from typing import Any, Iterable, List, NoReturn, Optional, Tuple

from saferl_environments import (
    Refusal, Slot, declared, flattened, frame_rate, installed_version, maker, number, space_facts, step_limit,
)

PROTOCOL = 2
HELLO, RESET, STEP, DRAW, CLOSE, FAULT = 0, 1, 2, 3, 4, 255
LONGEST_REQUEST = 1 << 28
# What a handshake tells the version of, where it is imported.
PACKAGES = ("gymnasium", "bullet_safety_gym", "pybullet", "safety_gymnasium", "mujoco", "numpy")


class Session:
    """The environments that a handshake asked for."""

    def __init__(self, request: dict[str, Any]) -> None:
        plan = maker(request["source"], request["id"], request["draws"])
        if request["reset"] == "reuse":
            plan = plan._replace(is_fresh=False)
        count = int(request["slots"])
        keeps = plan.draws_globally and count > 1
        self.slots = [Slot(plan, (), keeps) for _ in range(count)]
        # The first environment is made here, so that a faulty one is a fault of the handshake.
        first = self.slots[0]
        first.environment = plan.make()
        self.name_costs(request, first.environment, plan.largest_cost)
        self.observation = space_facts(first.environment.observation_space, "observation")
        self.action = space_facts(first.environment.action_space, "action")
        self.time_limit = step_limit(first.environment)
        self.frame_rate = frame_rate(first.environment)
        self.numpy = sys.modules.get("numpy")
        # Seconds to watch for a request; 0 where all cores are in use.
        self.watches = float(request.get("watches", 0))

    def name_costs(self, request: dict[str, Any], environment: Any, largest: Optional[float]) -> None:
        """Finds the cost channels: those asked for, else those that the environment declares, else the one ``cost``."""
        is_chosen = bool(request["costs"])
        names = request["costs"] or declared(environment, "cost_names") or ["cost"]
        self.cost_names = [str(name) for name in names]
        keys = tuple("cost" if name == "cost" else f"cost_{name}" for name in self.cost_names)
        stated = None if is_chosen else declared(environment, "largest_costs")
        if stated is None and keys == ("cost",) and largest is not None:
            stated = [largest]
        self.largest_costs = stated and [number(value, "a largest cost") for value in stated]
        if request["cost"] == "required":
            for slot in self.slots:
                slot.costs = keys
        elif self.cost_names != ["cost"]:
            raise Refusal("cost", "it declares costs although none were expected")

    def hello(self) -> bytes:
        modules = ((name, sys.modules.get(name)) for name in PACKAGES)
        versions = {name: installed_version(name) for name, module in modules if module is not None}
        facts = {
            "protocol": PROTOCOL, "python": sys.version.split()[0], "packages": versions,
            "observation": self.observation.described(), "action": self.action.described(),
            "timeLimit": self.time_limit, "slots": len(self.slots), "frameRate": self.frame_rate,
            "costNames": self.cost_names, "largestCosts": self.largest_costs,
        }
        return json.dumps(facts, allow_nan=False).encode()

    def reset(self, payload: bytes) -> bytes:
        (count,) = struct.unpack_from("<I", payload)
        slots = struct.unpack_from(f"<{count}I", payload, 4)
        seeds = struct.unpack_from(f"<{count}I", payload, 4 + 4 * count)
        return b"".join(self.encoded(self.slots[slot].reset(seed)) for slot, seed in zip(slots, seeds))

    def step(self, payload: bytes) -> bytes:
        (count,) = struct.unpack_from("<I", payload)
        slots = struct.unpack_from(f"<{count}I", payload, 4)
        observations: List[bytes] = []
        rewards: List[float] = []
        costs: List[float] = []
        ends: List[int] = []
        for slot, action in zip(slots, self.actions(payload, count)):
            observation, reward, step_costs, end = self.slots[slot].step(action)
            observations.append(self.encoded(observation))
            rewards.append(reward)
            costs += step_costs
            ends.append(end)
        tail = struct.pack(f"<{count + len(costs)}f{count}B", *rewards, *costs, *ends)
        return b"".join(observations) + tail

    def draw(self, payload: bytes) -> bytes:
        slot: int = struct.unpack("<I", payload)[0]
        width, height, pixels = self.slots[slot].draw()
        return struct.pack("<II", width, height) + pixels

    def actions(self, payload: bytes, count: int) -> Iterable[Any]:
        """One action for each slot, in the form that the environment's space has."""
        facts, begin = self.action, 4 + 4 * count
        if facts.choices is not None:
            return [int(value) + facts.start for value in struct.unpack_from(f"<{count}f", payload, begin)]
        if self.numpy is None or facts.dtype is None:
            values = struct.unpack_from(f"<{count * facts.size}f", payload, begin)
            return [list(values[i * facts.size : (i + 1) * facts.size]) for i in range(count)]
        rows = self.numpy.frombuffer(payload, "<f4", count * facts.size, begin)
        # A copy, because an environment may write into its action.
        actions: Iterable[Any] = rows.reshape(count, *facts.shape).astype(facts.dtype)
        return actions

    def encoded(self, observation: Any) -> bytes:
        facts = self.observation
        if facts.choices is not None:
            return struct.pack("<f", number(observation, "an observation") - facts.start)
        if self.numpy is not None:
            array = self.numpy.asarray(observation, "<f4")
            if array.size == facts.size:
                return bytes(array.tobytes())
            values = [None] * array.size
        else:
            values = flattened(observation)
            if len(values) == facts.size:
                return struct.pack(f"<{facts.size}f", *values)
        text = f"an observation has {len(values)} values, its space {facts.size}"
        raise Refusal("unsupported", text)

    def close(self) -> None:
        for slot in self.slots:
            slot.close()


# --- Frames


def watch(requests: select.poll, seconds: float) -> None:
    """Watches for a request for a moment before sleeping: waking another core takes as long as a short step."""
    end = time.perf_counter() + seconds
    while not requests.poll(0) and time.perf_counter() < end:
        os.sched_yield()


def read_frame(descriptor: int) -> Optional[Tuple[int, bytes]]:
    """The kind and payload of the next request, nothing at the end of the input.

    One read takes a whole request as a rule: no other follows before the reply.
    """
    # No more than most requests need: the buffer is made anew for each.
    data = os.read(descriptor, 1 << 12)
    while len(data) < 5:
        part = os.read(descriptor, 1 << 12)
        if not part:
            return None
        data += part
    length, kind = struct.unpack_from("<IB", data)
    if not 1 <= length <= LONGEST_REQUEST:
        return None
    if len(data) < length + 4:
        parts, missing = [data], length + 4 - len(data)
        while missing > 0:
            part = os.read(descriptor, missing)
            if not part:
                return None
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
    return kind, data[5:]


def write_frame(descriptor: int, kind: int, payload: bytes) -> None:
    frame = struct.pack("<IB", len(payload) + 1, kind) + payload
    written = os.write(descriptor, frame)
    while written < len(frame):
        written += os.write(descriptor, memoryview(frame)[written:])


def described(error: BaseException) -> bytes:
    """One line: what was raised, and the innermost place outside the worker."""
    if isinstance(error, Refusal):
        return json.dumps({"kind": error.kind, "text": " ".join(str(error).split())}).encode()
    lines = " ".join(str(error).split()) or "without a message"
    import traceback

    every = traceback.extract_tb(error.__traceback__)
    frames = [f for f in every if not f.filename.startswith(("saferl_", "<"))]
    place = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    return json.dumps({"kind": "raised", "text": f"{type(error).__name__}: {lines[:400]}{place}"}).encode()


def serve(requests: int, replies: int) -> None:
    """Answers requests until it is told to stop or the input ends."""
    session: Optional[Session] = None
    arrivals = select.poll()
    arrivals.register(requests, select.POLLIN)
    while True:
        if session is not None and session.watches:
            watch(arrivals, session.watches)
        frame = read_frame(requests)
        if frame is None:
            return
        kind, payload = frame
        try:
            if kind == STEP and session is not None:
                reply = session.step(payload)
            elif kind == HELLO:
                request = json.loads(payload)
                if request["protocol"] != PROTOCOL:
                    text = f"it speaks version {PROTOCOL} of the protocol, saferl {request['protocol']}"
                    raise Refusal("protocol", text)
                session = Session(request)
                reply = session.hello()
            elif kind == CLOSE:
                if session is not None:
                    session.close()
                write_frame(replies, CLOSE, b"")
                return
            elif session is None:
                raise Refusal("protocol", "a request came before the handshake")
            else:
                reply = {RESET: session.reset, DRAW: session.draw}[kind](payload)
        except BaseException as error:  # also SystemExit: a simulator's exit is a fault here
            write_frame(replies, FAULT, described(error))
        else:
            write_frame(replies, kind, reply)


def die_with_parent(lifeline: int) -> None:
    """Has the kernel kill this process as soon as the other end of a pipe is closed, which only the parent holds.

    This works in an endless loop inside a C library, and whichever of the parent's threads comes or goes.
    """
    os.set_inheritable(lifeline, False)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, getattr(fcntl, "F_SETSIG", 10), signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    # The parent may have gone before.
    poll = select.poll()
    poll.register(lifeline, 0)
    if poll.poll(0):
        os._exit(1)


def main() -> NoReturn:
    lifeline = os.environ.pop("SAFERL_WORKER_LIFELINE", "")
    if lifeline:
        die_with_parent(int(lifeline))
    # Simulators print banners while they are imported: whatever they print goes to standard error.
    requests, replies = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    try:
        serve(requests, replies)
    except BrokenPipeError:
        pass
    # Without the interpreter's own clean-up, which some simulators crash in.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
