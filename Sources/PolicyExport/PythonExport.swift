import Foundation
import SafeRL
import Storage

/// A program as one module of Python that needs NumPy alone: the description and the numbers inside, and what computes with them.
struct PythonExport {
    private let exported: ExportedProgram

    init(_ exported: ExportedProgram) { self.exported = exported }

    /// The file.
    func text() throws -> String {
        let (description, tensors) = exported.described()
        let program = try JSONEncoder.compact.text(of: description)
        let shapes = try JSONEncoder.compact.text(
            of: tensors.map(\.name).enumerated().map { Shape($1, tensors[$0].shape) })
        let numbers = Data(tensors.flatMap(\.bytes)).base64EncodedString()
        return """
            \"\"\"\(Self.plain(exported.origin))

            A policy: act(observation, noise) gives the action on one observation. Without noise it is drawn from NumPy's generator.
            \"\"\"

            import base64
            import json

            import numpy as np

            PROGRAM = json.loads(\(Self.literal(program)))
            SHAPES = json.loads(\(Self.literal(shapes)))
            NUMBERS = np.frombuffer(base64.b64decode(
            \(Self.wrapped(numbers))
            ), "<f4")

            \(Self.code)
            """
    }

    private struct Shape: Encodable {
        let name: String
        let shape: [Int]
        init(_ name: String, _ shape: [Int]) { (self.name, self.shape) = (name, shape) }
    }

    /// A text that ends no string of three quotation marks and begins no escape.
    private static func plain(_ text: String) -> String {
        text.replacing("\\", with: "/").replacing("\"", with: "'")
    }

    /// A literal of Python; every text of JSON is one once backslashes and quotation marks are escaped.
    private static func literal(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    private static func wrapped(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 116).map {
            "    \"\(String(decoding: bytes[$0..<min($0 + 116, bytes.count)], as: UTF8.self))\""
        }.joined(separator: "\n")
    }

    private static let code = """
        OBSERVATION, ACTION, CANDIDATES = PROGRAM["observation"], PROGRAM["action"], PROGRAM["candidates"]
        #: Numbers N(0, 1) that an action reads, as (blocks, candidates, width).
        NOISE = (PROGRAM["noise_blocks"], CANDIDATES, PROGRAM["noise_width"])


        def _tensors():
            tensors, start = {}, 0
            for entry in SHAPES:
                size = int(np.prod(entry["shape"]))
                tensors[entry["name"]] = NUMBERS[start : start + size].reshape(entry["shape"])
                start += size
            return tensors


        _TENSORS = _tensors()


        def _exp(x):
            return np.exp(np.clip(x, -87, 88))


        def _erf(x):
            \"\"\"Abramowitz and Stegun 7.1.26 would lose digits, so the standard library's function is taken number by number.\"\"\"
            import math

            return np.vectorize(math.erf, otypes=[np.float32])(x)


        def _mish(x):
            e = _exp(np.minimum(x, 20))
            m = e * (e + 2)
            return x * (m / (m + 2))


        _FUNCTIONS = {
            "relu": lambda x: np.maximum(x, 0),
            "tanh": np.tanh,
            "sigmoid": lambda x: 1 / (1 + _exp(-x)),
            "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
            "mish": _mish,
            "silu": lambda x: x / (1 + _exp(-x)),
            "gelu": lambda x: 0.5 * x * (1 + _erf(x * np.float32(0.5**0.5))),
        }


        def network(name, x):
            \"\"\"The outputs of a network, [rows, outputs], for rows of its inputs.\"\"\"
            values = []
            for step in PROGRAM["networks"][name]:
                operation, inputs = step["operation"], [values[number] for number in step["inputs"]]
                if operation == "input":
                    value = np.asarray(x, np.float32)
                elif operation == "affine":
                    value = inputs[0] @ _TENSORS[step["weight"]].T + _TENSORS[step["bias"]]
                elif operation == "centre":
                    value = inputs[0] - inputs[0].mean(-1, keepdims=True)
                elif operation == "normalise":
                    spread = np.sqrt((inputs[0] ** 2).mean(-1, keepdims=True) + np.float32(step["epsilon"]))
                    value = _TENSORS[step["weight"]] * inputs[0] / spread + _TENSORS[step["bias"]]
                elif operation == "scaled":
                    value = _TENSORS[step["weight"]] * inputs[0] + _TENSORS[step["bias"]]
                elif operation == "sum":
                    value = sum(np.float32(factor) * part for factor, part in zip(step["factors"], inputs))
                elif operation == "concatenation":
                    value = np.concatenate(inputs, -1)
                else:
                    value = _FUNCTIONS[operation](inputs[0])
                values.append(value)
            return values[-1]


        def candidates(observation, noise=None):
            \"\"\"All drawn actions, [candidates, ACTION].\"\"\"
            seen = np.repeat(np.asarray(observation, np.float32).reshape(1, OBSERVATION), CANDIDATES, 0)
            if noise is None:
                noise = np.random.default_rng().standard_normal(NOISE)
            noise = np.asarray(noise, np.float32).reshape(NOISE)
            if PROGRAM["drawing"] == "choice":
                return network("actor", seen).argmax(-1, keepdims=True).astype(np.float32)
            if PROGRAM["drawing"] == "network":
                drawn = network("actor", np.concatenate([seen, *noise], -1))
                return np.clip(drawn, -1, 1) if PROGRAM["is_clipped"] else drawn
            x, before, fresh = noise[0], 0, iter(noise[1:])
            for move in PROGRAM["moves"]:
                m = {key: np.float32(value) for key, value in move.items() if key != "time"}
                code = np.repeat(_TENSORS["codes"][move["time"]][None], CANDIDATES, 0)
                predicted = network("actor", np.concatenate([seen, x, code], -1))
                data = (x - m["remove"] * predicted) / m["divide"]
                if move["add"]:
                    data = data + m["add"] * next(fresh)
                data = np.clip(data, -1, 1)
                x, before = m["keep"] * x + m["toward"] * (m["new"] * data - m["old"] * before), data
            return x


        def act(observation, noise=None):
            \"\"\"The action on one observation, [ACTION].\"\"\"
            drawn = candidates(observation, noise)
            preference = PROGRAM.get("preference")
            if preference is None or preference["order"] == "first":
                return drawn[0]
            pairs = np.concatenate([np.repeat(np.asarray(observation, np.float32).reshape(1, -1), CANDIDATES, 0), drawn], -1)
            rewards, risks = network("rewards", pairs).min(-1), network("risks", pairs).max(-1)
            if preference["order"] == "safest":
                return drawn[risks.argmin()]
            if preference["order"] == "most-rewarding":
                return drawn[rewards.argmax()]
            safe = risks <= np.float32(preference["threshold"])
            return drawn[np.where(safe, rewards, -np.inf).argmax() if safe.any() else risks.argmin()]

        """
}
