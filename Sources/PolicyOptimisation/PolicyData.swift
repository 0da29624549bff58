import Tensors

/// What a policy is asked about: observations and, for a finite choice, which actions are allowed there.
public struct PolicyInputs: Equatable, Sendable {
    /// `[rows, observation]`, at least one row.
    public let observations: Matrix
    /// `[rows, choices]` row by row, with at least one allowed action a row; nil where every action is allowed.
    public let allowed: [Bool]?

    /// Puts inputs together.
    ///
    /// - Parameters:
    ///   - observations: `[rows, observation]`, at least one row.
    ///   - allowed: `[rows, choices]` row by row, for a policy over a finite choice only; each row allows some action.
    public init(_ observations: Matrix, allowed: [Bool]? = nil) {
        precondition(observations.rows >= 1, "inputs without a row")
        if let allowed {
            let rows = observations.rows
            precondition(
                !allowed.isEmpty && allowed.count % rows == 0, "\(allowed.count) marks for \(rows) rows")
            let choices = allowed.count / rows
            for row in 0..<rows {
                precondition(
                    allowed[row * choices..<(row + 1) * choices].contains(true),
                    "row \(row) allows no action: give it a fallback before asking a policy")
            }
        }
        (self.observations, self.allowed) = (observations, allowed)
    }

    /// Number of rows.
    public var rows: Int { observations.rows }

    /// Some of the rows, in the order given.
    func rows(_ chosen: ArraySlice<Int>) -> PolicyInputs {
        PolicyInputs(
            observations.rows(at: Array(chosen)), allowed: allowed.map { Self.pick($0, chosen, of: rows) })
    }

    private static func pick(_ marks: [Bool], _ chosen: ArraySlice<Int>, of rows: Int) -> [Bool] {
        let choices = marks.count / rows
        return chosen.flatMap { marks[$0 * choices..<($0 + 1) * choices] }
    }
}

/// Actions, one a row: vectors, or numbers of a finite choice.
public enum PolicyActions: Equatable, Sendable {
    /// `[rows, action]`, of a Gaussian policy.
    case vectors(Matrix)
    /// Numbers in 0 ..< choices, of a categorical policy.
    case choices([Int])

    /// Number of rows.
    public var rows: Int {
        switch self {
        case .vectors(let vectors): vectors.rows
        case .choices(let choices): choices.count
        }
    }

    /// Some of the rows, in the order given.
    func rows(_ chosen: ArraySlice<Int>) -> PolicyActions {
        switch self {
        case .vectors(let vectors): .vectors(vectors.rows(at: Array(chosen)))
        case .choices(let choices): .choices(chosen.map { choices[$0] })
        }
    }
}

/// The distributions that a policy gives for rows of inputs, as numbers.
public struct ActionPoint: Equatable, Sendable {
    /// `[rows, outputs]`: means of a Gaussian, log-probabilities of a finite choice (−∞ where not allowed).
    public internal(set) var rows: Matrix
    /// What all rows share: the log standard deviations of a Gaussian.
    public internal(set) var shared: [Double]
}
