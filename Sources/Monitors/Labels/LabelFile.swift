import Foundation
import SafeRL
import Storage

/// Labelled episodes as a file: JSON Lines, a head and then one line a step.
public struct LabelFile: Sendable, Equatable {
    /// What the labels are of, and how they were made.
    public struct Head: Codable, Sendable, Equatable {
        /// Format of the file.
        public var labels = LabelFile.format
        /// The environment.
        public var environment: String
        /// The checkpoint whose policy was continued, and the digest of its manifest.
        public var policy: String
        /// k, H and the seed of recording and continuations.
        public var rollouts, horizon: Int
        /// Seed of starts, actions and continuations.
        public var seed: UInt64
        /// The recoveries, by name.
        public var recoveries: [String]
        /// The features of a step.
        public var features: MonitorFeatures
        /// The names of the cost channels.
        public var costs: [String]
        /// Episodes and steps that follow.
        public var episodes, steps: Int
        /// Steps at which counts and exact rule disagree, of those that have both; nil where no exact rule is known.
        public var disagreements, compared: Int?

        private enum CodingKeys: String, CodingKey {
            case labels, environment, policy, rollouts, horizon, seed, recoveries, features, costs, episodes,
                steps
            case disagreements, compared
        }

        /// Describes labels before they are counted.
        public init(
            environment: String, policy: String, labeller: RolloutLabeller, recoveries: [String],
            features: MonitorFeatures, costs: [String]
        ) {
            (self.environment, self.policy, self.recoveries) = (environment, policy, recoveries)
            (rollouts, horizon, seed) = (labeller.rollouts, labeller.horizon, labeller.seed)
            (self.features, self.costs, episodes, steps) = (features, costs, 0, 0)
        }
    }

    /// Format that is written.
    public static let format = 1

    /// What the labels are of.
    public var head: Head
    /// The episodes in order.
    public let episodes: [LabelledEpisode]

    /// Puts a file together.
    public init(_ head: Head, _ episodes: [LabelledEpisode]) {
        self.head = head
        self.episodes = episodes
        self.head.episodes = episodes.count
        self.head.steps = episodes.reduce(0) { $0 + $1.episode.length }
        if episodes.contains(where: { $0.exact != nil }) {
            let found = episodes.map(\.disagreements)
            self.head.disagreements = found.reduce(0) { $0 + $1.steps }
            self.head.compared = found.reduce(0) { $0 + $1.of }
        }
    }

    /// The text of the file.
    ///
    /// - Throws: `EncodingError`.
    public func text() throws -> String {
        var text = try JSONEncoder.compact.text(of: head) + "\n"
        for episode in episodes {
            for step in 0..<episode.episode.length { text += Self.line(episode, step).compact + "\n" }
        }
        return text
    }

    private static func line(_ own: LabelledEpisode, _ step: Int) -> JSONValue {
        func count(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
        func numbers(_ values: [Float]) -> JSONValue { .list(values.map { .number($0) }) }
        var members: [(String, JSONValue)] = [
            ("episode", .integer(own.episode.index)), ("step", .integer(step)),
            ("observation", numbers(own.episode.observations[step])),
            ("action", numbers(own.episode.actions[step])), ("costs", numbers(own.episode.costs[step])),
            ("policy_violations", count(own.policyViolations[step])),
            ("recovery_violations", count(own.recoveryViolations[step])),
            ("channels", .list(own.channelViolations[step].map { .integer($0) })),
            ("irrecoverable", own.exact.map { .boolean($0[step]) } ?? .null),
            ("label", .text(own.labels[step].rawValue)),
        ]
        if step == 0 {
            members += [
                ("seed", .integer(own.episode.seed)), ("return", .number(own.episode.totalReward)),
            ]
        }
        return .object(members)
    }
}
