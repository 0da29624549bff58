import SafeRL

/// The range of an environment's actions: what lies outside is done, and judged, as clipped to it.
struct ActionBox {
    /// Smallest and largest number of each component; empty for choices.
    let low, high: [Float]

    init(_ space: Space) {
        switch space {
        case .box(let low, let high):
            // A policy's actions lie in [−1, 1], whatever the task makes of them.
            self.low = low.map { max($0, -1) }
            self.high = high.map { min($0, 1) }
        case .discrete: (low, high) = ([], [])
        }
    }

    /// An action within the range, itself where it lies there, bit for bit.
    ///
    /// What is not finite stays: it is no action.
    func clipped(_ action: [Float]) -> [Float] {
        guard low.count == action.count, !isInside(action) else { return action }
        return action.indices.map { index in
            let value = action[index]
            guard value.isFinite else { return value }
            return value < low[index] ? low[index] : value > high[index] ? high[index] : value
        }
    }

    /// Whether one of several actions of real numbers lies within the range.
    func contains(_ actions: Span<Float>, row: Int) -> Bool {
        for index in low.indices {
            let value = actions[row * low.count + index]
            guard low[index] <= value && value <= high[index] else { return false }
        }
        return true
    }

    private func isInside(_ action: [Float]) -> Bool {
        for index in action.indices where !(low[index] <= action[index] && action[index] <= high[index]) {
            return false
        }
        return true
    }
}
