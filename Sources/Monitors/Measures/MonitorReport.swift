import SafeRL

/// How well a monitor does on labelled episodes that it was not trained on.
public struct MonitorReport: Codable, Sendable, Equatable {
    /// Which classes were flagged.
    public let mode: MonitorMode
    /// How many steps in a row must be flagged before the first counts as a flag.
    public let confirm: Int
    /// Of first flags.
    public let measures: MonitorMeasures
    /// Probability that an unsafe step has a higher score than a safe one, ties counting half; nil without both.
    public let auroc: Double?
    /// Mean score less the share of unsafe steps.
    public let miscalibration: Double

    /// Judges episodes.
    ///
    /// - Parameters:
    ///   - judge: the monitor.
    ///   - episodes: labelled, of the environment that the monitor was made for.
    ///   - mode: which classes are flagged.
    ///   - confirm: at least 1.
    /// - Throws: `MonitorError.tooFew` without a step; as `StepJudge.judge`.
    public init(
        _ judge: StepJudge, on episodes: [LabelledEpisode], mode: MonitorMode, confirm: Int = 1
    ) throws {
        precondition(confirm >= 1, "\(confirm) steps to confirm")
        var (judged, scores, unsafe): ([MonitoredEpisode], [Double], [Bool]) = ([], [], [])
        for own in episodes {
            var flags: [Bool] = []
            let labels = own.labels, learnable = Set(own.learnable)
            for step in own.episode.actions.indices {
                let (observation, action) = (own.episode.observations[step], own.episode.actions[step])
                let found = try judge.judge(observation.span, action.span)
                flags.append(mode.flags(found.stepClass))
                if learnable.contains(step) {
                    scores.append(found.score)
                    unsafe.append(labels[step] == .unsafe)
                }
            }
            judged.append(
                MonitoredEpisode(
                    length: own.episode.length, onset: own.onset,
                    firstFlag: Self.firstFlag(flags, confirm: confirm),
                    firstViolation: own.episode.firstViolation))
        }
        guard !scores.isEmpty else {
            throw MonitorError.tooFew("there is no labelled step to judge", needed: "at least one episode")
        }
        (self.mode, self.confirm, measures) = (mode, confirm, MonitorMeasures(judged))
        auroc = Self.auroc(scores, unsafe)
        miscalibration =
            (scores.reduce(0, +) - Double(unsafe.count { $0 })) / Double(scores.count)
    }

    /// The step at which the c-th flag in a row falls; nil where there are never so many.
    ///
    /// - Parameters:
    ///   - flags: one a step.
    ///   - confirm: c, at least 1.
    /// - Returns: a step, from 0.
    public static func firstFlag(_ flags: [Bool], confirm: Int) -> Int? {
        var inRow = 0
        for (step, flag) in flags.enumerated() {
            inRow = flag ? inRow + 1 : 0
            if inRow == confirm { return step }
        }
        return nil
    }

    /// The area under the curve of true against false positives, by ranks.
    static func auroc(_ scores: [Double], _ isPositive: [Bool]) -> Double? {
        let positive = isPositive.count { $0 }, negative = isPositive.count - positive
        guard positive > 0 && negative > 0 else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (first, ranks) = (0, 0.0)
        while first < order.count {
            var last = first
            while last + 1 < order.count && scores[order[last + 1]] == scores[order[first]] { last += 1 }
            let rank = Double(first + last) / 2 + 1
            for place in first...last where isPositive[order[place]] { ranks += rank }
            first = last + 1
        }
        return (ranks - Double(positive) * Double(positive + 1) / 2) / (Double(positive) * Double(negative))
    }

    /// The figures in words, one a line.
    public var text: String {
        func percent(_ share: Double?) -> String {
            share.map { "\((1000 * $0).rounded() / 10) %" } ?? "none"
        }
        let own = measures
        return """
            \(mode.rawValue), confirm \(confirm): \(own.episodes) episodes, \(own.positive) with an onset
              first flag at the onset      \(percent(own.exactHit)), within 1 step \(percent(own.withinOne)), never \(percent(own.missed))
              flagged before the violation \(percent(own.beforeViolation))
              false alarms                 \(percent(own.falseAlarm))
              precision, recall, F1        \(percent(own.precision)), \(percent(own.recall)), \(percent(own.f1))
              delay, quartiles             \(own.delayQuartiles.map { $0.map { "\($0)" }.joined(separator: ", ") } ?? "none")
              AUROC of steps               \(percent(auroc)), miscalibration \((1e4 * miscalibration).rounded() / 1e4)
            """
    }
}
