import Foundation
import Solvers
import Tensors
import Testing
import Verification

/// A small ReLU network, for a verifier and, as text of SMT-LIB over the reals, for a solver.
private struct SolvedNetwork {
    let network: VerifiableNetwork
    let box: [ClosedInterval]
    /// Declares the inputs `x0` … within the box, and defines `y`.
    let text: String

    /// One to three inputs, one or two hidden layers, twelve units at most, one output.
    init(_ random: inout RandomStream) {
        func below(_ count: Int) -> Int { random.nextInteger(below: count) }
        // Numbers of single precision, as networks store them; some are 0.
        func number(_ scale: Double) -> Double {
            below(8) == 0 ? 0 : Double(Float(scale * (2 * random.nextPreciseUniform() - 1)))
        }
        let inputs = 1 + below(3)
        let widths = below(2) == 0 ? [2 + below(11)] : [2 + below(5), 2 + below(5)]
        let scale = [0.5, 1, 4][below(3)]
        box = (0..<inputs).map { _ in
            let low = number(2)
            return ClosedInterval(low, low + [0, 1e-3, 0.5, 2][below(4)])
        }
        var lines = box.enumerated().map { index, side in
            "(declare-const x\(index) Real)(assert (and (<= \(Self.text(side.low)) x\(index)) "
                + "(<= x\(index) \(Self.text(side.high)))))"
        }
        var builder = NetworkBuilder(inputs: inputs)
        var (place, names) = (0, (0..<inputs).map { "x\($0)" })
        for (layer, width) in (widths + [1]).enumerated() {
            let weight = (0..<width * names.count).map { _ in number(scale) }
            let bias = (0..<width).map { _ in number(scale) }
            let isLast = layer == widths.count
            place = builder.affine(AffineMap(width, names.count, weight: weight, bias: bias), place)
            if !isLast { place = builder.activation(.relu, place) }
            let next = isLast ? ["y"] : (0..<width).map { "h\(layer)_\($0)" }
            for (row, name) in next.enumerated() {
                let terms = names.indices.map {
                    "(* \(Self.text(weight[row * names.count + $0])) \(names[$0]))"
                }
                let sum = "(+ \(Self.text(bias[row])) \(terms.joined(separator: " ")))"
                lines.append("(declare-const \(name) Real)")
                lines.append(
                    "(assert (= \(name) \(isLast ? sum : "(let ((s \(sum))) (ite (>= s 0.0) s 0.0))")))")
            }
            names = next
        }
        network = VerifiableNetwork(builder.nodes)
        text = lines.joined(separator: "\n")
    }

    /// A number of double precision, exactly.
    static func text(_ value: Double) -> String {
        guard value != 0 else { return "0.0" }
        let whole = value.significandBitPattern | (1 << 52)
        var (exponent, text) = (Int(value.exponent) - 52, "\(whole).0")
        while exponent < 0 {
            let step = min(62, -exponent)
            text = "(/ \(text) \(UInt64(1) << step).0)"
            exponent += step
        }
        if exponent > 0 { text = "(* \(text) \(UInt64(1) << exponent).0)" }
        return value < 0 ? "(- \(text))" : text
    }

    /// Whether an output meets a condition, by the solver.
    func has(_ condition: String, _ session: inout Z3Session) -> String? {
        var said: String?
        // The time-out is one of the process, and other tests beside this one set their own.
        for _ in 0..<20 {
            guard session.run("(set-option :timeout 60000)(push)\n\(text)\n(assert \(condition))") != nil
            else { return nil }
            said = session.run("(set-option :timeout 60000)(check-sat)")?.filter { !$0.isWhitespace }
            _ = session.run("(pop)")
            if said != "unknown" { break }
        }
        return said
    }
}

/// Bounds of small ReLU networks against a solver that computes with fractions: no output of any input of the box is outside.
@Suite(.enabled(if: (try? Z3Library()) != nil, "libz3.so.4 is not installed (apt-get install libz3-4)"))
struct SolvedNetworkTests {
    /// How many networks: 2,000 in the campaign.
    private static let count =
        ProcessInfo.processInfo.environment["SAFERL_SOLVED_NETWORKS"].flatMap { Int($0) } ?? 60

    @Test func aSolverFindsNoOutputOutsideOfBounds() throws {
        var random = RandomStream(seed: 51, for: .testing)
        var session = try Z3Session(try Z3Library())
        for index in 0..<Self.count {
            let asked = SolvedNetwork(&random)
            let bounds = OutputBounds.over(asked.box, asked.network, .real)[0]
            let range = Verifier(limits: SearchLimits(boxes: 200)).range(
                of: [1], asked.network, over: asked.box, .real, tolerance: 1e-6)
            for outer in [bounds, range.outer] {
                let outside =
                    "(or (< y \(SolvedNetwork.text(outer.low))) (> y \(SolvedNetwork.text(outer.high))))"
                #expect(asked.has(outside, &session) == "unsat", "network \(index): \(outer)")
            }
            // The solver's network is the verifier's: what was found it finds as well, and rounding aside no more than the range.
            let slack = 1e-9 * max(1, abs(range.attained.low), abs(range.attained.high))
            let found =
                "(and (>= y \(SolvedNetwork.text(range.attained.high - slack))) (<= y \(SolvedNetwork.text(range.attained.high + slack))))"
            #expect(asked.has(found, &session) == "sat", "network \(index): \(range.attained)")
        }
    }
}
