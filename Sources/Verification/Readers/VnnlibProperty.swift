import Storage

/// A property in the subset of VNN-LIB that says where a network is unsafe: boxes of inputs, and there linear comparisons of outputs.
///
/// `declare-const X_i|Y_i Real`; `assert` of `<=` and `>=` between an X and a number, a Y and a number, or two Ys, with `and` and
/// `or`. Numbers are read as the nearest `Double`.
package struct VnnlibProperty: Sendable {
    /// Numbers of inputs and outputs that are declared.
    package let inputs, outputs: Int
    /// Boxes with what must not happen in them.
    package let questions: [SafetyQuestion]
    /// SHA-256 of the file.
    package let digest: String

    /// Alternatives that the asserts may multiply out to.
    static let mostAlternatives = 1000

    /// Reads a file of at most 1 MiB.
    ///
    /// - Throws: `StorageError`; `VerificationError` with the line.
    package init(contentsOf path: String) throws {
        try self.init(try fileContents(path, limit: 1 << 20), path: path)
    }

    /// Reads a text.
    package init(_ bytes: [UInt8], path: String) throws(VerificationError) {
        let fault = FaultPlace(path)
        var reader = VnnlibReader(fault)
        for expression in try SExpression.all(in: bytes, fault) { try reader.take(expression) }
        (inputs, outputs) = (reader.inputs, reader.outputs)
        questions = try reader.questions()
        digest = SHA256.hexadecimal(of: bytes)
    }
}

/// Collects declarations and asserts.
struct VnnlibReader {
    /// One comparison.
    enum Atom {
        case atMost(input: Int, Double)
        case atLeast(input: Int, Double)
        /// Σ factor·Y + offset ≤ 0.
        case outputs([(index: Int, factor: Double)], Double)
    }

    private let fault: FaultPlace
    private var isDeclared: [[Bool]] = [[], []]
    /// Alternatives so far: each a conjunction.
    private var alternatives: [[Atom]] = [[]]

    /// Nothing declared yet.
    init(_ fault: FaultPlace) { self.fault = fault }

    /// How many inputs are declared.
    var inputs: Int { isDeclared[0].count }
    /// How many outputs are declared.
    var outputs: Int { isDeclared[1].count }

    /// Takes one command of the file.
    mutating func take(_ expression: SExpression) throws(VerificationError) {
        let line = "\(expression.line)"
        guard let parts = expression.parts, let command = parts.first?.word else {
            throw fault("a declare-const or an assert is expected.", at: line)
        }
        switch command {
        case "declare-const":
            guard parts.count == 3, let name = parts[1].word, parts[2].word == "Real" else {
                throw fault("(declare-const X_0 Real) is expected.", at: line)
            }
            let (kind, index) = try variable(name, expression.line)
            while isDeclared[kind].count <= index { isDeclared[kind].append(false) }
            guard !isDeclared[kind][index] else { throw fault("\(name) is declared twice.", at: line) }
            isDeclared[kind][index] = true
        case "assert":
            guard parts.count == 2 else { throw fault("an assert has one expression.", at: line) }
            let added = try expand(parts[1])
            guard alternatives.count * added.count <= VnnlibProperty.mostAlternatives else {
                throw fault("more than \(VnnlibProperty.mostAlternatives) alternatives in all.", at: line)
            }
            alternatives = alternatives.flatMap { old in added.map { old + $0 } }
        default: throw fault("\(command) is not read; declare-const and assert are.", at: line)
        }
    }

    private func variable(_ name: String, _ line: Int) throws(VerificationError) -> (kind: Int, index: Int) {
        let digits = name.dropFirst(2)
        guard name.hasPrefix("X_") || name.hasPrefix("Y_"), !digits.isEmpty, digits.utf8.count <= 4,
            digits.utf8.allSatisfy({ 48...57 ~= $0 }), let index = Int(digits), index < 4096
        else { throw fault("\(name) is not a variable X_i or Y_i.", at: "\(line)") }
        return (name.hasPrefix("X_") ? 0 : 1, index)
    }

    /// An expression as alternatives of conjunctions.
    private func expand(_ expression: SExpression) throws(VerificationError) -> [[Atom]] {
        let line = "\(expression.line)"
        guard let parts = expression.parts, let head = parts.first?.word else {
            throw fault("a comparison, an and or an or is expected.", at: line)
        }
        switch head {
        case "and":
            var result: [[Atom]] = [[]]
            for part in parts.dropFirst() {
                let added = try expand(part)
                guard result.count * added.count <= VnnlibProperty.mostAlternatives else {
                    throw fault("more than \(VnnlibProperty.mostAlternatives) alternatives.", at: line)
                }
                result = result.flatMap { old in added.map { old + $0 } }
            }
            return result
        case "or":
            guard parts.count > 1 else { throw fault("an or of nothing.", at: line) }
            var result: [[Atom]] = []
            for part in parts.dropFirst() { result += try expand(part) }
            guard result.count <= VnnlibProperty.mostAlternatives else {
                throw fault("more than \(VnnlibProperty.mostAlternatives) alternatives.", at: line)
            }
            return result
        case "<=", ">=":
            guard parts.count == 3 else { throw fault("\(head) compares two terms.", at: line) }
            return [[try compare(parts[head == "<=" ? 1 : 2], parts[head == "<=" ? 2 : 1])]]
        case "<", ">": throw fault("\(head) is strict; only <= and >= are read.", at: line)
        default: throw fault("\(head) is not read; <=, >=, and, or are.", at: line)
        }
    }

    private enum Term {
        case input(Int)
        case output(Int)
        case number(Double)
    }

    private func term(_ expression: SExpression) throws(VerificationError) -> Term {
        let line = "\(expression.line)"
        guard let word = expression.word else {
            throw fault("a variable or a number is expected; sums and products are not read.", at: line)
        }
        if word.first == "X" || word.first == "Y" {
            let (kind, index) = try variable(word, expression.line)
            guard index < isDeclared[kind].count, isDeclared[kind][index] else {
                throw fault("\(word) is not declared.", at: line)
            }
            return kind == 0 ? .input(index) : .output(index)
        }
        guard word.utf8.allSatisfy({ 48...57 ~= $0 || [43, 45, 46, 69, 101].contains($0) }),
            let number = Double(word),
            number.isFinite
        else { throw fault("\(word) is not a finite number.", at: line) }
        return .number(number)
    }

    /// a ≤ b.
    private func compare(_ a: SExpression, _ b: SExpression) throws(VerificationError) -> Atom {
        switch (try term(a), try term(b)) {
        case (.input(let i), .number(let x)): return .atMost(input: i, x)
        case (.number(let x), .input(let i)): return .atLeast(input: i, x)
        case (.output(let i), .number(let x)): return .outputs([(i, 1)], -x)
        case (.number(let x), .output(let i)): return .outputs([(i, -1)], x)
        case (.output(let i), .output(let j)): return .outputs([(i, 1), (j, -1)], 0)
        default:
            throw fault(
                "an input is compared with a number, an output with a number or an output.", at: "\(a.line)")
        }
    }

    /// The alternatives, those of equal boxes together.
    func questions() throws(VerificationError) -> [SafetyQuestion] {
        for (kind, name) in ["X", "Y"].enumerated() {
            guard let missing = isDeclared[kind].firstIndex(of: false) else {
                if isDeclared[kind].isEmpty { throw fault("no \(name)_0 is declared.") }
                continue
            }
            throw fault("\(name)_\(missing) is not declared.")
        }
        var (boxes, sets) = ([[ClosedInterval]](), [[ClosedInterval]: [[OutputConstraint]]]())
        for atoms in alternatives {
            let (box, rows) = try split(atoms)
            if sets[box] == nil { boxes.append(box) }
            sets[box, default: []].append(rows)
        }
        return boxes.map { SafetyQuestion($0, unsafe: sets[$0] ?? []) }
    }

    private func split(_ atoms: [Atom]) throws(VerificationError) -> ([ClosedInterval], [OutputConstraint]) {
        var low = [Double](repeating: -.infinity, count: inputs)
        var high = [Double](repeating: .infinity, count: inputs)
        var rows: [OutputConstraint] = []
        for atom in atoms {
            switch atom {
            case .atMost(let i, let x): high[i] = min(high[i], x)
            case .atLeast(let i, let x): low[i] = max(low[i], x)
            case .outputs(let terms, let offset):
                var coefficients = [Double](repeating: 0, count: outputs)
                for (index, factor) in terms { coefficients[index] += factor }
                rows.append(OutputConstraint(coefficients, plus: offset))
            }
        }
        for i in 0..<inputs {
            guard low[i].isFinite && high[i].isFinite else {
                throw fault("X_\(i) has no \(low[i].isFinite ? "upper" : "lower") bound.")
            }
            guard low[i] <= high[i] else {
                throw fault(
                    "X_\(i) lies between \(low[i]) and \(high[i]): an empty box, for which everything holds.")
            }
        }
        guard !rows.isEmpty else {
            throw fault("an alternative compares no output: every input would be unsafe.")
        }
        guard rows.count <= BoxBounds.rowsAtOnce / 2 else {
            throw fault("\(rows.count) comparisons in one conjunction; at most \(BoxBounds.rowsAtOnce / 2).")
        }
        return (low.indices.map { ClosedInterval(low[$0], high[$0]) }, rows)
    }
}
