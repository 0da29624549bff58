"""Fits and asks guardians in NumPy and SciPy, for comparison with `saferl bench guardians`.

    guardian_peer.py write FILE [--rows N] [--size D] [--seed S]
    guardian_peer.py run FILE [--rows N] [--size D] [--repeats R] [--threads T] [--whole]

`write` makes points: N to fit on, 2048 held out, 2048 queries, as little-endian doubles, row after row. `run` does what the
benchmark does, by the same methods, and prints one JSON object with the same keys. NumPy's own threads are those of
OPENBLAS_NUM_THREADS; blocks of kernels and neighbours are shared out over T threads. With --whole every step of the ellipsoid
is about all points, as the algorithm is usually written; nothing else is measured then.
"""
import argparse
import concurrent.futures
import json
import os
import statistics
import sys
import time

import numpy
import scipy.linalg
import scipy.spatial

QUERIES = 2048
ALPHA = 0.05
TRIMMING = 0.05
TOLERANCE = 1e-4
BANDWIDTH = 0.535
NEIGHBOURS = 5
REFACTOR_AFTER = 200


def synthetic(rows: int, size: int, seed: int) -> numpy.ndarray:
    """Correlated features with long tails."""
    normal = numpy.random.default_rng(seed).standard_normal((rows + 2 * QUERIES, size))
    points, last = numpy.empty_like(normal), numpy.zeros(len(normal))
    for column in range(size):
        last = 0.6 * last + normal[:, column]
        points[:, column] = last + 0.05 * last**3
    return points


class Scaling:
    """Maps features to [-1, 1] by their range on the training points; constant ones stay, or are left out."""

    def __init__(self, points: numpy.ndarray, drops_constants: bool):
        self.lower, upper = points.min(axis=0), points.max(axis=0)
        self.width = upper - self.lower
        self.kept = numpy.flatnonzero(self.width > 0) if drops_constants else numpy.arange(points.shape[1])

    def __call__(self, points: numpy.ndarray) -> numpy.ndarray:
        width = numpy.where(self.width > 0, self.width, 1)
        scaled = numpy.where(self.width > 0, 2 * (points - self.lower) / width - 1, points)
        return numpy.ascontiguousarray(scaled[:, self.kept])


class Lift:
    """All monomials of degree at most 2, a block of points at a time."""

    BLOCK = 2048

    def __init__(self, variables: int):
        self.pairs = numpy.triu_indices(variables)
        self.count = 1 + variables + len(self.pairs[0])

    def __call__(self, points: numpy.ndarray) -> numpy.ndarray:
        first, second = self.pairs
        ones = numpy.ones((len(points), 1))
        return numpy.hstack([ones, points, points[:, first] * points[:, second]])

    def blocks(self, points: numpy.ndarray):
        for start in range(0, len(points), self.BLOCK):
            yield self(points[start : start + self.BLOCK])

    def moments(self, points: numpy.ndarray) -> numpy.ndarray:
        total = numpy.zeros((self.count, self.count), order="F")
        for block in self.blocks(points):
            total = scipy.linalg.blas.dsyrk(1, block.T, beta=1, c=total, lower=1, overwrite_c=1)
        total /= len(points)
        return numpy.tril(total) + numpy.tril(total, -1).T

    def norms(self, root: numpy.ndarray, points: numpy.ndarray) -> numpy.ndarray:
        """The square of ‖T e(x)‖ of every point."""
        images = (block @ root.T for block in self.blocks(points))
        return numpy.concatenate([numpy.einsum("ij,ij->i", image, image) for image in images])


def inverse_root(moments: numpy.ndarray) -> numpy.ndarray:
    lower = scipy.linalg.cholesky(moments, lower=True, check_finite=False)
    return scipy.linalg.solve_triangular(lower, numpy.eye(len(lower)), lower=True, check_finite=False)


class Ellipsoid:
    """The smallest ellipsoid around the origin that holds rows f: Frank–Wolfe with away steps.

    By default on a working set, as saferl does it; with `whole`, every step is about all rows.
    """

    def __init__(self, lift: Lift, points: numpy.ndarray, ranked: numpy.ndarray, whole: bool):
        self.lift, self.points, self.order = lift, points, lift.count
        self.iterations, self.inner, self.candidates = 0, 0.2, None
        self.active = numpy.sort(ranked[-8 * self.order :])
        self.weights = numpy.full(len(self.active), 1 / len(self.active))
        if whole:
            weights = numpy.zeros(len(points))
            weights[self.active] = self.weights
            self.active, self.weights, self.inner = numpy.arange(len(points)), weights, TOLERANCE
        self.rows = numpy.concatenate(list(lift.blocks(points[self.active])))
        self.refactor()
        while not self.improve():
            pass

    def improve(self) -> bool:
        """Solves the working set and looks at all other rows; whether that is enough."""
        while self.working_gap() > self.inner:
            self.step()
        carrying = self.weights > 0
        self.active, self.weights = self.active[carrying], self.weights[carrying]
        self.rows = self.rows[carrying]
        self.refactor()
        kappa = self.look()
        if self.gap <= TOLERANCE and self.candidates is not None:
            self.candidates = None
            kappa = self.look()
        if self.gap > TOLERANCE:
            self.bring_in(kappa)
        return self.gap <= TOLERANCE

    def look(self) -> numpy.ndarray:
        asked = self.points if self.candidates is None else self.points[self.candidates]
        kappa = self.lift.norms(self.root, asked)
        self.gap = max(kappa.max() / self.order - 1, self.working_gap())
        return kappa

    def bring_in(self, kappa: numpy.ndarray) -> None:
        asked = numpy.arange(len(self.points)) if self.candidates is None else self.candidates
        excess = max(kappa.max() / self.order - 1, 0)
        root = numpy.sqrt(excess * max(4 + excess - 4 / self.order, 0))
        self.candidates = asked[kappa >= self.order * (1 + excess / 2 - root / 2 - 1e-9)]
        outside = kappa > self.order * (1 + TOLERANCE / 2)
        outside &= ~numpy.isin(asked, self.active)
        outside = numpy.flatnonzero(outside)
        outside = outside[numpy.argsort(-kappa[outside], kind="stable")][: 16 * self.order]
        active = numpy.concatenate([self.active, asked[outside]])
        weights = numpy.concatenate([self.weights, numpy.zeros(len(outside))])
        rising = numpy.argsort(active, kind="stable")
        self.active, self.weights = active[rising], weights[rising]
        self.rows = self.lift(self.points[self.active])
        self.refactor()
        self.inner = max(0.7 * TOLERANCE, 0.2 * min(self.inner, self.gap))

    def refactor(self) -> None:
        self.weights /= self.weights.sum()
        weighted = self.rows * numpy.sqrt(self.weights)[:, None]
        self.root = inverse_root(weighted.T @ weighted)
        self.inverse = self.root.T @ self.root
        image = self.rows @ self.root.T
        self.kappa = numpy.einsum("ij,ij->i", image, image)
        self.since = 0

    def extremes(self) -> tuple[int, int]:
        return int(self.kappa.argmax()), int(numpy.where(self.weights > 0, self.kappa, numpy.inf).argmin())

    def working_gap(self) -> float:
        far, near = self.extremes()
        return max(self.kappa[far] / self.order - 1, 1 - self.kappa[near] / self.order)

    def step(self) -> None:
        r, (far, near) = self.order, self.extremes()
        is_toward = self.kappa[far] - r >= r - self.kappa[near]
        j = far if is_toward else near
        k, weight = self.kappa[j], self.weights[j]
        length = (k - r) / (r * (k - 1)) if k > 1 else -numpy.inf
        drops = not is_toward and length <= -weight / (1 - weight)
        if drops:
            length = -weight / (1 - weight)
        beta, scale = length / (1 - length + length * k), 1 / (1 - length)
        u = self.inverse @ self.rows[j]
        product = self.rows @ u
        product *= product
        product *= beta
        self.kappa -= product
        self.kappa *= scale
        self.weights *= 1 - length
        self.weights[j] = 0 if drops else weight * (1 - length) + length
        self.inverse -= numpy.outer(beta * u, u)
        self.inverse *= scale
        self.iterations, self.since = self.iterations + 1, self.since + 1
        if self.since == REFACTOR_AFTER:
            self.refactor()


def evenly(points: numpy.ndarray) -> numpy.ndarray:
    """At most 4096 of the training points, for the share of them that is outside."""
    count = min(len(points), 4096)
    return points[numpy.arange(count) * len(points) // count]


def conformal(scores: numpy.ndarray) -> float:
    rank = len(scores) + 1 - int(numpy.floor((len(scores) + 1) * ALPHA))
    return float(numpy.sort(scores)[rank - 1])


class PSoS:
    whole = False

    def __init__(self, points, held_out, threads):
        self.scaling = Scaling(points, drops_constants=True)
        scaled = self.scaling(points)
        self.lift = Lift(scaled.shape[1])
        scores = self.lift.norms(inverse_root(self.lift.moments(scaled)), scaled)
        inside = numpy.argsort(scores, kind="stable")[: len(points) - int(TRIMMING * len(points))]
        kept = numpy.sort(inside)
        # The moments of what is left are not needed here; saferl takes them to find dependent monomials.
        self.lift.moments(scaled[kept])
        ellipsoid = Ellipsoid(self.lift, scaled[kept], numpy.searchsorted(kept, inside), self.whole)
        self.iterations, self.gap = ellipsoid.iterations, ellipsoid.gap
        self.root = ellipsoid.root / numpy.sqrt(self.lift.count)
        self.threshold = max(1.0, float(self.lift.norms(self.root, scaled[kept]).max()))
        self.share = self.is_outside(evenly(points)).mean()

    def score(self, points):
        return self.lift.norms(self.root, self.scaling(points))

    def is_outside(self, points):
        return ~(self.score(points) <= self.threshold)


class Christoffel(PSoS):
    def __init__(self, points, held_out, threads):
        self.scaling = Scaling(points, drops_constants=True)
        scaled = self.scaling(points)
        self.lift = Lift(scaled.shape[1])
        self.root = inverse_root(self.lift.moments(scaled))
        self.iterations, self.gap = None, None
        self.threshold = conformal(self.score(held_out))
        self.share = self.is_outside(evenly(points)).mean()


class Density:
    """-ln of the mean kernel; squares of distances come from a product of matrices, block by block."""

    POINTS, REFERENCES = 256, 1024
    iterations, gap = None, None

    def __init__(self, points, held_out, threads):
        self.threads = threads
        self.scaling = Scaling(points, drops_constants=False)
        self.references = self.scaling(points)
        self.halves = numpy.einsum("ij,ij->i", self.references, self.references) / (2 * BANDWIDTH**2)
        self.factor = 1 / (len(points) * BANDWIDTH * numpy.sqrt(2 * numpy.pi))
        self.threshold = conformal(self.score(held_out))
        self.share = self.is_outside(evenly(points)).mean()

    def sums(self, points):
        rate = 1 / (2 * BANDWIDTH**2)
        norms = numpy.einsum("ij,ij->i", points, points) * rate
        total = numpy.zeros(len(points))
        block = numpy.empty((len(points), min(self.REFERENCES, len(self.references))))
        for start in range(0, len(self.references), self.REFERENCES):
            references = self.references[start : start + self.REFERENCES]
            here = block[:, : len(references)]
            numpy.matmul(points * (2 * rate), references.T, out=here)
            here -= norms[:, None]
            here -= self.halves[start : start + self.REFERENCES]
            numpy.minimum(here, 0, out=here)
            numpy.exp(here, out=here)
            total += here.sum(axis=1)
        return total

    def score(self, points):
        scaled = self.scaling(points)
        parts = [scaled[start : start + self.POINTS] for start in range(0, len(scaled), self.POINTS)]
        with concurrent.futures.ThreadPoolExecutor(self.threads) as pool:
            return -numpy.log(numpy.concatenate(list(pool.map(self.sums, parts))) * self.factor)

    def is_outside(self, points):
        return ~(self.score(points) <= self.threshold)


class Neighbours:
    iterations, gap = None, None

    def __init__(self, points, held_out, threads):
        self.threads = threads
        self.scaling = Scaling(points, drops_constants=False)
        self.tree = scipy.spatial.cKDTree(self.scaling(points))
        self.threshold = conformal(self.score(held_out))
        # The nearest neighbour of a training point is the point itself.
        self.share = (self.distance(evenly(points), NEIGHBOURS + 1) > self.threshold).mean()

    def distance(self, points, k):
        return self.tree.query(self.scaling(points), k=[k], workers=self.threads)[0][:, 0]

    def score(self, points):
        return self.distance(points, NEIGHBOURS)

    def is_outside(self, points):
        return ~(self.score(points) <= self.threshold)


def measured(kind, repeats, points, held_out, asked, threads):
    def median(body):
        times = []
        for _ in range(repeats):
            start = time.perf_counter(), time.process_time()
            body()
            times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
        return [statistics.median_high(column) for column in zip(*times)]

    guardian = kind(points, held_out, threads)
    measures = {
        "fit": median(lambda: kind(points, held_out, threads)),
        "score": median(lambda: guardian.score(asked)),
        "decide": median(lambda: guardian.is_outside(asked)),
    }
    return {
        **{f"{name}_s": wall for name, (wall, _) in measures.items()},
        **{f"{name}_cpu_s": processor for name, (_, processor) in measures.items()},
        "queries": len(asked),
        "threshold": float(guardian.threshold),
        "outside": int(guardian.is_outside(asked).sum()),
        "iterations": guardian.iterations,
        "gap": guardian.gap,
    }


def run(arguments) -> None:
    total = arguments.rows + 2 * QUERIES
    points = numpy.fromfile(arguments.file, dtype="<f8")
    if len(points) != total * arguments.size:
        sys.exit(f"{arguments.file}: {len(points)} doubles are not {total} rows of {arguments.size}.")
    points = points.reshape(total, arguments.size)
    training, held_out = points[: arguments.rows], points[arguments.rows : arguments.rows + QUERIES]
    queries = points[arguments.rows + QUERIES :]
    report = {"rows": arguments.rows, "size": arguments.size, "threads": arguments.threads}
    if arguments.whole:
        PSoS.whole = True
        start = time.perf_counter()
        guardian = PSoS(training, held_out, arguments.threads)
        report["psos"] = {
            "fit_s": time.perf_counter() - start,
            "iterations": guardian.iterations,
            "gap": guardian.gap,
            "outside": int(guardian.is_outside(training).sum()),
        }
        return print(json.dumps(report, sort_keys=True))
    for name, kind, asked in [
        ("psos", PSoS, training),
        ("christoffel", Christoffel, training),
        ("kde", Density, queries),
        ("neighbours", Neighbours, queries),
    ]:
        report[name] = measured(kind, arguments.repeats, training, held_out, asked, arguments.threads)
    terms = arguments.rows * QUERIES / report["kde"]["score_s"] / arguments.threads
    report["kernel_terms_per_s_per_core"] = terms
    report["kernel_terms_per_cpu_s"] = arguments.rows * QUERIES / report["kde"]["score_cpu_s"]
    print(json.dumps(report, sort_keys=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("action", choices=["write", "run"])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=148159)
    parser.add_argument("--size", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    if arguments.action == "run":
        return run(arguments)
    synthetic(arguments.rows, arguments.size, arguments.seed).astype("<f8").tofile(arguments.file)


if __name__ == "__main__":
    main()
