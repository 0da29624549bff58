import Assurance

/// The figures of a shield, over the episodes that it saw to their end.
public struct ShieldSummary: Codable, Sendable, Equatable {
    /// How often a rule refused what was proposed.
    public struct Refusals: Codable, Sendable, Equatable {
        /// The rule's name.
        public let rule: String
        /// Steps in which the policy's own proposal was refused by it.
        public let steps: Int
        /// Lower and upper end of the exact binomial 95 % interval of their share, as if steps were independent.
        public let interval: [Double]
        /// Steps in which what was done was false by it all the same.
        public let broken: Int
        /// The smallest margin of any step that was done; nothing where margins are not measured or not finite.
        public let margin: Double?

        /// States the figures.
        public init(rule: String, steps: Int, of total: Int, broken: Int, margin: Double?) {
            (self.rule, self.steps, self.broken, self.margin) = (rule, steps, broken, margin)
            interval =
                total > 0
                ? BinomialCount(events: steps, trials: total).interval(confidence: 0.95).ends : [0, 1]
        }
    }

    /// How far a certificate covered the steps.
    public struct Cover: Codable, Sendable, Equatable {
        /// SHA-256 of its file.
        public let certificate: String
        /// Steps in a state about which it says nothing.
        public let uncovered: Int
        /// Steps in a state that it covers in which every reaction was refused: rules ask for more there than the certificate proves.
        public let deadEnds: Int

        private enum CodingKeys: String, CodingKey {
            case certificate, uncovered
            case deadEnds = "dead_ends"
        }

        /// States the figures.
        public init(certificate: String, uncovered: Int, deadEnds: Int) {
            (self.certificate, self.uncovered, self.deadEnds) = (certificate, uncovered, deadEnds)
        }
    }

    /// The file of rules; nothing without one.
    public let rules: String?
    /// SHA-256 of its bytes.
    public let digest: String?
    /// What is tried, in order.
    public let reactions: String
    /// What acts where the policy may not; nothing where nothing does.
    public let fallback: String?
    /// Episodes, and those in which nothing was refused.
    public let episodes, untouched: Int
    /// Decisions.
    public let steps: Int
    /// Those in which something else was done than proposed, or nothing.
    public let interventions: Int
    /// Interventions by what came of them: `resampled`, `projected`, `stopped` and so on.
    public let outcomes: [String: Int]
    /// Steps that could not be judged, such as by an observation that is no number: refusals, too.
    public let notJudged: Int
    /// Steps in which every reaction was refused.
    public let deadEnds: Int
    /// Steps done in which an enforced rule was false.
    public let brokenSteps: Int
    /// Mean distance of what was done from what was proposed where a projection was done, in ranges of the action; nothing without one.
    public let meanDistance: Double?
    /// Questions that a solver did not answer in time.
    public let solverTimeouts: Int
    /// What a certificate says of the steps; nothing without one.
    public let cover: Cover?
    /// Steps in which a watched rule became false, by its name.
    public let alarms: [String: Int]
    /// Each rule that is enforced, in the order of the file.
    public let refusals: [Refusals]
    /// How often an episode went back, and how many steps were undone by that; nothing where it could not.
    public var rollBacks, undone: Int?
    /// What a step monitor did; nothing without one.
    public var watch: WatchFigures?
    /// What a router did; nothing without one.
    public var router: RoutingFigures?

    private enum CodingKeys: String, CodingKey {
        case rules, reactions, fallback, episodes, untouched, steps, interventions, outcomes, alarms, refusals
        case cover, undone, router
        case rollBacks = "roll_backs"
        case watch = "monitor"
        case digest = "sha256"
        case notJudged = "not_judged"
        case deadEnds = "dead_ends"
        case brokenSteps = "broken_steps"
        case meanDistance = "mean_distance"
        case solverTimeouts = "solver_timeouts"
    }

    /// States the figures.
    public init(
        rules: String?, digest: String?, reactions: String, fallback: String?, episodes: Int, untouched: Int,
        steps: Int, outcomes: [String: Int], notJudged: Int, deadEnds: Int, brokenSteps: Int,
        meanDistance: Double?,
        solverTimeouts: Int, cover: Cover? = nil, alarms: [String: Int], refusals: [Refusals]
    ) {
        (self.rules, self.digest, self.reactions, self.fallback) = (rules, digest, reactions, fallback)
        (self.episodes, self.untouched, self.steps) = (episodes, untouched, steps)
        (self.outcomes, self.notJudged, self.deadEnds) = (outcomes, notJudged, deadEnds)
        self.brokenSteps = brokenSteps
        (self.meanDistance, self.solverTimeouts) = (meanDistance, solverTimeouts)
        (self.alarms, self.refusals, self.cover) = (alarms, refusals, cover)
        interventions = outcomes.values.reduce(0, +)
    }

    /// Steps that were done although a rule refused them.
    public var unprotected: Int { outcomes["unprotected"] ?? 0 }
    /// Decisions after which something was done.
    public var stepsDone: Int { steps - (outcomes["stopped"] ?? 0) - (outcomes["rolled back"] ?? 0) }
    /// Interventions in a thousand steps; nothing without a step.
    public var perThousand: Double? { steps > 0 ? 1000 * Double(interventions) / Double(steps) : nil }

    /// What was done, in words, without a full stop.
    public var text: String {
        let counts = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let what = counts.isEmpty ? "nothing refused" : counts.joined(separator: ", ")
        let rate = perThousand.map { String(format: " (%.3g in 1,000)", $0) } ?? ""
        let judged = notJudged == 0 ? "" : "; \(notJudged) could not be judged"
        let covered =
            cover.map {
                "; \($0.uncovered) uncovered by the certificate"
                    + ($0.deadEnds == 0 ? "" : ", \($0.deadEnds) dead ends in covered ones")
            } ?? ""
        return "\(interventions) interventions in \(steps) steps\(rate): \(what)\(judged)\(covered)"
    }
}
