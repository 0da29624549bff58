extension TransitionDataset {
    /// The DSRL task that the file name names and the sizes fit, or nil.
    public var task: DSRLTask? {
        path.flatMap { DSRLTask.inferred(fromFileName: $0) }.flatMap { fits($0) ? $0 : nil }
    }

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

    /// Looks for oddities that training survives.
    ///
    /// - Parameter path: the name of the file that holds the data or is to hold them, which may tell a task.
    /// - Returns: those found, in the order of the checks.
    package func warnings(of path: String?) -> [DatasetWarning] {
        var found = readingWarnings
        if hasDerivedNextObservations {
            found.append(
                .derivedNextObservations(truncatedEpisodes: episodes.count { $0.ending == .truncated }))
        }
        if let late = lateEnds() { found.append(late) }
        if episodes.count == 1 { found.append(.singleEpisode) }
        if let unendedTail { found.append(.unendedTail(rows: unendedTail)) }
        found += endingWarnings() + constantColumnWarnings() + costWarnings()
        found += taskWarnings(path)
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
            image.rest(after: 8 * observationSize + 2)
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
            image.rest(after: 4 * width)
            if candidates.isEmpty { break }
        }
        return candidates
    }

    private func costWarnings() -> [DatasetWarning] {
        if !costs.contains(where: { seen($0) > 0 }) { return [.costNeverPositive()] }
        return costChannels.flatMap { channel in
            let name = hasNamedCosts ? channel.name : nil
            var (positives, others, largest) = (0, 0, -Float.infinity)
            for cost in channel.costs.lazy.map(seen) {
                positives += cost > 0 ? 1 : 0
                others += cost != 0 && cost != 1 ? 1 : 0
                largest = max(largest, cost)
            }
            if positives == 0 { return [DatasetWarning.costNeverPositive(channel: name)] }
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
        let isFree = episodes.contains { episode in
            channel.costs[episode.rows].allSatisfy { seen($0) == 0 }
        }
        return isFree || episodes.count < 2 ? nil : .noCostFreeEpisode(channel: name)
    }

    /// The value, which was read.
    @inline(__always)
    private func seen(_ value: Float) -> Float {
        image.rest(after: 4)
        return value
    }

    private func taskWarnings(_ path: String?) -> [DatasetWarning] {
        guard let task = path.flatMap({ DSRLTask.inferred(fromFileName: $0) }) else { return [] }
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
    /// At most 32 MB: of more rows the fingerprints are looked at range by range. Two different rows of ten million share a
    /// fingerprint with probability below 3e-6.
    private func duplicateRows() -> Int { duplicateRows(fingerprints: 1 << 22) }

    /// Likewise, with so many fingerprints in memory at once, on average.
    package func duplicateRows(fingerprints most: Int) -> Int {
        let columns = [
            (observations, observationSize), (actions, actionSize), (nextObservations, observationSize),
            (rewards, 1), (costs, 1),
        ]
        let rowBytes = 4 * columns.reduce(0) { $0 + $1.1 }
        let ranges = UInt64((count + most - 1) / most)
        var found = 0
        var fingerprints: [UInt64] = []
        fingerprints.reserveCapacity(min(count, most + most / 8))
        for range in 0..<ranges {
            fingerprints.removeAll(keepingCapacity: true)
            for row in 0..<count {
                var hash: UInt64 = 0xcbf2_9ce4_8422_2325
                for (values, width) in columns {
                    for index in (row * width)..<((row + 1) * width) {
                        hash = (hash ^ UInt64(values[index].bitPattern)) &* 0x9e37_79b9_7f4a_7c15
                        hash ^= hash >> 29
                    }
                }
                image.rest(after: rowBytes)
                // The upper bits are as good as drawn evenly.
                if hash.multipliedFullWidth(by: ranges).high == range { fingerprints.append(hash) }
            }
            fingerprints.sort()
            found += (1..<max(1, fingerprints.count)).count { fingerprints[$0] == fingerprints[$0 - 1] }
        }
        return found
    }
}
