/// Something odd in a data set that training survives.
public enum DatasetWarning: Equatable, Sendable {
    /// The file had no next observations.
    case derivedNextObservations(truncatedEpisodes: Int)
    /// Rows after the last episode end.
    case unendedTail(rows: Range<Int>)
    /// Rows that are terminal and timeout at once; they count as terminated.
    case bothEndings(rows: Int, first: Int)
    /// Rows inside an episode whose next observation is not the following row's observation.
    case misalignedNextObservations(rows: Int, first: Int)
    /// Components that never change.
    case constantColumn(String, components: [Int])
    /// Transitions that another one equals in every value.
    case duplicates(rows: Int)
    /// Costs other than 0 and 1; whatever is above 0 counts as a violation.
    case nonBinaryCost(rows: Int, largest: Float, channel: String? = nil)
    /// No transition costs anything, so nothing can be learned about safety; `channel`: not about this constraint.
    case costNeverPositive(channel: String? = nil)
    /// Nothing can be held out, and nothing be said about the spread of episodes.
    case singleEpisode
    /// The file name says one task, the sizes another.
    case otherSizesThanTask(String, observationSize: Int, actionSize: Int)
    /// Episodes longer than the task allows.
    case longerThanTask(String, episodes: Int, stepLimit: Int)
}

extension DatasetWarning: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .derivedNextObservations(let truncated):
            "no next observations in the file: made from the following rows. The last row of each episode repeats "
                + "its own observation, which matters only for the \(truncated) truncated episodes, and there only "
                + "if truncation does not cut bootstrapping."
        case .unendedTail(let rows):
            "after the last episode end: \(counted(rows.count)), from row \(rows.lowerBound); "
                + "batches draw from them, episode statistics leave them out."
        case .bothEndings(let rows, let first):
            "terminal and timeout at once: \(counted(rows)), first row \(first); counted as terminated."
        case .misalignedNextObservations(let rows, let first):
            "next observation unlike the following row's observation inside an episode: \(counted(rows)), "
                + "first row \(first)."
        case .constantColumn(let column, let components):
            components.isEmpty
                ? "column \"\(column)\" is constant."
                : "column \"\(column)\" never changes in component "
                    + components.map(String.init).joined(separator: ", ") + "."
        case .duplicates(let rows): "exact repetitions of another transition: \(counted(rows))."
        case .nonBinaryCost(let rows, let largest, let channel):
            "costs \(named(channel))other than 0 and 1: \(counted(rows)), largest \(largest); every cost above 0 counts as a violation."
        case .costNeverPositive(let channel?):
            "no transition has a positive cost in channel \"\(channel)\", so nothing can be learned about it."
        case .costNeverPositive: "no transition has a positive cost, so nothing can be learned about safety."
        case .singleEpisode: "a single episode: none can be held out, and their spread cannot be estimated."
        case .otherSizesThanTask(let task, let observationSize, let actionSize):
            "the name says \(task), whose observations have \(observationSize) and actions \(actionSize) values; "
                + "its constants are not used."
        case .longerThanTask(let task, let episodes, let stepLimit):
            "episodes longer than the \(stepLimit) steps of \(task): \(episodes)."
        }
    }

    private func named(_ channel: String?) -> String { channel.map { "in channel \"\($0)\" " } ?? "" }

    private func counted(_ rows: Int) -> String { rows == 1 ? "1 row" : "\(rows) rows" }
}

extension TransitionDataset {
    /// The DSRL task that the file name names and the sizes fit, or nil.
    public var task: DSRLTask? { namedTask.flatMap { fits($0) ? $0 : nil } }

    private var namedTask: DSRLTask? { path.flatMap { DSRLTask.inferred(fromFileName: $0) } }

    private func fits(_ task: DSRLTask) -> Bool {
        task.observationSize == observationSize && task.actionSize == actionSize
    }

    func findWarnings() -> [DatasetWarning] {
        var found: [DatasetWarning] = []
        if hasDerivedNextObservations {
            found.append(
                .derivedNextObservations(truncatedEpisodes: episodes.count { $0.ending == .truncated }))
        }
        if episodes.count == 1 { found.append(.singleEpisode) }
        if let unendedTail { found.append(.unendedTail(rows: unendedTail)) }
        found += endingWarnings() + constantColumnWarnings() + costWarnings() + taskWarnings()
        let duplicates = duplicateRows()
        if duplicates > 0 { found.append(.duplicates(rows: duplicates)) }
        return found
    }

    private func endingWarnings() -> [DatasetWarning] {
        let (terminals, timeouts) = (terminals, timeouts)
        var both = (rows: 0, first: -1)
        var misaligned = both
        for row in 0..<count {
            if terminals[row] != 0 && timeouts[row] != 0 {
                both = (both.rows + 1, both.first < 0 ? row : both.first)
            }
            let isInside = terminals[row] == 0 && timeouts[row] == 0 && row + 1 < count
            if isInside && !isContinuous(after: row) {
                misaligned = (misaligned.rows + 1, misaligned.first < 0 ? row : misaligned.first)
            }
        }
        var found: [DatasetWarning] = []
        if both.rows > 0 { found.append(.bothEndings(rows: both.rows, first: both.first)) }
        if misaligned.rows > 0 {
            found.append(.misalignedNextObservations(rows: misaligned.rows, first: misaligned.first))
        }
        return found
    }

    private func isContinuous(after row: Int) -> Bool {
        let (states, nextStates) = (observations, nextObservations)
        for index in (row * observationSize)..<((row + 1) * observationSize) {
            let (reached, stored) = (nextStates[index], states[index + observationSize])
            // Files made from float64 recordings may round the two copies differently.
            if abs(reached - stored) > 1e-5 * max(1, abs(stored)) { return false }
        }
        return true
    }

    private func constantColumnWarnings() -> [DatasetWarning] {
        guard count > 1 else { return [] }
        var found: [DatasetWarning] = []
        for (name, values, width) in [
            ("observations", observations, observationSize), ("actions", actions, actionSize),
        ] {
            let components = constantComponents(of: values, width: width)
            if !components.isEmpty { found.append(.constantColumn(name, components: components)) }
        }
        if !constantComponents(of: rewards, width: 1).isEmpty {
            found.append(.constantColumn("rewards", components: []))
        }
        return found
    }

    private func constantComponents(of values: UnsafeBufferPointer<Float>, width: Int) -> [Int] {
        var candidates = Array(0..<width)
        for start in stride(from: width, to: values.count, by: width) {
            candidates.removeAll { values[start + $0] != values[$0] }
            if candidates.isEmpty { break }
        }
        return candidates
    }

    private func costWarnings() -> [DatasetWarning] {
        if !costs.contains(where: { $0 > 0 }) { return [.costNeverPositive()] }
        return costChannels.compactMap { channel in
            let name = hasNamedCosts ? channel.name : nil
            var (others, positives, largest) = (0, 0, Float(0))
            for cost in channel.costs {
                if cost != 0 && cost != 1 { others += 1 }
                if cost > 0 { positives += 1 }
                largest = max(largest, cost)
            }
            if positives == 0 { return .costNeverPositive(channel: name) }
            return others > 0 ? .nonBinaryCost(rows: others, largest: largest, channel: name) : nil
        }
    }

    private func taskWarnings() -> [DatasetWarning] {
        guard let task = namedTask else { return [] }
        guard fits(task) else {
            return [
                .otherSizesThanTask(
                    task.id, observationSize: task.observationSize, actionSize: task.actionSize)
            ]
        }
        let longer = episodes.count { $0.length > task.stepLimit }
        return longer > 0 ? [.longerThanTask(task.id, episodes: longer, stepLimit: task.stepLimit)] : []
    }

    /// Rows that equal an earlier one in state, action, next state, reward and cost, by a 64-bit fingerprint.
    ///
    /// Needs 8 bytes a row; two different rows of ten million share a fingerprint with probability below 3e-6.
    private func duplicateRows() -> Int {
        let columns = [
            (observations, observationSize), (actions, actionSize), (nextObservations, observationSize),
            (rewards, 1), (costs, 1),
        ]
        var fingerprints = [UInt64](repeating: 0xcbf2_9ce4_8422_2325, count: count)
        for (values, width) in columns {
            for row in 0..<count {
                var hash = fingerprints[row]
                for index in (row * width)..<((row + 1) * width) {
                    hash = (hash ^ UInt64(values[index].bitPattern)) &* 0x9e37_79b9_7f4a_7c15
                    hash ^= hash >> 29
                }
                fingerprints[row] = hash
            }
        }
        fingerprints.sort()
        return (1..<max(1, count)).count { fingerprints[$0] == fingerprints[$0 - 1] }
    }
}
