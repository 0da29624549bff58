extension ColumnBuffers {
    /// Looks for values that are not finite, those of channels aside.
    ///
    /// - Throws: the first fault in the order of the checks, naming the place.
    func screenFinite(place: String) throws(DatasetError) {
        try requireFinite(observations, "observations", columns: observationSize, place)
        try requireFinite(nextObservations, "next_observations", columns: observationSize, place)
        try requireFinite(actions, "actions", columns: actionSize, place)
        try requireFinite(rewards, "rewards", columns: 1, place)
        try requireFinite(costs, "costs", columns: 1, place)
        if let constraintValues {
            try requireFinite(constraintValues, "constraint_values", columns: 1, place)
        }
        if let choices = actionChoices {
            let end = Float(choices)
            if let row = firstIndex(in: actions, where: { !($0 >= 0 && $0 < end && $0 == $0.rounded()) }) {
                throw .notAChoice(place, row: row, value: actions[row], choices: choices)
            }
        }
    }

    /// The first action value that is outside [-1, 1] by more than the tolerance; choices have no such bounds.
    func firstActionOutOfBounds() -> Int? {
        guard actionChoices == nil else { return nil }
        let bound = 1 + TransitionDataset.actionTolerance
        return firstIndex(in: actions) { abs($0) > bound }
    }

    /// Looks at the bounds of values and at what channels hold.
    ///
    /// - Throws: the first fault in the order of the checks, naming the place.
    func screenBounds(place: String) throws(DatasetError) {
        if let index = firstActionOutOfBounds() {
            throw .actionOutOfBounds(
                place, row: index / actionSize, component: index % actionSize, value: actions[index])
        }
        try requireNoNegative(costs, "costs", place)
        for (name, values) in channels {
            let column = ColumnImage.channelPrefix + name
            try requireFinite(values, column, columns: 1, place)
            try requireNoNegative(values, column, place)
        }
        if !channels.isEmpty { try requireSum(place) }
    }

    private func requireNoNegative(
        _ values: UnsafeMutableBufferPointer<Float>, _ column: String, _ place: String
    ) throws(DatasetError) {
        guard let row = firstIndex(in: values, where: { $0 < 0 }) else { return }
        throw .negativeCost(place, column: column, row: row, value: values[row])
    }

    /// Relative, so that a step has a cost exactly if it has one in a channel.
    private func requireSum(_ place: String) throws(DatasetError) {
        for row in costs.indices {
            var sum = 0.0
            for (_, values) in channels { sum += Double(values[row]) }
            image.rest(after: 4 * (channels.count + 1))
            let difference = abs(Double(costs[row]) - sum)
            guard difference > Double(TransitionDataset.sumTolerance) * max(Double(costs[row]), sum) else {
                continue
            }
            throw .notTheSum(place, row: row, cost: costs[row], sum: Float(sum))
        }
    }

    private func requireFinite(
        _ values: UnsafeMutableBufferPointer<Float>, _ column: String, columns: Int, _ place: String
    ) throws(DatasetError) {
        guard let index = firstIndex(in: values, where: { !$0.isFinite }) else { return }
        throw .notFinite(
            place, column: column, row: index / columns, component: columns > 1 ? index % columns : -1)
    }

    /// The first index with the property, by blocks without a branch per value, so that the compiler vectorises.
    @inline(__always)
    private func firstIndex(
        in values: UnsafeMutableBufferPointer<Float>, where isFaulty: (Float) -> Bool
    ) -> Int? {
        let block = 4096
        var start = 0
        while start < values.count {
            let end = min(start + block, values.count)
            var faults: Int32 = 0
            for index in start..<end { faults |= isFaulty(values[index]) ? 1 : 0 }
            if faults != 0 { return (start..<end).first { isFaulty(values[$0]) } }
            image.rest(after: 4 * (end - start))
            start = end
        }
        return nil
    }
}
