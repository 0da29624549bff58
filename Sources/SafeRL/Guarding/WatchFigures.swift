import Assurance
import Foundation

/// What a step monitor did in the episodes of an evaluation.
public struct WatchFigures: Codable, Sendable, Equatable {
    /// Where an episode turns bad, which its first flag is held against.
    public enum Reference: String, Codable, Sendable {
        /// The first step from which no behaviour keeps clear of violations, by the environment's exact rule.
        case onset
        /// The first violation, where no such rule is known.
        case violation
    }

    /// Its name, digest and options.
    public let settings: [String: String]
    /// Alarms, and steps that were flagged.
    public let alarms, flagged: Int
    /// Steps that could not be judged, each of which raised an alarm.
    public let notJudged: Int
    /// What its first flags are held against.
    public let reference: Reference
    /// How well they meet it.
    public let measures: MonitorMeasures

    private enum CodingKeys: String, CodingKey {
        case settings, alarms, flagged, reference, measures
        case notJudged = "not_judged"
    }

    /// States the figures.
    ///
    /// - Parameters:
    ///   - settings: of the monitor.
    ///   - alarms: how many there were.
    ///   - flagged: how many steps were flagged.
    ///   - notJudged: how many could not be judged.
    ///   - episodes: with the onset of each, where the environment knows it.
    ///   - knowsOnsets: whether it does; the first violation counts as the onset else.
    public init(
        settings: [String: String], alarms: Int, flagged: Int, notJudged: Int, episodes: [MonitoredEpisode],
        knowsOnsets: Bool
    ) {
        (self.settings, self.alarms, self.flagged, self.notJudged) = (settings, alarms, flagged, notJudged)
        reference = knowsOnsets ? .onset : .violation
        measures = MonitorMeasures(
            knowsOnsets
                ? episodes
                : episodes.map {
                    MonitoredEpisode(
                        length: $0.length, onset: $0.firstViolation, firstFlag: $0.firstFlag,
                        firstViolation: $0.firstViolation)
                })
    }

    /// The figures in words, without a full stop.
    public var text: String {
        let own = measures
        let place = reference == .onset ? "no rescue" : "a violation"
        var parts = ["\(alarms) alarms, \(own.positive) of \(own.episodes) episodes with \(place)"]
        if let share = own.beforeViolation {
            parts.append("flagged before the violation \(Self.percent(share))")
        }
        if let share = own.withinOne, reference == .onset {
            parts.append("within 1 step of the onset \(Self.percent(share))")
        }
        if let share = own.missed { parts.append("missed \(Self.percent(share))") }
        if let share = own.falseAlarm { parts.append("false alarms \(Self.percent(share))") }
        if let delays = own.delayQuartiles {
            parts.append("delay \(delays.map { "\($0)" }.joined(separator: ", "))")
        }
        if notJudged > 0 { parts.append("\(notJudged) steps not judged") }
        return parts.joined(separator: "; ")
    }

    private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}

/// What a router did in the episodes of an evaluation.
public struct RoutingFigures: Codable, Sendable, Equatable {
    /// Digests and options.
    public let settings: [String: String]
    /// Proposals of each class, over all steps, by its name.
    public let steps: [String: Int]
    /// Proposals near which nothing was recorded, over all steps.
    public let ungrounded: Int
    /// Questions that were put to somebody, and those that were answered with yes.
    public let asked, granted: Int
    /// One random step of each episode, whose intervals are exact.
    public let report: RouterReport

    /// States the figures.
    public init(
        settings: [String: String], steps: [String: Int], ungrounded: Int, asked: Int, granted: Int,
        report: RouterReport
    ) {
        (self.settings, self.steps, self.ungrounded) = (settings, steps, ungrounded)
        (self.asked, self.granted, self.report) = (asked, granted, report)
    }

    /// Share of all steps that were asked about or refused; nothing without a step.
    public var handedOver: Double? {
        share(of: (steps["ask"] ?? 0) + (steps["refuse"] ?? 0))
    }

    /// Share of all steps near which nothing was recorded; nothing without a step.
    public var ungroundedShare: Double? { share(of: ungrounded) }

    private func share(of count: Int) -> Double? {
        let all = steps.values.reduce(0, +)
        return all > 0 ? Double(count) / Double(all) : nil
    }

    /// The figures in words, without a full stop.
    public var text: String {
        let classes = RoutedClass.allCases.map { "\(steps[$0.rawValue] ?? 0) \($0.rawValue)" }
        let act = report.rows.first.map { "; risk of act \($0.risk.text)" } ?? ""
        return classes.joined(separator: ", ") + ", \(ungrounded) ungrounded" + act
    }
}
