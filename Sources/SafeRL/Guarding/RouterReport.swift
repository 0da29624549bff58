import Assurance
import Foundation

/// One random step of an episode: its score, and whether a violation followed within the horizon.
public struct RoutedStep: Sendable, Equatable {
    /// Number of the episode.
    public let episode: Int
    /// The step.
    public let step: Int
    /// A higher one means more danger.
    public let score: Double
    /// Whether a violation followed.
    public let isViolated: Bool
    /// Whether recorded transitions lie near.
    public let isGrounded: Bool

    /// Notes a step.
    public init(episode: Int, step: Int, score: Double, isViolated: Bool, isGrounded: Bool) {
        (self.episode, self.step, self.score) = (episode, step, score)
        (self.isViolated, self.isGrounded) = (isViolated, isGrounded)
    }
}

/// How a router did on fresh episodes, one random step of each.
public struct RouterReport: Codable, Sendable, Equatable {
    /// A share with its exact interval at 95 %.
    public struct Share: Codable, Sendable, Equatable {
        /// How often, of how many.
        public let count, of: Int
        /// Clopper–Pearson bounds; nil of none.
        public let low, high: Double?

        /// Counts.
        public init(_ count: Int, of all: Int) {
            (self.count, of) = (count, all)
            let interval =
                all > 0 ? BinomialCount(events: count, trials: all).interval(confidence: 0.95) : nil
            (low, high) = (interval?.lowerBound, interval?.upperBound)
        }

        /// The share; nil of none.
        public var share: Double? { of > 0 ? Double(count) / Double(of) : nil }

        /// Such as `3/120 = 2.5 % (0.5 to 7.1)`.
        public var text: String {
            guard of > 0, let low, let high else { return "none" }
            func percent(_ share: Double) -> String { "\((1000 * share).rounded() / 10)" }
            return
                "\(count)/\(of) = \(percent(Double(count) / Double(of))) % (\(percent(low)) to \(percent(high)))"
        }
    }

    /// A class: how many steps it got, and how many of those were followed by a violation.
    public struct Row: Codable, Sendable, Equatable {
        /// The class.
        public let routed: RoutedClass
        /// Steps of it that were followed by a violation, and the others.
        public let violated, notViolated: Int
        /// Violated ones among its own: the risk of a step of this class.
        public let risk: Share
        /// Violated ones of this or a freer class among all steps: what the thresholds bound.
        public let letThrough: Share

        private enum CodingKeys: String, CodingKey {
            case violated, risk
            case routed = "class"
            case notViolated = "not_violated"
            case letThrough = "let_through"
        }
    }

    /// Scores that lie together, and how often a violation followed.
    public struct Bin: Codable, Sendable, Equatable {
        /// Steps, and those followed by a violation.
        public let steps, violated: Int
        /// Mean of the scores.
        public let meanScore: Double

        private enum CodingKeys: String, CodingKey {
            case steps, violated
            case meanScore = "mean_score"
        }
    }

    /// One for each class, from act to refuse.
    public let rows: [Row]
    /// Steps that are not done as proposed or within a tighter range: ask and refuse.
    public let handedOver: Share
    /// Steps near which nothing was recorded.
    public let ungrounded: Share
    /// Ten of equally many steps, by rising score.
    public let reliability: [Bin]

    private enum CodingKeys: String, CodingKey {
        case rows, ungrounded, reliability
        case handedOver = "handed_over"
    }

    /// Counts.
    ///
    /// - Parameters:
    ///   - steps: one an episode.
    ///   - routed: the class of each.
    public init(_ steps: [RoutedStep], as routed: [RoutedClass]) {
        precondition(steps.count == routed.count, "\(routed.count) classes of \(steps.count) steps")
        rows = RoutedClass.allCases.map { kind in
            let own = steps.indices.filter { routed[$0] == kind }
            let violated = own.count { steps[$0].isViolated }
            return Row(
                routed: kind, violated: violated, notViolated: own.count - violated,
                risk: Share(violated, of: own.count),
                letThrough: Share(
                    steps.indices.count { routed[$0] <= kind && steps[$0].isViolated }, of: steps.count))
        }
        handedOver = Share(routed.count { $0 >= .ask }, of: steps.count)
        ungrounded = Share(steps.count { !$0.isGrounded }, of: steps.count)
        let sorted = steps.filter { !$0.score.isNaN }.sorted { $0.score < $1.score }
        reliability = (0..<10).compactMap { bin in
            let own = sorted[bin * sorted.count / 10..<(bin + 1) * sorted.count / 10]
            guard !own.isEmpty else { return nil }
            return Bin(
                steps: own.count, violated: own.count { $0.isViolated },
                meanScore: own.reduce(0) { $0 + $1.score } / Double(own.count))
        }
    }

    /// The figures in words.
    public var text: String {
        var lines = ["class    violated  not  risk of a step of it; violated and let through up to it"]
        for row in rows {
            let name = row.routed.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            lines.append(
                "\(name) \(row.violated)  \(row.notViolated)  \(row.risk.text); \(row.letThrough.text)")
        }
        lines.append("handed over  \(handedOver.text)")
        lines.append("ungrounded   \(ungrounded.text)")
        lines.append("score -> share violated, by tenths of the steps")
        for bin in reliability {
            lines.append(
                "  \((1e4 * bin.meanScore).rounded() / 1e4) -> \(bin.violated)/\(bin.steps)")
        }
        return lines.joined(separator: "\n")
    }
}
