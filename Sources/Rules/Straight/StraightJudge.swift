/// Judges many proposals at once by rules that have no past: the quickest yes there is.
///
/// Such rules say the same of a step whatever happened before it, so that one judge serves all episodes.
public struct StraightJudge: Sendable {
    private typealias Lanes = SIMD8<Double>
    /// Rows that are computed together.
    private static let width = Lanes.scalarCount

    private let code: StraightCode
    private var registers: [Lanes]

    /// Compiles a file of rules.
    ///
    /// - Returns: nothing where a rule has a past, reads calls, events or states, or is about the step ahead, and where the file has models.
    public init?(_ rules: RuleFile) {
        code = Program(rules).straight
        guard code.isWhole else { return nil }
        registers = code.registers.map { Lanes(repeating: $0) }
    }

    /// Whether every rule, watched ones too, is true of each action in what is observed.
    ///
    /// A yes stands for a proposal that `RuleMonitor.propose` allows without a broken rule; whether an episode ends with the step makes no
    /// difference to such rules. A no says nothing: a number without a value, even one that no rule looks at, is a no.
    ///
    /// - Parameters:
    ///   - actions: rows of the numbers that action signals read, as they would be done, `[rows, actionSize]`.
    ///   - observations: rows of the numbers that observation signals read, `[rows, observationSize]`.
    ///   - rows: how many.
    /// - Returns: one answer a row.
    public mutating func passes(_ actions: Span<Float>, seeing observations: Span<Float>, rows: Int) -> [Bool]
    {
        let (actionSize, observationSize) = (actions.count / max(rows, 1), observations.count / max(rows, 1))
        var answers = [Bool](repeating: false, count: rows)
        guard
            code.readings.allSatisfy({ $0.index < ($0.isAction ? actionSize : observationSize) })
        else { return answers }
        for first in stride(from: 0, to: rows, by: Self.width) {
            let count = min(Self.width, rows - first)
            var isFaulty = SIMDMask<SIMD8<Int64>>(repeating: false)
            for reading in code.readings {
                let size = reading.isAction ? actionSize : observationSize
                let lanes = Self.gather(
                    reading.isAction ? actions : observations, from: first * size + reading.index, by: size,
                    count)
                // No difference of what is not finite is 0.
                isFaulty .|= (lanes - lanes) .!= 0
                registers[reading.signal] = lanes
            }
            isFaulty .|= Self.run(code.instructions, &registers)
            for register in code.goals { isFaulty .|= registers[register] .== 0 }
            for lane in 0..<count { answers[first + lane] = !isFaulty[lane] }
        }
        return answers
    }

    /// Takes one number of each of some rows, eight at most; 0 for rows that are not there.
    @inline(__always)
    private static func gather(
        _ values: Span<Float>, from start: Int, by stride: Int, _ count: Int
    ) -> Lanes {
        precondition(
            start >= 0 && count > 0 && start + (count - 1) * stride < values.count,
            "row \(count) from \(start) by \(stride) of \(values.count) numbers")
        func value(_ lane: Int) -> Double { Double(values[unchecked: start + lane * stride]) }
        if count == width {
            return Lanes(value(0), value(1), value(2), value(3), value(4), value(5), value(6), value(7))
        }
        var lanes = Lanes(repeating: 0)
        for lane in 0..<count { lanes[lane] = value(lane) }
        return lanes
    }

    /// Computes all results.
    ///
    /// - Returns: the rows in which a number has no value.
    private static func run(
        _ instructions: [StraightCode.Instruction], _ registers: inout [Lanes]
    ) -> SIMDMask<SIMD8<Int64>> {
        let (none, one) = (Lanes(repeating: 0), Lanes(repeating: 1))
        var isFaulty = SIMDMask<SIMD8<Int64>>(repeating: false)
        registers.withUnsafeMutableBufferPointer { registers in
            for own in instructions {
                let (a, b) = (registers[Int(own.a)], registers[Int(own.b)])
                let result: Lanes
                switch own.code {
                case .negate: result = -a
                case .plus: result = a + b
                case .minus: result = a - b
                case .times: result = a * b
                case .over:
                    isFaulty .|= b .== none
                    result = a / b
                case .smallest: result = a.replacing(with: b, where: b .< a)
                case .largest: result = a.replacing(with: b, where: b .>= a)
                case .absolute: result = a.replacing(with: -a, where: a .<= none)
                case .root: result = a.squareRoot()
                case .square: result = a * a
                case .addSquare: result = a + b * b
                case .less: result = none.replacing(with: one, where: a .< b)
                case .atMost: result = none.replacing(with: one, where: a .<= b)
                case .more: result = none.replacing(with: one, where: a .> b)
                case .atLeast: result = none.replacing(with: one, where: a .>= b)
                case .equal: result = none.replacing(with: one, where: a .== b)
                case .unequal: result = none.replacing(with: one, where: a .!= b)
                case .not: result = one - a
                case .and: result = a * b
                case .or: result = a.replacing(with: b, where: b .> a)
                case .implies: result = (one - a).replacing(with: b, where: b .> one - a)
                }
                // Differences of infinities, and roots of what is below 0.
                isFaulty .|= result .!= result
                registers[Int(own.result)] = result
            }
        }
        return isFaulty
    }
}
