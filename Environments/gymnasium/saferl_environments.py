"""Makes the environments that a worker serves, and steps them whichever interface they have.

Spaces are told by their shape, so that any package's will do. NumPy is used when the environments use it; this file
itself needs nothing but Python 3.9.
"""

from __future__ import annotations

import importlib
import inspect
import math
import os
import sys
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Tuple

TERMINATED, TRUNCATED = 1, 2


class Refusal(Exception):
    """A request that cannot be met, with a kind that saferl knows a remedy for."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


# What one step of any supported interface amounts to: observation, reward, a cost for each channel, flags of the end.
Step = Tuple[Any, float, List[float], int]


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


def number(value: Any, name: str) -> float:
    """One number, also where it comes as an array or a list of one element, which NumPy need not convert."""
    return value if isinstance(value, float) else float(element(value, name))


def element(value: Any, name: str) -> Any:
    """What a number, a truth value, or an array or list of one of them holds."""
    elements = flattened(value) if hasattr(value, "__len__") else [value]
    if len(elements) != 1:
        raise Refusal("unsupported", f"{name} has {len(elements)} values where one is expected")
    if not hasattr(elements[0], "__float__"):
        raise Refusal("unsupported", f"{name} is {str(value)[:80]!r}, no number")
    return elements[0]


def flag(value: Any, name: str) -> bool:
    """A truth value, also where it comes as an array or a list of one element."""
    return bool(value if isinstance(value, bool) else element(value, name))


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

    dataclasses.dataclass = tolerant
    try:
        return imported("safety_gymnasium", "safety-gymnasium")
    finally:
        dataclasses.dataclass = original


def installed_version(package: str) -> str:
    """The version of a package that was imported, or ``unknown``."""
    found = getattr(sys.modules.get(package), "__version__", None)
    if found is None:
        from importlib import metadata

        try:
            return str(metadata.version(package.replace("_", "-")))
        except metadata.PackageNotFoundError:
            return "unknown"
    return str(found)


def unknown(name: str, known: Iterable[str]) -> Refusal:
    import difflib

    near = difflib.get_close_matches(name, list(known), 1, 0.6)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return Refusal("unknown", f"there is no environment of this name.{hint}")


def registered(registry: Any) -> List[str]:
    return list(getattr(registry, "env_specs", registry))


def known_names(source: str) -> List[str]:
    """The names that a source has, sorted; of Gymnasium those of all suites that are installed."""
    names: List[str] = []
    if source in ("bullet", "gymnasium"):
        gymnasium = imported("gymnasium", "bullet")
        if source == "bullet":
            before = set(registered(gymnasium.envs.registry))
            imported("bullet_safety_gym", "bullet")
            return sorted(name for name in registered(gymnasium.envs.registry) if name not in before)
        for suite in (lambda: imported("bullet_safety_gym", "bullet"), import_safety_gymnasium):
            try:
                suite()
            except Refusal:
                pass
        names = registered(gymnasium.envs.registry)
        registration = sys.modules.get("safety_gymnasium.utils.registration")
        names += registered(getattr(registration, "safe_registry", None) or getattr(registration, "registry", ()))
    return sorted(set(names))


class Maker(NamedTuple):
    """How environments of one name are made and reset."""

    make: Callable[[], Any]
    # Whether a reset must be in a fresh environment to be repeatable.
    is_fresh: bool = False
    # Whether a step may draw from Python's or NumPy's global generator.
    draws_globally: bool = True
    # Whether pictures are asked for by an argument of ``render``, as before version 0.26.
    draws_by_mode: bool = False
    # Keys that ``info`` has only in steps that have such a cost.
    sparse_costs: Tuple[str, ...] = ()
    # The largest cost of a step in the one channel ``cost``, where the simulator's source states it.
    largest_cost: Optional[float] = None


def load_no_looks(client: Any, flag: int) -> None:
    """Has a Bullet client leave out what only pictures need of the bodies that it loads.

    The meshes of a car or a drone take half of a world's memory and most of the time in which one is made.
    """
    plain = client.__getattr__

    def attribute(self: Any, name: str) -> Any:
        found = plain(self, name)
        if name != "loadURDF":
            return found

        def load(*arguments: Any, **options: Any) -> Any:
            # The sixth argument is the flags.
            if len(arguments) <= 5:
                options["flags"] = options.get("flags", 0) | flag
            return found(*arguments, **options)

        return load

    client.__getattr__ = attribute


def bullet_maker(name: str, draws: bool) -> Maker:
    """Environments of Bullet-Safety-Gym, which draws from NumPy's global generator whatever the seed of ``reset``."""
    imported("bullet_safety_gym", "bullet")
    if not draws:
        flag = getattr(imported("pybullet", "bullet"), "URDF_IGNORE_VISUAL_SHAPES", 0)
        load_no_looks(imported("pybullet_utils.bullet_client", "bullet").BulletClient, flag)
    gymnasium = imported("gymnasium", "bullet")
    known = [i for i in registered(gymnasium.envs.registry) if i.startswith("Safety")]
    if name not in known:
        raise unknown(name, known)
    # Resetting leaves the state of joints behind, and what the contact solver remembers: even an episode of a ball
    # then differs in one of twenty cases. Run and Circle tasks draw nothing between resets.
    draws_globally = not ("Run-" in name or "Circle-" in name)
    sparse = () if draws_globally else ("cost_outside_bounds", "cost_velocity_violation")
    # Of version 1.4.0 (envs/tasks.py): min(1, …) everywhere but in the Push tasks, which count collisions.
    is_capped = "Push" not in name and installed_version("bullet_safety_gym") == "1.4.0"
    return Maker(
        lambda: gymnasium.make(name, disable_env_checker=True), True, draws_globally, True, sparse,
        1.0 if is_capped else None,
    )


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
        sys.path.insert(0, os.getcwd())
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise Refusal("unknown", f"there is no module {error.name} in its Python.") from error
    known = registered(gymnasium.envs.registry)
    if plain in known:
        options = {"render_mode": "rgb_array"} if draws else {}
        return Maker(lambda: gymnasium.make(plain, disable_env_checker=True, **options))
    makers: List[Callable[[], Maker]] = [
        lambda: bullet_maker(plain, draws),
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


def python_maker(name: str, draws: bool) -> Maker:
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
    options = {"render_mode": "rgb_array"} if draws and takes(found, "render_mode") else {}
    return Maker(lambda: found(**options))


def takes(kind: Any, name: str) -> bool:
    """Whether something can be called with an argument of this name."""
    try:
        return name in inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return False


def maker(source: str, name: str, draws: bool) -> Maker:
    if draws and not os.environ.get("DISPLAY"):
        # MuJoCo reads it while it is imported, and looks for a display otherwise.
        os.environ.setdefault("MUJOCO_GL", "egl")
    if source == "bullet":
        return bullet_maker(name, draws)
    if source == "safety-gymnasium":
        return safety_gymnasium_maker(name, draws)
    if source == "gymnasium":
        return gymnasium_maker(name, draws)
    if source == "python":
        return python_maker(name, draws)
    raise Refusal("unsupported", f"this worker knows no environments called {source}")


def step_limit(environment: Any) -> Optional[int]:
    """The limit that is declared with the environment, if there is one."""
    for holder in (getattr(environment, "spec", None), environment):
        limit = getattr(holder, "max_episode_steps", None)
        if limit:
            return int(limit)
    return None


def declared(environment: Any, name: str) -> Optional[List[Any]]:
    """A list that an environment, or what its wrappers hold, declares about itself."""
    for holder in (environment, getattr(environment, "unwrapped", None)):
        values = getattr(holder, name, None)
        if values is not None:
            return [values] if isinstance(values, (str, float, int)) else list(values)
    return None


def frame_rate(environment: Any) -> Optional[int]:
    """Steps in a second of the task's own time, if they are declared."""
    metadata = getattr(environment, "metadata", None)
    if not isinstance(metadata, dict):
        return None
    rate = metadata.get("render_fps", metadata.get("video.frames_per_second"))
    return round(rate) if isinstance(rate, (int, float)) and 1 <= rate < math.inf else None


# --- Slots


class Slot:
    """One environment and where it stands."""

    def __init__(self, plan: Maker, costs: Tuple[str, ...], keeps_generators: bool) -> None:
        self.plan = plan
        # The keys of ``info`` that are the costs of a step, one a channel; none where the task has no costs.
        self.costs = costs
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
        if self.keeps_generators:
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
        if self.keeps_generators:
            self.remember()
        if not isinstance(result, (tuple, list)) or len(result) not in (4, 5, 6):
            count = f"{len(result)} values" if isinstance(result, (tuple, list)) else type(result).__name__
            raise Refusal("unsupported", f"step returned {count}; 5 are expected, or 4 or 6 of older interfaces")
        if len(result) == 6:  # safety_gymnasium's own interface
            observation, reward, cost, terminated, truncated, info = result
            return self.outcome(observation, reward, {**info, "cost": cost}, terminated, truncated)
        if len(result) == 5:
            observation, reward, terminated, truncated, info = result
            return self.outcome(observation, reward, info, terminated, truncated)
        observation, reward, done, info = result  # the interface before version 0.26
        is_done = flag(done, "done")
        cut = is_done and flag(info.get("TimeLimit.truncated", False), 'info["TimeLimit.truncated"]')
        return self.outcome(observation, reward, info, is_done and not cut, cut)

    def outcome(self, observation: Any, reward: Any, info: Any, terminated: Any, truncated: Any) -> Step:
        if not hasattr(info, "keys"):
            raise Refusal("unsupported", f"step returned a {type(info).__name__} as its info, no dictionary")
        end = (TERMINATED if flag(terminated, "terminated") else 0) | (
            TRUNCATED if flag(truncated, "truncated") else 0
        )
        return observation, number(reward, "the reward"), self.step_costs(info), end

    def step_costs(self, info: Any) -> List[float]:
        """The cost of each channel; one of 0 where the task has none."""
        if not self.costs:
            if "cost" in info:
                raise Refusal("cost", 'info has a "cost" although none was declared')
            return [0.0]
        for key in self.costs:
            if key not in info and key not in self.plan.sparse_costs:
                others = [k for k in info if isinstance(k, str) and k.startswith("cost_")]
                if others:
                    names = ", ".join(f'"{k}"' for k in others)
                    raise Refusal("channels:" + ",".join(k[5:] for k in others), f'info has no "{key}", but {names}')
                raise Refusal("no-cost", f'info has no "{key}"')
        return [number(info.get(key, 0.0), f'info["{key}"]') for key in self.costs]

    def remember(self) -> None:
        """Gives each slot the global generators for itself, as if it were alone."""
        own, numpy = sys.modules.get("random"), sys.modules.get("numpy")
        self.generators = (own and own.getstate(), numpy and numpy.random.get_state())

    def draw(self) -> Tuple[int, int, bytes]:
        """The picture of the state, whichever way the environment is asked for it."""
        if not hasattr(self.environment, "render"):
            raise Refusal("unsupported", "it draws no pictures")
        if self.plan.draws_by_mode:
            # Asked as in later versions, it would open a window.
            picture = self.environment.unwrapped.render(mode="rgb_array")
        else:
            picture = self.environment.render()
        if picture is None:
            raise Refusal("unsupported", "it draws no pictures")
        if hasattr(picture, "astype"):
            height, width = picture.shape[0], picture.shape[1]
            return width, height, bytes(picture[:, :, :3].astype("uint8").tobytes())
        return len(picture[0]), len(picture), bytes(flattened(picture))

    def close(self) -> None:
        if self.environment is not None and hasattr(self.environment, "close"):
            self.environment.close()
        self.environment = None
