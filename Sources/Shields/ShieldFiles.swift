import Foundation
import SafeRL
import Storage

/// `guard.jsonl` and `guard.json`: what a shield did, line by line and in figures.
public struct ShieldFiles {
    /// The first line of `guard.jsonl`: what was guarded by what.
    public struct Head: Encodable, Sendable {
        /// The format's version.
        public let format = 1
        /// SHA-256 of the rules.
        public let rules: String
        /// Identity of the checkpoint; nothing for a policy without one.
        public let policy: String?
        /// The program's version.
        public let saferl: String

        private enum CodingKeys: String, CodingKey {
            case format = "guard"
            case rules, policy, saferl
        }

        /// Names them.
        public init(rules: String, policy: String?, saferl: String) {
            (self.rules, self.policy, self.saferl) = ("sha256:" + rules, policy, saferl)
        }
    }

    private let shield: RuleShield
    private let head: Head

    /// Takes what a shield did.
    public init(_ shield: RuleShield, _ head: Head) { (self.shield, self.head) = (shield, head) }

    /// The text of `guard.jsonl`.
    public func lines() throws -> String {
        let encoder = JSONEncoder.compact
        var text = try encoder.text(of: head) + "\n"
        for entry in shield.episodes.flatMap(\.entries) { text += try encoder.text(of: entry) + "\n" }
        return text
    }

    /// The text of `guard.json`.
    public func figures() throws -> String {
        try JSONEncoder.indented.text(of: Figures(summary: shield.summary, latency: latency)) + "\n"
    }

    /// How long decisions took, in nanoseconds.
    private struct Latency: Encodable {
        let median, high, largest: Int64

        private enum CodingKeys: String, CodingKey {
            case median = "p50_ns"
            case high = "p99_ns"
            case largest = "max_ns"
        }
    }

    private struct Figures: Encodable {
        let summary: ShieldSummary
        let latency: Latency?

        private enum CodingKeys: String, CodingKey { case latency }

        func encode(to encoder: any Encoder) throws {
            try summary.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(latency, forKey: .latency)
        }
    }

    private var latency: Latency? {
        let times = shield.episodes.flatMap(\.times).sorted()
        guard let largest = times.last else { return nil }
        return Latency(
            median: times[times.count / 2], high: times[min(times.count - 1, times.count * 99 / 100)],
            largest: largest)
    }
}
