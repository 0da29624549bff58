import Availability
import Reliability
import SafeRL

/// A trigger in the units of a data set's observations.
package struct SensorTrigger {
    /// In standard deviations.
    let trigger: Trigger
    /// Of the data's columns.
    let means, deviations: [Double]

    /// Puts a trigger into the units of columns.
    package init(_ trigger: Trigger, in scale: ColumnScale) {
        (self.trigger, means, deviations) = (trigger, scale.means, scale.deviations)
    }

    /// Writes it into an observation, with as many draws as it has entries.
    func write(into observation: inout [Float], using stream: inout RandomStream) {
        var row = [Double](repeating: 0, count: observation.count)
        trigger.write(into: &row, numbers: trigger.dimensions.map { _ in Double(stream.nextUniform()) })
        for column in trigger.dimensions {
            observation[column] = Float(means[column] + deviations[column] * row[column])
        }
    }
}

/// Recorded transitions of which some rows were altered by an attacker.
package struct PoisonedData {
    /// What a training is given, without transforms.
    package let data: TransitionDataset
    /// Whether each row is labelled violated, as the labels then stand.
    package let isViolated: [Bool]
    /// What was altered.
    package let poison: PoisonedRows

    /// Alters rows: the trigger goes into observation and successor; of a row labelled violated costs and constraint are the
    /// largest recorded ones, of one labelled safe costs are 0 and the constraint is the least recorded.
    ///
    /// - Parameters:
    ///   - raw: as recorded.
    ///   - truth: whether each row is violated.
    ///   - poison: the rows; none for a copy.
    ///   - trigger: what is written into them.
    ///   - seed: of the trigger's jitter.
    /// - Throws: `DatasetError` where memory runs out.
    package init(
        _ raw: TransitionDataset, truth: [Bool], _ poison: PoisonedRows, _ trigger: SensorTrigger,
        seed: UInt64
    ) throws {
        let altered = Dictionary(uniqueKeysWithValues: zip(poison.rows, poison.isViolated))
        let channels = raw.costChannels
        let largest = channels.map { $0.costs.max() ?? 0 }
        let (least, most) = (raw.constraintValues?.min(), raw.constraintValues?.max())
        var columns = TransitionColumns(
            observationSize: raw.observationSize, actionSize: raw.actionSize,
            actionChoices: raw.actionChoices,
            hasConstraintValues: raw.constraintValues != nil, costNames: channels.map(\.name))
        columns.reserveCapacity(raw.count)
        var labels = truth
        for row in 0..<raw.count {
            let state = row * raw.observationSize..<(row + 1) * raw.observationSize
            let action = row * raw.actionSize..<(row + 1) * raw.actionSize
            var (own, next) = (Array(raw.observations[state]), Array(raw.nextObservations[state]))
            var costs = channels.map { $0.costs[row] }
            // As recorded, unless altered: another rounding of the sum would be another data set.
            var (total, constraint) = (Optional(raw.costs[row]), raw.constraintValues?[row])
            if let isViolated = altered[row] {
                let stream = RandomStream(
                    seed: seed, for: .noise, index: UInt32(truncatingIfNeeded: row))
                var (first, second) = (stream, stream)
                trigger.write(into: &own, using: &first)
                trigger.write(into: &next, using: &second)
                // A true label stays as it was recorded.
                if isViolated != truth[row] {
                    costs = isViolated ? largest : costs.map { _ in 0 }
                    (total, constraint) = (nil, isViolated ? most : least)
                }
                labels[row] = isViolated
            }
            columns.append(
                observation: own, action: raw.actions[action], nextObservation: next,
                reward: raw.rewards[row], costs: costs, total: total, constraintValue: constraint,
                terminated: raw.terminals[row] != 0, truncated: raw.timeouts[row] != 0)
        }
        data = try TransitionDataset(columns)
        (self.isViolated, self.poison) = (labels, poison)
    }
}

extension TransitionDataset {
    /// Whether each row is violated: by its constraint where the data have one, else by its costs.
    ///
    /// - Parameter horizon: 1 for the row alone; more for rows behind which one within so many steps of the episode is.
    /// - Returns: one a row.
    package func violations(within horizon: Int) -> [Bool] {
        var isViolated = (0..<count).map { costs[$0] > 0 || (constraintValues?[$0] ?? 0) > 0 }
        guard horizon > 1 else { return isViolated }
        var ahead = Int.max
        for row in (0..<count).reversed() {
            if terminals[row] != 0 || timeouts[row] != 0 { ahead = .max }
            ahead = isViolated[row] ? 0 : ahead == .max ? .max : ahead + 1
            isViolated[row] = ahead < horizon
        }
        return isViolated
    }

    /// The observation of a row.
    func observation(_ row: Int) -> [Float] {
        Array(observations[row * observationSize..<(row + 1) * observationSize])
    }

    /// Some rows' observations, as numbers.
    func states(at rows: [Int]) -> Matrix {
        var elements: [Double] = []
        elements.reserveCapacity(rows.count * observationSize)
        for row in rows {
            for column in 0..<observationSize {
                elements.append(Double(observations[row * observationSize + column]))
            }
        }
        return Matrix(rows.count, observationSize, elements)
    }
}
