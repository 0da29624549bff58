import Tensors

/// The learnable steps of labelled episodes as rows of standardised features.
struct MonitorRows {
    /// The features, and what makes them of mean 0 and deviation 1.
    let features: MonitorFeatures
    let scaling: MonitorScaling
    /// `[count, features.count]`, standardised.
    let values: [Float]
    /// The rows of each episode.
    let episodes: [Range<Int>]
    /// Whether each row is labelled unsafe.
    let isUnsafe: [Bool]
    /// The channels violated from each row on; nil where that is not known.
    let channels: [[Bool]?]

    /// Takes episodes.
    ///
    /// - Throws: `MonitorError.tooFew` without two episodes of each kind.
    init(_ file: LabelFile) throws(MonitorError) {
        features = file.head.features
        var (raw, episodes, isUnsafe): ([Float], [Range<Int>], [Bool]) = ([], [], [])
        var channels: [[Bool]?] = []
        for own in file.episodes {
            let learnable = own.learnable
            guard !learnable.isEmpty else { continue }
            let first = isUnsafe.count, labels = own.labels
            for step in learnable {
                raw += file.head.features.values(own.episode.observations[step], own.episode.actions[step])
                isUnsafe.append(labels[step] == .unsafe)
                channels.append(own.violatedChannels(at: step))
            }
            episodes.append(first..<isUnsafe.count)
        }
        let unsafe = episodes.count { $0.contains { isUnsafe[$0] } }
        let safe = episodes.count { $0.contains { !isUnsafe[$0] } }
        guard unsafe >= 4 && safe >= 4 && episodes.count >= 10 else {
            throw .tooFew(
                "\(episodes.count) episodes, \(unsafe) of them with an unsafe step and \(safe) with a safe one",
                needed: "at least 10, of which at least 4 have unsafe steps and 4 safe ones")
        }
        scaling = MonitorScaling(of: raw, columns: features.count)
        (values, self.episodes) = (scaling.scaled(raw), episodes)
        (self.isUnsafe, self.channels) = (isUnsafe, channels)
    }
}

/// Makes every feature of mean 0 and deviation 1; a constant one becomes 0.
struct MonitorScaling: Sendable, Equatable {
    /// One number a feature.
    let mean, deviation: [Float]

    init(mean: [Float], deviation: [Float]) { (self.mean, self.deviation) = (mean, deviation) }

    /// Measures rows.
    init(of rows: [Float], columns: Int) {
        let count = Double(rows.count / columns)
        var sums = [Double](repeating: 0, count: columns), squares = sums
        for (place, value) in rows.enumerated() { sums[place % columns] += Double(value) }
        let means = sums.map { $0 / count }
        for (place, value) in rows.enumerated() {
            let off = Double(value) - means[place % columns]
            squares[place % columns] += off * off
        }
        mean = means.map { Float($0) }
        // A number near 0 would blow up what rounding left of a constant.
        deviation = squares.map { square in
            let own = Float((square / count).squareRoot())
            return own > 1e-6 ? own : 1e6
        }
    }

    /// The rows standardised, each number clipped to ±10 deviations: what lies farther was never learned.
    func scaled(_ rows: [Float]) -> [Float] {
        var result = rows
        scale(&result)
        return result
    }

    /// Standardises rows where they are.
    func scale(_ rows: inout [Float]) {
        for place in rows.indices {
            let column = place % mean.count
            rows[place] = min(max((rows[place] - mean[column]) / deviation[column], -10), 10)
        }
    }
}
