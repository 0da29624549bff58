extension TransitionDataset {
    /// The DSRL task that the file name names and the sizes fit, or nil.
    public var task: DSRLTask? { namedTask.flatMap { fits($0) ? $0 : nil } }

    private var namedTask: DSRLTask? { path.flatMap { DSRLTask.inferred(fromFileName: $0) } }

    private func fits(_ task: DSRLTask) -> Bool {
        task.observationSize == observationSize && task.actionSize == actionSize
    }

    /// What reading the file did to it or did not find, without looking at any value again.
    public var readingWarnings: [DatasetWarning] {
        var found: [DatasetWarning] = []
        if let clippedActions { found.append(.clippedActions(clippedActions)) }
        if lacksTimeouts { found.append(.noTimeouts) }
        if let first = image.facts.narrowed.first {
            found.append(.narrowed(first, others: image.facts.narrowedCount - 1))
        }
        return found
    }

    func findWarnings() -> [DatasetWarning] {
        var found = readingWarnings
        if hasDerivedNextObservations {
            found.append(
                .derivedNextObservations(truncatedEpisodes: episodes.count { $0.ending == .truncated }))
        }
        if let late = lateEnds() { found.append(late) }
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
        return costChannels.flatMap { channel in
            let name = hasNamedCosts ? channel.name : nil
            let positives = channel.costs.count { $0 > 0 }
            if positives == 0 { return [DatasetWarning.costNeverPositive(channel: name)] }
            let others = channel.costs.count { $0 != 0 && $0 != 1 }
            let largest = channel.costs.max() ?? 0
            let binary =
                others > 0
                ? [DatasetWarning.nonBinaryCost(rows: others, largest: largest, channel: name)] : []
            return [frequentCost(channel, positives, name)].compactMap { $0 } + binary
        }
    }

    /// The mirror of a cost that is never positive.
    private func frequentCost(_ channel: CostChannel, _ positives: Int, _ name: String?) -> DatasetWarning? {
        let share = Double(positives) / Double(count)
        if positives == count { return .costAlwaysPositive(channel: name) }
        if share > 0.95 { return .costMostlyPositive(share: share, channel: name) }
        let isFree = episodes.contains { episode in channel.costs[episode.rows].allSatisfy { $0 == 0 } }
        return isFree || episodes.count < 2 ? nil : .noCostFreeEpisode(channel: name)
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
