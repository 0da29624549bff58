import Foundation
import SafeRL
import Storage

/// `guard.jsonl` and `guard.json`: what a shield did, line by line and in figures.
public struct ShieldFiles {
    /// The first line of `guard.jsonl`: what was guarded by what.
    public struct Head: Encodable, Sendable {
        /// The format's version.
        public let format = 1
        /// SHA-256 of the rules; nothing without any.
        public let rules: String?
        /// What tells monitor and router from others; nothing without either.
        public let settings: [String: String]?
        /// SHA-256 of the certificate that the shield relies on; nothing without one.
        public let certificate: String?
        /// Identity of the checkpoint; nothing for a policy without one.
        public let policy: String?
        /// The program's version.
        public let saferl: String

        private enum CodingKeys: String, CodingKey {
            case format = "guard"
            case rules, settings, policy, certificate, saferl
        }

        /// Names them.
        public init(of plan: ShieldPlan, policy: String?, saferl: String) {
            rules = plan.rules.rules.isEmpty ? nil : "sha256:" + plan.rules.digest
            settings = plan.watch == nil && plan.router == nil ? nil : plan.settings
            (self.policy, self.saferl) = (policy, saferl)
            certificate = plan.certificate.map { "sha256:" + $0.digest }
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
        try JSONEncoder.indented.text(
            of: Figures(
                summary: shield.summary, latency: latency,
                monitored: shield.asksForTruth ? shield.episodes.map(MonitoredLine.init) : nil)) + "\n"
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
        let monitored: [MonitoredLine]?

        private enum CodingKeys: String, CodingKey {
            case latency
            case monitored = "monitored_episodes"
        }

        func encode(to encoder: any Encoder) throws {
            try summary.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(latency, forKey: .latency)
            try values.encodeIfPresent(monitored, forKey: .monitored)
        }
    }

    /// What a step monitor did in one episode; steps count from 0.
    private struct MonitoredLine: Encodable {
        let episode: Int
        let monitored: MonitoredEpisode
        let knowsOnset: Bool

        init(_ tally: ShieldTally) {
            (episode, monitored, knowsOnset) = (tally.episode, tally.watch.episode, tally.watch.knowsOnset)
        }

        private enum CodingKeys: String, CodingKey {
            case episode, length, onset, delay
            case firstFlag = "first_flag"
            case firstViolation = "first_violation"
            case inTime = "flagged_before_violation"
            case isFalseAlarm = "false_alarm"
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            let place = knowsOnset ? monitored.onset : monitored.firstViolation
            try values.encode(episode, forKey: .episode)
            try values.encode(monitored.length, forKey: .length)
            try values.encode(monitored.firstFlag, forKey: .firstFlag)
            try values.encode(monitored.firstViolation, forKey: .firstViolation)
            if knowsOnset { try values.encode(monitored.onset, forKey: .onset) }
            if let violation = monitored.firstViolation {
                try values.encode(monitored.firstFlag.map { $0 <= violation } ?? false, forKey: .inTime)
            }
            try values.encode(monitored.firstFlag != nil && place == nil, forKey: .isFalseAlarm)
            if let place, let flag = monitored.firstFlag { try values.encode(flag - place, forKey: .delay) }
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
