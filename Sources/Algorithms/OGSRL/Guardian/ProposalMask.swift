import Dynamics
import Guardians
import PolicyOptimisation
import SafeRL

/// What a policy of finite choices may propose in a state: the choices that the guardian calls inside.
///
/// A state in which all are refused keeps one of them: the least outside, of several such the one recorded most often, of
/// several such the first.
struct ProposalMask: Sendable {
    private let guardian: any SupportGuardian
    /// `[choices, A]`.
    private let table: Matrix
    /// How often each choice was recorded.
    private let records: [Int]
    /// Pairs that the guardian is asked about at once.
    private static let mostPairs = 1 << 15
    /// Choices up to which asking about each in every state is a matter of course.
    static let mostChoices = 4096

    /// - Parameters:
    ///   - form: of the policy; there is no mask for one that proposes anything.
    ///   - guardian: who refuses; without one there is no mask.
    init?(_ form: PolicySpaces, _ guardian: (any SupportGuardian)?) {
        guard let guardian, let table = form.actionTable, let records = form.records else { return nil }
        (self.guardian, self.table, self.records) = (guardian, table, records)
    }

    /// Which choices may be proposed.
    ///
    /// - Parameter states: `[n, S]`, finite.
    /// - Returns: `[n, choices]` row by row, at least one a row.
    /// - Throws: `GuardianError`; what a model throws.
    func allowed(in states: Matrix) throws -> [Bool] {
        var marks: [Bool] = []
        marks.reserveCapacity(states.rows * table.rows)
        let size = max(1, Self.mostPairs / table.rows)
        for first in stride(from: 0, to: states.rows, by: size) {
            let own = states.rows(at: Array(first..<min(first + size, states.rows)))
            marks += try guardian.isOutside(Self.pairs(of: own, table)).map { !$0 }
        }
        let refused = (0..<states.rows).filter { row in
            !marks[row * table.rows..<(row + 1) * table.rows].contains(true)
        }
        for (row, choice) in zip(refused, try leastOutside(in: states.rows(at: refused))) {
            marks[row * table.rows + choice] = true
        }
        return marks
    }

    /// The one choice that is left where all are refused.
    ///
    /// - Parameter states: `[n, S]`, finite; may be empty.
    /// - Returns: the number of a choice for each.
    /// - Throws: as `allowed`.
    func leastOutside(in states: Matrix) throws -> [Int] {
        try (0..<states.rows).map { row in
            let scores = try guardian.score(Self.pairs(of: states.rows(at: [row]), table))
            return Self.leastOutside(scores[...], records)
        }
    }

    /// The first of the most recorded of the lowest scores.
    ///
    /// - Parameters:
    ///   - scores: of the choices in one state, at least one.
    ///   - records: how often each choice was recorded; nil where that does not count.
    /// - Returns: the number of a choice.
    static func leastOutside(_ scores: ArraySlice<Double>, _ records: [Int]?) -> Int {
        let first = scores.startIndex
        return scores.indices.reduce(first) { best, at in
            if scores[at] != scores[best] { return scores[at] < scores[best] ? at : best }
            guard let records else { return best }
            return records[at - first] > records[best - first] ? at : best
        } - first
    }

    /// Every choice in every state, `[n · choices, S + A]`.
    static func pairs(of states: Matrix, _ table: Matrix) -> Matrix {
        let (n, k) = (states.rows, table.rows)
        return states.rows(at: (0..<n * k).map { $0 / k }).joined(table.rows(at: (0..<n * k).map { $0 % k }))
    }
}

/// A mask that asks once about a state: roll-outs come back to the same states again and again.
final class RememberedMask {
    private let mask: ProposalMask
    private let choices: Int
    private var states: DistinctRows
    private var marks: [Bool] = []
    /// Marks that are kept; all are forgotten beyond.
    private static let mostMarks = 1 << 24

    init(_ mask: ProposalMask, observation: Int, choices: Int) {
        (self.mask, self.choices, states) = (mask, choices, DistinctRows(columns: observation))
    }

    /// As `ProposalMask.allowed`.
    func allowed(in rows: Matrix) throws -> [Bool] {
        if marks.count > Self.mostMarks { (states, marks) = (DistinctRows(columns: states.columns), []) }
        let before = states.count
        let numbers = states.insert(rows)
        var fresh: [Int] = []
        for (row, number) in numbers.enumerated() where number == before + fresh.count { fresh.append(row) }
        do { if !fresh.isEmpty { marks += try mask.allowed(in: rows.rows(at: fresh)) } } catch {
            (states, marks) = (DistinctRows(columns: states.columns), [])
            throw error
        }
        var allowed: [Bool] = []
        allowed.reserveCapacity(numbers.count * choices)
        for number in numbers { allowed += marks[number * choices..<(number + 1) * choices] }
        return allowed
    }
}
