"""Serves environments to saferl: one request, one reply, as binary frames on standard input and output.

A frame is ``u32 length | u8 kind | payload``, little-endian; the length counts kind and payload.

====  =====  =======================================  ==========================================================
kind  name   request                                  reply, of the same kind
====  =====  =======================================  ==========================================================
0     hello  JSON: protocol, source, id, slots, …     JSON: protocol, versions, spaces, time limit, slots
1     reset  u32 n, u32 slot[n], u32 seed[n]          f32 observation[n, o]
2     step   u32 n, u32 slot[n], f32 action[n, a]     f32 observation[n, o], f32 reward[n], f32 cost[n], u8 end[n]
3     draw   u32 slot                                 u32 width, u32 height, u8 rgb[height, width, 3]
4     close  nothing                                  nothing; the worker exits with 0
255   fault                                           JSON: kind, text; instead of any reply
====  =====  =======================================  ==========================================================

``end`` has bit 0 set where the episode terminated and bit 1 where it was truncated.

NumPy is used when the environments use it; the worker itself needs nothing but Python 3.9.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import math
import os
import select
import signal
import struct
import sys
from typing import Any, Callable, Iterable, List, NamedTuple, NoReturn, Optional, Tuple

PROTOCOL = 1
HELLO, RESET, STEP, DRAW, CLOSE, FAULT = 0, 1, 2, 3, 4, 255
LONGEST_REQUEST = 1 << 28
TERMINATED, TRUNCATED = 1, 2
# What a handshake tells the version of, where it is imported.
PACKAGES = ("gymnasium", "bullet_safety_gym", "pybullet", "safety_gymnasium", "mujoco", "numpy")


class Refusal(Exception):
    """A request that cannot be met, with a kind that saferl knows a remedy for."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Step(NamedTuple):
    """What one step of any supported interface amounts to."""

    observation: Any
    reward: float
    cost: float
    end: int


# --- Spaces


class SpaceFacts(NamedTuple):
    """A Box or Discrete space as the handshake describes it."""

    size: int
    shape: Tuple[int, ...]
    choices: Optional[int]
    start: int
    low: List[Optional[float]]
    high: List[Optional[float]]
    dtype: Any

    def described(self) -> dict[str, Any]:
        if self.choices is not None:
            return {"kind": "discrete", "count": self.choices}
        return {"kind": "box", "low": self.low, "high": self.high}


def flattened(values: Any) -> List[Any]:
    """The elements of a number, an array or nested lists, row-major."""
    if hasattr(values, "reshape"):
        return list(values.reshape(-1).tolist())
    if isinstance(values, (list, tuple)):
        return [element for value in values for element in flattened(value)]
    return [values]


def space_facts(space: Any, role: str) -> SpaceFacts:
    """Reads a space by its shape and not by its class, so that any package's spaces will do."""
    names = {kind.__name__ for kind in type(space).__mro__}
    if "Discrete" in names:
        start = int(getattr(space, "start", 0))
        return SpaceFacts(1, (), int(space.n), start, [], [], int)
    if "Box" in names:
        low, high = flattened(space.low), flattened(space.high)
        shape = tuple(getattr(space, "shape", None) or (len(low),))
        return SpaceFacts(
            len(low), shape, None, 0, [finite(v) for v in low], [finite(v) for v in high],
            getattr(space, "dtype", None),
        )
    raise Refusal(
        "unsupported",
        f"the {role} space is a {type(space).__name__}; saferl knows Box and Discrete",
    )


def finite(value: Any) -> Optional[float]:
    """A bound, or None where there is none: JSON has no infinity."""
    number = float(value)
    return number if math.isfinite(number) else None


# --- Making environments


def imported(module: str, suite: str) -> Any:
    """Imports a package that belongs to a suite of ``saferl env setup``."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        text = f"the Python package {error.name} is not installed here"
        raise Refusal(f"missing:{suite}", text) from error


def import_safety_gymnasium() -> Any:
    """Imports safety_gymnasium, which declares dataclass fields that Python 3.11 and later refuse.

    Their defaults are NumPy arrays and small config objects; a factory that copies the default means the same.
    """
    import copy
    import dataclasses

    original = dataclasses.dataclass

    def tolerant(cls: Any = None, /, **options: Any) -> Any:
        if cls is None:
            return lambda decorated: tolerant(decorated, **options)
        for name in cls.__dict__.get("__annotations__", {}):
            default = cls.__dict__.get(name)
            hashable = default is None or isinstance(default, dataclasses.Field) or type(default).__hash__
            if not hashable:
                factory = lambda default=default: copy.deepcopy(default)  # noqa: E731
                setattr(cls, name, dataclasses.field(default_factory=factory))
        return original(cls, **options)

    dataclasses.dataclass = tolerant  # type: ignore[assignment]
    try:
        return imported("safety_gymnasium", "safety-gymnasium")
    finally:
        dataclasses.dataclass = original


def unknown(name: str, known: Iterable[str]) -> Refusal:
    import difflib

    near = difflib.get_close_matches(name, list(known), 1, 0.6)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return Refusal("unknown", f"there is no environment of this name.{hint}")


def registered(registry: Any) -> List[str]:
    return list(getattr(registry, "env_specs", registry))


class Maker(NamedTuple):
    """How environments of one name are made and reset."""

    make: Callable[[], Any]
    # Whether a reset must be in a fresh environment to be repeatable.
    is_fresh: bool = False
    # Whether a step may draw from Python's or NumPy's global generator.
    draws_globally: bool = True
    # Whether pictures are asked for by an argument of ``render``, as before version 0.26.
    draws_by_mode: bool = False


def bullet_maker(name: str) -> Maker:
    """Environments of Bullet-Safety-Gym, which draws from NumPy's global generator whatever the seed of ``reset``."""
    imported("bullet_safety_gym", "bullet")
    gymnasium = imported("gymnasium", "bullet")
    known = [i for i in registered(gymnasium.envs.registry) if i.startswith("Safety")]
    if name not in known:
        raise unknown(name, known)
    # Resetting leaves the state of joints behind, and what the contact solver remembers: even an episode of a ball
    # then differs in one of twenty cases. Run and Circle tasks draw nothing between resets.
    draws_globally = not ("Run-" in name or "Circle-" in name)
    return Maker(lambda: gymnasium.make(name, disable_env_checker=True), True, draws_globally, True)


def safety_gymnasium_maker(name: str, draws: bool) -> Maker:
    package = import_safety_gymnasium()
    registration = importlib.import_module("safety_gymnasium.utils.registration")
    # A set of its own since version 1.0; a registry before.
    known = registered(getattr(registration, "safe_registry", None) or getattr(registration, "registry", ()))
    if name not in known:
        raise unknown(name, known)
    options = {"render_mode": "rgb_array"} if draws else {}
    return Maker(lambda: package.make(name, disable_env_checker=True, **options), draws_globally=False)


def gymnasium_maker(name: str, draws: bool) -> Maker:
    """Any registered environment: of gymnasium itself, of ``module:ID``, or of the suites that are installed."""
    gymnasium = imported("gymnasium", "bullet")
    module, separator, plain = name.rpartition(":")
    if separator:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise Refusal("unknown", f"there is no module {error.name} in its Python.") from error
    known = registered(gymnasium.envs.registry)
    if plain in known:
        options = {"render_mode": "rgb_array"} if draws else {}
        return Maker(lambda: gymnasium.make(plain, disable_env_checker=True, **options))
    makers: List[Callable[[], Maker]] = [
        lambda: bullet_maker(plain),
        lambda: safety_gymnasium_maker(plain, draws),
    ]
    missing: Optional[Refusal] = None
    for attempt in makers:
        try:
            return attempt()
        except Refusal as refusal:
            if refusal.kind.startswith("missing") and plain.startswith("Safety"):
                missing = missing or refusal
    # By now the suites that are installed have registered their environments too.
    raise missing or unknown(plain, registered(gymnasium.envs.registry))


def python_maker(name: str) -> Maker:
    """A class with the Gymnasium interface, as ``module:Class``; no registry and no gymnasium needed."""
    module, _, kind = name.partition(":")
    if not kind:
        raise Refusal("unknown", "a class is named module:Class")
    sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), kind, None)
    except ModuleNotFoundError as error:
        raise Refusal("unknown", f"there is no module {error.name} here or on PYTHONPATH") from error
    if found is None:
        raise Refusal("unknown", f"the module {module} has no {kind}")
    return Maker(found)


def maker(source: str, name: str, draws: bool) -> Maker:
    if source == "bullet":
        return bullet_maker(name)
    if source == "safety-gymnasium":
        return safety_gymnasium_maker(name, draws)
    if source == "gymnasium":
        return gymnasium_maker(name, draws)
    if source == "python":
        return python_maker(name)
    raise Refusal("unsupported", f"this worker knows no environments called {source}")


def step_limit(environment: Any) -> Optional[int]:
    """The limit that is declared with the environment, if there is one."""
    for holder in (getattr(environment, "spec", None), environment):
        limit = getattr(holder, "max_episode_steps", None)
        if limit:
            return int(limit)
    return None


# --- Slots


class Slot:
    """One environment and where it stands."""

    def __init__(self, plan: Maker, needs_cost: bool, keeps_generators: bool) -> None:
        self.plan = plan
        self.needs_cost = needs_cost
        self.keeps_generators = keeps_generators
        self.environment: Any = None
        self.generators: Optional[Tuple[Any, Any]] = None

    def reset(self, seed: int) -> Any:
        """Starts an episode that depends on the seed alone, also where global generators are drawn from."""
        # Only those that the environment itself imported can be drawn from.
        if "random" in sys.modules:
            sys.modules["random"].seed(seed)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(seed)
        if self.environment is None or self.plan.is_fresh:
            self.close()
            self.environment = self.plan.make()
        try:
            result = self.environment.reset(seed=seed)
        except TypeError as error:
            # An interface older than seeds given to reset.
            if "seed" not in str(error):
                raise
            self.environment.seed(seed)
            result = self.environment.reset()
        self.remember()
        is_pair = isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)
        return result[0] if is_pair else result

    def step(self, action: Any) -> Step:
        if self.generators is not None:
            own, numpys = self.generators
            if own is not None:
                sys.modules["random"].setstate(own)
            if numpys is not None:
                sys.modules["numpy"].random.set_state(numpys)
        result = self.environment.step(action)
        self.remember()
        if len(result) == 6:  # safety_gymnasium's own interface
            observation, reward, cost, terminated, truncated, _ = result
            return self.outcome(observation, reward, {"cost": cost}, terminated, truncated)
        if len(result) == 5:
            observation, reward, terminated, truncated, info = result
            return self.outcome(observation, reward, info, terminated, truncated)
        observation, reward, done, info = result  # the interface before version 0.26
        cut = bool(done) and bool(info.get("TimeLimit.truncated", False))
        return self.outcome(observation, reward, info, bool(done) and not cut, cut)

    def outcome(self, observation: Any, reward: Any, info: Any, terminated: Any, truncated: Any) -> Step:
        if ("cost" in info) != self.needs_cost:
            text = (
                'info has no "cost"' if self.needs_cost else 'info has a "cost" although none was declared'
            )
            raise Refusal("no-cost" if self.needs_cost else "cost", text)
        cost = float(info["cost"]) if self.needs_cost else 0.0
        end = (TERMINATED if terminated else 0) | (TRUNCATED if truncated else 0)
        return Step(observation, float(reward), cost, end)

    def remember(self) -> None:
        """Gives each slot the global generators for itself, as if it were alone."""
        if self.keeps_generators:
            own, numpy = sys.modules.get("random"), sys.modules.get("numpy")
            self.generators = (own and own.getstate(), numpy and numpy.random.get_state())

    def draw(self) -> Tuple[int, int, bytes]:
        """The picture of the state, whichever way the environment is asked for it."""
        if self.plan.draws_by_mode:
            # Asked as in later versions, it would open a window.
            picture = self.environment.unwrapped.render(mode="rgb_array")
        else:
            picture = self.environment.render()
        if picture is None:
            raise Refusal("unsupported", "it draws no pictures")
        if hasattr(picture, "astype"):
            height, width = picture.shape[0], picture.shape[1]
            return width, height, picture[:, :, :3].astype("uint8").tobytes()
        return len(picture[0]), len(picture), bytes(flattened(picture))

    def close(self) -> None:
        if self.environment is not None and hasattr(self.environment, "close"):
            self.environment.close()
        self.environment = None


class Session:
    """The environments that a handshake asked for."""

    def __init__(self, request: dict[str, Any]) -> None:
        plan = maker(request["source"], request["id"], request["draws"])
        if request["reset"] == "reuse":
            plan = plan._replace(is_fresh=False)
        count = int(request["slots"])
        keeps = plan.draws_globally and count > 1
        self.slots = [Slot(plan, request["cost"] == "required", keeps) for _ in range(count)]
        # The first environment is made here, so that a faulty one is a fault of the handshake.
        first = self.slots[0]
        first.environment = plan.make()
        self.observation = space_facts(first.environment.observation_space, "observation")
        self.action = space_facts(first.environment.action_space, "action")
        self.time_limit = step_limit(first.environment)
        self.numpy = sys.modules.get("numpy")

    def hello(self) -> bytes:
        modules = ((name, sys.modules.get(name)) for name in PACKAGES)
        versions = {name: version(name, module) for name, module in modules if module is not None}
        facts = {
            "protocol": PROTOCOL, "python": sys.version.split()[0], "packages": versions,
            "observation": self.observation.described(), "action": self.action.described(),
            "timeLimit": self.time_limit, "slots": len(self.slots),
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
        steps = [self.slots[slot].step(action) for slot, action in zip(slots, self.actions(payload, count))]
        parts = [self.encoded(step.observation) for step in steps]
        parts.append(struct.pack(f"<{count}f", *[step.reward for step in steps]))
        parts.append(struct.pack(f"<{count}f", *[step.cost for step in steps]))
        parts.append(bytes([step.end for step in steps]))
        return b"".join(parts)

    def draw(self, payload: bytes) -> bytes:
        (slot,) = struct.unpack("<I", payload)
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
        return rows.reshape(count, *facts.shape).astype(facts.dtype)

    def encoded(self, observation: Any) -> bytes:
        facts = self.observation
        if facts.choices is not None:
            return struct.pack("<f", int(observation) - facts.start)
        if self.numpy is not None:
            array = self.numpy.asarray(observation, "<f4")
            if array.size == facts.size:
                return array.tobytes()
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


def version(name: str, module: Any) -> str:
    found = getattr(module, "__version__", None)
    if found is None:
        from importlib import metadata

        try:
            return metadata.version(name.replace("_", "-"))
        except metadata.PackageNotFoundError:
            return "unknown"
    return str(found)


# --- Frames


def read_exactly(descriptor: int, count: int) -> bytes:
    """Fewer bytes only at the end of the input."""
    parts = []
    while count > 0:
        part = os.read(descriptor, count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write_frame(descriptor: int, kind: int, payload: bytes) -> None:
    rest = memoryview(struct.pack("<IB", len(payload) + 1, kind) + payload)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def described(error: BaseException) -> bytes:
    """One line: what was raised, and the innermost place outside this file."""
    if isinstance(error, Refusal):
        return json.dumps({"kind": error.kind, "text": " ".join(str(error).split())}).encode()
    lines = " ".join(str(error).split()) or "without a message"
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    frames = [f for f in frames if not f.filename.startswith(("saferl_worker", "<"))]
    place = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    return json.dumps({"kind": "raised", "text": f"{type(error).__name__}: {lines[:400]}{place}"}).encode()


def serve(requests: int, replies: int) -> None:
    """Answers requests until it is told to stop or the input ends."""
    session: Optional[Session] = None
    while True:
        header = read_exactly(requests, 5)
        if len(header) < 5:
            return
        length, kind = struct.unpack("<IB", header)
        if not 1 <= length <= LONGEST_REQUEST:
            return
        payload = read_exactly(requests, length - 1)
        if len(payload) < length - 1:
            return
        try:
            if kind == HELLO:
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
                reply = {RESET: session.reset, STEP: session.step, DRAW: session.draw}[kind](payload)
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
