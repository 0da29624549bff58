import SafeRL

/// A program as an ONNX model: `observation`, and `noise` where it draws, to `action`.
///
/// A policy that draws nothing takes any number of rows; one that draws takes one observation with the noise of its candidates. The
/// walk of a diffusion is unrolled, over weights that are stored once.
struct OnnxExport {
    private let exported: ExportedProgram
    private var writer = OnnxWriter()
    private var program: PolicyProgram { exported.program }

    init(_ exported: ExportedProgram) { self.exported = exported }

    /// The file.
    func bytes() -> [UInt8] {
        var copy = self
        return copy.write()
    }

    private mutating func write() -> [UInt8] {
        let rows = program.noiseSize > 0 ? program.candidates : nil
        var inputs: [(String, [Int?])] = [("observation", [rows == nil ? nil : 1, program.observationSize])]
        var seen = "observation"
        if let rows {
            inputs.append(("noise", [program.noiseBlocks, rows, program.noiseWidth]))
            seen = repeated(seen, rows, program.observationSize)
        }
        let drawn = draw(seen, rows: rows ?? 1)
        let action = choose(drawn, seen)
        _ = writer.node("Identity", [action], result: "action")
        let output: (String, [Int?]) = ("action", [rows == nil ? nil : 1, program.actionSize])
        return writer.model(inputs: inputs, output: output, origin: exported.origin)
    }

    /// `[1, width]` as `[rows, width]`.
    private mutating func repeated(_ x: String, _ rows: Int, _ width: Int) -> String {
        rows == 1 ? x : writer.node("Expand", [x, writer.integers([rows, width], [2])])
    }

    /// The candidates, `[rows, actionSize]`.
    private mutating func draw(_ seen: String, rows: Int) -> String {
        switch program.drawing {
        case .choice(let network):
            let best = writer.node(
                "ArgMax", [apply(network, seen)], [.integer("axis", 1), .integer("keepdims", 1)])
            return writer.node("Cast", [best], [.integer("to", 1)])
        case .network(let network, let noise, let isClipped):
            let x = noise > 0 ? joined([seen, block(0)]) : seen
            let out = apply(network, x)
            return isClipped ? clipped(out) : out
        case .diffusion(let walk):
            var (x, before, used) = (block(0), "", 1)
            for step in walk.steps {
                let code = walk.codes[step.time]
                let codes = repeated(writer.tensor(code, [1, code.count]), rows, code.count)
                let predicted = apply(walk.network, joined([seen, x, codes]))
                let rest = writer.node("Sub", [x, scaled(predicted, step.remove)])
                var data = writer.node("Div", [rest, number(step.divide)])
                if step.add != 0 {
                    data = writer.node("Add", [data, scaled(block(used), step.add)])
                    used += 1
                }
                let clean = clipped(data)
                var move = scaled(clean, step.new)
                if step.old != 0 { move = writer.node("Sub", [move, scaled(before, step.old)]) }
                move = scaled(move, step.toward)
                if step.keep != 0 { move = writer.node("Add", [scaled(x, step.keep), move]) }
                (x, before) = (move, clean)
            }
            return x
        }
    }

    /// Of the candidates the preferred one, `[1, actionSize]`.
    private mutating func choose(_ drawn: String, _ seen: String) -> String {
        guard let preference = program.preference else { return drawn }
        let chosen: String
        if preference.order == .first {
            chosen = writer.integers([0], [1])
        } else {
            let pair = joined([seen, drawn])
            let rewards = members(preference.rewards, pair, "ReduceMin")
            let risks = members(preference.risks, pair, "ReduceMax")
            let safest = best("ArgMin", risks)
            switch preference.order {
            case .first, .safest: chosen = safest
            case .mostRewarding: chosen = best("ArgMax", rewards)
            case .mostRewardingSafe:
                let safe = writer.node("LessOrEqual", [risks, writer.tensor([preference.threshold], [1])])
                let masked = writer.node("Where", [safe, rewards, writer.tensor([-Double.infinity], [1])])
                let flags = writer.node("Cast", [safe], [.integer("to", 1)])
                let some = writer.node(
                    "ReduceMax", [flags], [.integers("axes", [0]), .integer("keepdims", 1)])
                let any = writer.node("Cast", [some], [.integer("to", 9)])
                chosen = writer.node("Where", [any, best("ArgMax", masked), safest])
            }
        }
        return writer.node("Gather", [drawn, chosen], [.integer("axis", 0)])
    }

    private mutating func members(_ network: VerifiableNetwork, _ x: String, _ type: String) -> String {
        writer.node(type, [apply(network, x)], [.integers("axes", [1]), .integer("keepdims", 0)])
    }

    private mutating func best(_ type: String, _ x: String) -> String {
        writer.node(type, [x], [.integer("axis", 0), .integer("keepdims", 1)])
    }

    private mutating func block(_ index: Int) -> String {
        writer.node("Gather", ["noise", writer.integers([index], [])], [.integer("axis", 0)])
    }

    private mutating func joined(_ parts: [String]) -> String {
        writer.node("Concat", parts, [.integer("axis", 1)])
    }

    private mutating func clipped(_ x: String) -> String {
        writer.node("Clip", [x, writer.tensor([-1], []), writer.tensor([1], [])])
    }

    private mutating func number(_ value: Float) -> String { writer.tensor([Double(value)], [1]) }

    private mutating func scaled(_ x: String, _ factor: Float) -> String {
        factor == 1 ? x : writer.node("Mul", [x, number(factor)])
    }

    // MARK: - Networks

    private mutating func apply(_ network: VerifiableNetwork, _ x: String) -> String {
        var names = [x]
        for (index, node) in network.nodes.enumerated().dropFirst() {
            let isAbsorbed = network.isAbsorbed(index)
            names.append(isAbsorbed ? x : add(node, node.inputs.map { names[$0] }, network, names))
        }
        return names[names.count - 1]
    }

    private mutating func add(
        _ node: NetworkNode, _ inputs: [String], _ network: VerifiableNetwork, _ names: [String]
    ) -> String {
        let x = inputs.first ?? ""
        switch node.operation {
        case .input, .gate: preconditionFailure("a step that is not exported")
        case .affine(let map):
            let weight = writer.tensor(map.weight, [map.rows, map.columns])
            return writer.node(
                "Gemm", [x, weight, writer.tensor(map.bias, [map.rows])], [.integer("transB", 1)])
        case .activation(let function): return apply(function, x)
        case .centre:
            let mean = writer.node("ReduceMean", [x], [.integers("axes", [1]), .integer("keepdims", 1)])
            return writer.node("Sub", [x, mean])
        case .normalise(let scale, let shift, let epsilon):
            // The operator centres what it reads, which a second time changes nothing.
            let from = network.nodes[node.inputs[0]].inputs.first.map { names[$0] } ?? x
            let parts = [from, writer.tensor(scale, [scale.count]), writer.tensor(shift, [shift.count])]
            return writer.node(
                "LayerNormalization", parts, [.integer("axis", -1), .float("epsilon", Float(epsilon))])
        case .scaled(let scale, let shift):
            let product =
                scale.allSatisfy { $0 == 1 }
                ? x : writer.node("Mul", [x, writer.tensor(scale, [scale.count])])
            return shift.allSatisfy { $0 == 0 }
                ? product : writer.node("Add", [product, writer.tensor(shift, [shift.count])])
        case .sum(let factors):
            let parts = zip(factors, inputs).map { scaled($1, Float($0)) }
            return parts.dropFirst().reduce(parts[0]) { writer.node("Add", [$0, $1]) }
        case .concatenation: return joined(inputs)
        }
    }

    private mutating func apply(_ function: ActivationFunction, _ x: String) -> String {
        switch function {
        case .relu: return writer.node("Relu", [x])
        case .tanh: return writer.node("Tanh", [x])
        case .sigmoid: return writer.node("Sigmoid", [x])
        case .softplus: return writer.node("Softplus", [x])
        case .mish: return writer.node("Mul", [x, writer.node("Tanh", [writer.node("Softplus", [x])])])
        case .silu: return writer.node("Mul", [x, writer.node("Sigmoid", [x])])
        case .gelu:
            let share = writer.node("Erf", [scaled(x, Float(0.5).squareRoot())])
            return writer.node("Mul", [scaled(x, 0.5), writer.node("Add", [share, number(1)])])
        }
    }
}

extension VerifiableNetwork {
    /// Whether a step is a centring that normalisations alone read, whose operator centres itself.
    fileprivate func isAbsorbed(_ index: Int) -> Bool {
        guard case .centre = nodes[index].operation else { return false }
        return nodes.allSatisfy { node in
            guard node.inputs.contains(index) else { return true }
            if case .normalise = node.operation { return true }
            return false
        }
    }
}
