import Foundation
import OffPolicyEvaluation
import SafeRL

/// A trained policy as estimates from recordings ask it: at many observations, each by itself, nothing run.
struct PolicyOnRecords {
    private var policy: any Policy
    private let seed: UInt64

    /// Observations that are asked for together: a policy that draws candidates needs memory for each.
    private static let batch = 128
    /// How often a policy that may draw its actions is asked in a state of a table.
    private static let draws = 32

    /// Takes a policy without a memory.
    init(_ policy: any Policy, seed: UInt64) { (self.policy, self.seed) = (policy, seed) }

    /// One action for each observation.
    ///
    /// - Parameters:
    ///   - observations: `[rows, observationSize]`.
    ///   - part: what the rows are, for streams of their own.
    /// - Returns: `[rows, actionSize]`.
    /// - Throws: `EstimateError.badAction`, and what the policy throws.
    mutating func actions(at observations: [Float], part: Int) throws -> [Float] {
        let (width, size) = (policy.observationSize, policy.actionSize)
        let rows = observations.count / width
        var result: [Float] = []
        result.reserveCapacity(rows * size)
        for start in stride(from: 0, to: rows, by: Self.batch) {
            let end = min(start + Self.batch, rows)
            let seen = Array(observations[start * width..<end * width])
            var actions = [Float](repeating: .nan, count: (end - start) * size)
            var streams = (start..<end).map { row in
                RandomStream(
                    seed: seed &+ UInt64(part) &* 0x9e37_79b9_7f4a_7c15, for: .action,
                    index: UInt32(truncatingIfNeeded: row))
            }
            do {
                var written = actions.mutableSpan
                var drawn = streams.mutableSpan
                try policy.act(on: seen.span, actions: &written, using: &drawn)
            }
            if let bad = actions.first(where: { !$0.isFinite }) { throw EstimateError.badAction(bad) }
            result += actions
        }
        return result
    }

    /// How probable each recorded action is in each state of a table; what is missing to 1 is for choices that nobody took.
    ///
    /// - Returns: `[states, actions]`, and whether the policy stated them: else they are shares of draws.
    /// - Throws: as `actions`, and what the policy throws.
    mutating func law(over table: HorizonTable) throws -> (probabilities: [Double], isStated: Bool) {
        let (states, count) = (table.states.count, table.actions.count)
        var law = [Double](repeating: 0, count: states * count)
        if let choosing = policy.choosing {
            let numbers = choosing.choices.map { table.number(of: $0[...]) }
            let stated = try choosing.probabilities(in: table.states.flatMap(\.self))
            for state in 0..<states {
                for (choice, number) in numbers.enumerated() {
                    guard let number else { continue }
                    law[state * count + number] += stated[state * numbers.count + choice]
                }
            }
            return (law, true)
        }
        for draw in 0..<Self.draws {
            let actions = try actions(at: table.states.flatMap(\.self), part: 3 + draw)
            for state in 0..<states {
                let own = actions[state * policy.actionSize..<(state + 1) * policy.actionSize]
                guard let number = table.number(of: own) else { continue }
                law[state * count + number] += 1 / Double(Self.draws)
            }
        }
        return (law, false)
    }

    /// The learned feasibility values of observations; nil from a policy that judges no states.
    func feasibility(of observations: [Float]) -> [Float]? {
        var values: [Float] = []
        let step = Self.batch * policy.observationSize
        for start in stride(from: 0, to: observations.count, by: step) {
            let part = Array(observations[start..<min(start + step, observations.count)])
            guard let judged = policy.feasibilityValues(of: part.span) else { return nil }
            values += judged
        }
        return values
    }
}

/// Why a policy's value cannot be estimated from a recording.
public enum EstimateError: Fault, Equatable {
    /// The recording has other sizes than the policy: of observations or actions.
    case otherSizes(file: String, recorded: [Int], policy: [Int])
    /// One has choices, the other real numbers or other choices: nil for real numbers.
    case otherActions(file: String, recorded: Int?, policy: Int?)
    /// A policy that remembers so many steps, or with 0 how its episode went.
    case remembers(Int)
    /// A recording of another task than the policy was trained on, by the name of the file.
    case otherTask(file: String, recorded: String, trained: String)
    /// A recording whose sizes are not those of the task that was named.
    case notOfTask(file: String, task: String)
    /// An action that is no number.
    case badAction(Float)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .otherSizes, .otherActions, .otherTask, .notOfTask, .badAction: .badData
        case .remembers: .usage
        }
    }

    /// One sentence.
    public var description: String {
        switch self {
        case .otherSizes(let file, let recorded, let policy):
            "\(file): observations of \(recorded[0]) and actions of \(recorded[1]) values, the policy's have \(policy[0]) "
                + "and \(policy[1]). Name a recording of the task that the policy was trained for."
        case .otherActions(let file, let recorded, let policy):
            "\(file): its actions are \(Self.words(recorded)), the policy's are \(Self.words(policy)). Name a recording of "
                + "the task that the policy was trained for."
        case .otherTask(let file, let recorded, let trained):
            "\(file): named as data of \(recorded), and the policy was trained on \(trained). Name a recording of that task, or "
                + "say with --task which one it is of."
        case .notOfTask(let file, let task):
            "\(file): its sizes are not those of \(task). Name its task with --task, or leave that out."
        case .remembers(let steps):
            "the policy remembers \(EvaluationError.past(steps)), and estimates from a recording ask for actions in single states. Judge it "
                + "by episodes in an environment, without --data."
        case .badAction(let value):
            "the policy's action in a recorded state is \(value). Name an older checkpoint; no figures were written."
        }
    }

    private static func words(_ choices: Int?) -> String {
        choices.map { "one of \($0) choices" } ?? "real numbers"
    }
}
