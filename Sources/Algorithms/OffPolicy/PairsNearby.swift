import Foundation
import Guardians
import OffPolicyEvaluation
import SafeRL

/// Recorded pairs of a state and an action, and states of other episodes in which a policy's actions are compared.
struct PairsNearby {
    private let guardian: NeighbourGuardian
    /// States that are looked at, `[states, observationSize]`, and what was done there.
    private let observations, actions: [Float]
    private let actionSize: Int
    private let choices: Int?

    /// Most pairs that the guardian remembers, and most states that are looked at.
    private static let mostPairs = 5000, mostStates = 2000

    /// Fits the guardian to pairs of half of the episodes, and keeps states of the others.
    ///
    /// - Throws: `GuardianError`.
    init(_ steps: RecordedSteps, _ data: TransitionDataset, seed: UInt64) throws {
        let (width, size) = (steps.observationSize, steps.actionSize)
        func thinned(_ rows: [Int], _ most: Int) -> [Int] {
            guard rows.count > most else { return rows }
            return (0..<most).map { rows[$0 * rows.count / most] }
        }
        let fitted = thinned(
            (0..<steps.count).filter { steps.episodes[$0].isMultiple(of: 2) }, Self.mostPairs)
        let looked = thinned(
            (0..<steps.count).filter { !steps.episodes[$0].isMultiple(of: 2) }, Self.mostStates)
        func rows(_ column: [Float], _ size: Int, _ numbers: [Int]) -> [Float] {
            numbers.flatMap { column[$0 * size..<($0 + 1) * size] }
        }
        observations = rows(steps.observations, width, looked)
        actions = rows(steps.actions, size, looked)
        (actionSize, choices) = (size, steps.actionChoices)
        var options = NeighbourGuardian.Configuration()
        options.neighbours = min(options.neighbours, max(fitted.count - 1, 1))
        guardian = try NeighbourGuardian(
            options,
            fittedTo: GuardianData(
                points: Self.pairs(
                    rows(steps.observations, width, fitted), rows(steps.actions, size, fitted), size,
                    choices)))
    }

    /// Standing side by side; of choices a 1 in the choice's place.
    private static func pairs(_ observations: [Float], _ actions: [Float], _ size: Int, _ choices: Int?)
        -> Matrix
    {
        let rows = actions.count / size
        let states = Matrix(rows, observations.count / max(rows, 1), observations.map(Double.init))
        guard let choices else { return states.joined(Matrix(rows, size, actions.map(Double.init))) }
        var taken = Matrix(rows, choices)
        for row in 0..<rows { taken[row, min(max(Int(actions[row]), 0), choices - 1)] = 1 }
        return states.joined(taken)
    }

    /// Compares a policy.
    ///
    /// - Parameters:
    ///   - policy: what acts.
    ///   - table: whose actions its own count as, where states and actions are few.
    ///   - unseen: share of its actions that nobody took there.
    /// - Returns: shares and distances.
    /// - Throws: as `PolicyOnRecords.actions`.
    func nearness(
        of policy: inout PolicyOnRecords, _ table: HorizonTable?, unseen: Double?
    ) throws -> PolicyEstimate.Nearness {
        var own = try policy.actions(at: observations, part: 2)
        let rows = actions.count / actionSize
        if let table {
            own = (0..<rows).flatMap { row in
                let taken = own[row * actionSize..<(row + 1) * actionSize]
                return table.number(of: taken).map { table.actions[$0] } ?? Array(taken)
            }
        }
        var (equal, distance) = (0, 0.0)
        for row in 0..<rows {
            let square = (row * actionSize..<(row + 1) * actionSize).reduce(0.0) { sum, place in
                let difference = Double(own[place]) - Double(actions[place])
                return sum + difference * difference
            }
            if square == 0 { equal += 1 }
            distance += square.squareRoot() / Double(rows)
        }
        func share(_ actions: [Float]) throws -> Double {
            let outside = try guardian.isOutside(Self.pairs(observations, actions, actionSize, choices))
            return Double(outside.count { $0 }) / Double(rows)
        }
        let isFinite = choices != nil || table != nil
        return PolicyEstimate.Nearness(
            states: rows, equalShare: isFinite ? Double(equal) / Double(rows) : nil,
            meanDistance: choices == nil ? distance : nil, outsideShare: try share(own),
            recordedOutsideShare: try share(actions), unseenShare: unseen)
    }
}
