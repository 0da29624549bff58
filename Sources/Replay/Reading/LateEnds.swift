extension TransitionDataset {
    /// Where next observations are made from the following row, an end that is set on the first row of the next episode
    /// makes a transition out of a reset.
    ///
    /// A step's size is its largest component, each in units of that component's median step. An end is late if the step
    /// before its row is more than five times as large as most, and the one after it at most twice. Nothing is said of fewer
    /// than two ends, or where at most half of them are late.
    func lateEnds() -> DatasetWarning? {
        guard hasDerivedNextObservations else { return nil }
        let ends = episodes.map { $0.rows.upperBound - 1 }.filter { $0 > 0 && $0 + 1 < count }
        guard ends.count >= 2 else { return nil }
        let steps = ordinarySteps(apartFrom: ends)
        guard !steps.isEmpty else { return nil }
        let units = (0..<observationSize).map { component in
            median(steps.map { change(after: $0, component) })
        }
        let usual = median(steps.map { size(after: $0, units) })
        guard usual > 0 else { return nil }
        let late = ends.filter {
            size(after: $0 - 1, units) > 5 * usual && size(after: $0, units) <= 2 * usual
        }
        guard 2 * late.count > ends.count, let first = late.first else { return nil }
        return .lateEnds(episodes: late.count, of: ends.count, first: first)
    }

    /// Rows whose step touches no end, at most some thousands of them, spread evenly.
    private func ordinarySteps(apartFrom ends: [Int]) -> [Int] {
        let touched = Set(ends.flatMap { [$0 - 1, $0] })
        return stride(from: 0, to: count - 1, by: max(1, count / 4096)).filter { !touched.contains($0) }
    }

    private func change(after row: Int, _ component: Int) -> Double {
        let from = Double(observations[row * observationSize + component])
        return abs(Double(observations[(row + 1) * observationSize + component]) - from)
    }

    private func size(after row: Int, _ units: [Double]) -> Double {
        units.indices.reduce(0) { units[$1] > 0 ? max($0, change(after: row, $1) / units[$1]) : $0 }
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
