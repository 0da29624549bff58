import Storage

/// What is asked of a network.
public struct VerificationProperty: Sendable {
    /// The kinds of questions.
    public enum Kind: Sendable {
        /// Σ objective·N(x) stays within limits; without limits its range is asked.
        case range(objective: [Double], atLeast: Double?, atMost: Double?)
        /// No input of the boxes is unsafe, by a VNN-LIB file.
        case holds
        /// Output `choice` stays the largest, by more than nothing.
        case robust(choice: Int)
        /// No output moves by more than `change` from where it is at the centre.
        case steady(change: Double)
        /// Outputs stay within limits, before anything clips them.
        case bounds(low: [Double], high: [Double])
        /// An output does not fall as an input rises.
        case monotone(output: Int, input: Int)
    }

    /// Which one.
    public let kind: Kind
    /// Where: one interval an input; of `holds` the boxes are the file's.
    public let box: [ClosedInterval]
    /// What the network is taken to compute.
    public let semantics: Semantics
    /// The centre of `steady`.
    package let centre: [Double]
    /// The questions of a VNN-LIB file.
    package let given: [SafetyQuestion]
    /// The property as JSON, canonical.
    package let json: JSONValue

    /// SHA-256 of its canonical JSON, which for `holds` names the file by hash.
    public var digest: String { SHA256.hexadecimal(of: json.sortingKeys().compact.utf8) }

    /// Puts a property together.
    package init(
        _ kind: Kind, box: [ClosedInterval], semantics: Semantics, centre: [Double] = [],
        given: [SafetyQuestion] = [],
        json: JSONValue
    ) {
        (self.kind, self.box, self.semantics) = (kind, box, semantics)
        (self.centre, self.given, self.json) = (centre, given, json)
    }

    /// A property in VNN-LIB.
    package init(_ property: VnnlibProperty, semantics: Semantics) {
        self.init(
            .holds, box: property.questions.first?.box ?? [], semantics: semantics, given: property.questions,
            json: .object([
                ("kind", .text("holds")), ("file", .text("sha256:" + property.digest)),
                ("semantics", .text(semantics.rawValue)),
            ]))
    }

    /// Reads a property in VNN-LIB.
    ///
    /// - Parameters:
    ///   - path: of a file of at most 1 MiB.
    ///   - semantics: `real` is VNN-LIB's.
    /// - Throws: `StorageError`; `VerificationError` with the line.
    public init(vnnlib path: String, semantics: Semantics = .real) throws {
        self.init(try VnnlibProperty(contentsOf: path), semantics: semantics)
    }

    /// Checks that a network has the numbers that the property speaks of, and is not too large.
    ///
    /// - Throws: `VerificationError`.
    package func check(_ network: VerifiableNetwork) throws(VerificationError) {
        guard network.memory <= 8 << 30 else {
            throw VerificationError(
                "network", "bounds of it would take \(network.memory >> 30) GiB; at most 8 are taken.",
                .inputOutput)
        }
        func meets(_ name: String, _ count: Int, _ expected: Int) throws(VerificationError) {
            guard count == expected else {
                throw VerificationError(
                    "property",
                    "it has \(count) \(name), and the network \(expected). Name the network it was written for."
                )
            }
        }
        try meets("inputs", box.count, network.inputs)
        switch kind {
        case .range(let objective, _, _): try meets("objective weights", objective.count, network.outputs)
        case .holds:
            for question in given {
                for set in question.unsafe {
                    for row in set { try meets("outputs", row.coefficients.count, network.outputs) }
                }
            }
        case .robust(let choice):
            guard choice < network.outputs, network.outputs > 1 else {
                throw VerificationError(
                    "property", "class \(choice) is none of the network's \(network.outputs) outputs.")
            }
        case .steady: break
        case .bounds(let low, _): try meets("limits", low.count, network.outputs)
        case .monotone(let output, let input):
            guard output < network.outputs, input < network.inputs else {
                throw VerificationError(
                    "property",
                    "output \(output) or input \(input) is none of the network's \(network.outputs) and \(network.inputs)."
                )
            }
        }
    }

    /// The question in terms of unsafe outputs, of the network or of its derivative.
    func questions(of network: VerifiableNetwork) -> [SafetyQuestion] {
        func row(_ entries: [(Int, Double)], plus offset: Double, isStrict: Bool = true) -> OutputConstraint {
            var coefficients = [Double](repeating: 0, count: network.outputs)
            for (index, value) in entries { coefficients[index] += value }
            return OutputConstraint(coefficients, plus: offset, isStrict: isStrict)
        }
        var unsafe: [[OutputConstraint]] = []
        switch kind {
        case .holds: return given
        case .range(let objective, let atLeast, let atMost):
            if let atLeast { unsafe.append([OutputConstraint(objective, plus: -atLeast, isStrict: true)]) }
            if let atMost {
                unsafe.append([OutputConstraint(objective.map { -$0 }, plus: atMost, isStrict: true)])
            }
        case .robust(let choice):
            for other in 0..<network.outputs where other != choice {
                unsafe.append([row([(choice, 1), (other, -1)], plus: 0, isStrict: false)])
            }
        case .steady(let change):
            for (output, value) in network.outputs(at: centre).enumerated() {
                unsafe.append([row([(output, -1)], plus: value + change)])
                unsafe.append([row([(output, 1)], plus: change - value)])
            }
        case .bounds(let low, let high):
            for output in low.indices {
                unsafe.append([row([(output, 1)], plus: -low[output])])
                unsafe.append([row([(output, -1)], plus: high[output])])
            }
        case .monotone(let output, _): unsafe.append([row([(output, 1)], plus: 0)])
        }
        return [SafetyQuestion(box, unsafe: unsafe)]
    }
}
