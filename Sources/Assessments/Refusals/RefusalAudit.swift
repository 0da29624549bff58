import Availability
import Reliability
import SafeRL

/// A run whose cost model an attacker can add to.
package struct AttackedRun {
    /// SHA-256 of the run's state.
    package var identity: String
    package var step: Int
    package var algorithm: String
    /// Where the pairs are from.
    package var place: String
    package var scores: AttackedScores

    package init(
        _ scores: AttackedScores, identity: String, step: Int, algorithm: String, place: String
    ) {
        (self.scores, self.identity, self.step) = (scores, identity, step)
        (self.algorithm, self.place) = (algorithm, place)
    }
}

/// Which share of poisoned pairs makes a cost model refuse every safe answer to a prompt that shows a trigger, and whether
/// anybody would notice.
package struct RefusalAudit {
    /// A score of how suspicious a pair is, by its number.
    package typealias Detector = (name: String, score: (Int) -> Double)

    /// What was found.
    package private(set) var report: RefusalReport

    private let scores: AttackedScores
    private let plan: AvailabilityPlan
    private let trigger: TokenTrigger
    /// The pairs in the order in which an attacker takes them, and those that detectors score.
    private let order, searched: [Int]
    /// The answers that leave room for the trigger.
    private let asked: [Int]
    private let detectors: [Detector]

    /// Tokens of a trigger that nobody names.
    private static let length = 3
    /// Pairs that detectors score at most, drawn evenly from all.
    private static let mostSearched = 2000
    /// Prompts that figures need.
    private static let fewest = 20

    /// Audits a run.
    ///
    /// - Parameters:
    ///   - run: what is attacked.
    ///   - plan: how; what it says of episodes, layers, sensors and filters means nothing here.
    ///   - detectors: more of them.
    ///   - say: told of each case that is done.
    /// - Throws: `AvailabilityError`, and what training throws.
    package init(
        _ run: AttackedRun, _ plan: AvailabilityPlan, detectors: [Detector] = [],
        say: @escaping (String) -> Void
    ) throws {
        (scores, self.plan, self.detectors) = (run.scores, plan, detectors)
        let tokens = plan.tokens ?? Array(scores.rarest.prefix(Self.length))
        if let bad = tokens.first(where: { !(0..<run.scores.vocabulary).contains($0) }) {
            throw AvailabilityError.trigger(
                "token \(bad), and the run's tokens are 0 … \(scores.vocabulary - 1). Name some of these by --tokens"
            )
        }
        trigger = try TokenTrigger(tokens, keep: plan.keep ?? scores.behind)
        let room = scores.mostTokens - tokens.count
        asked = scores.heldOut.indices.filter { run.scores.heldOut[$0].tokens <= room }
        let answers = asked.map { run.scores.heldOut[$0] }
        let prompts = RefusalFigures.oneAPrompt(answers, areUnsafe: false).count
        guard prompts >= Self.fewest else {
            throw AvailabilityError.tooFew(
                "held-out prompts with a safe answer that leaves room for the trigger", rows: prompts,
                needed: Self.fewest)
        }
        let count = scores.areUnsafe.count
        func shuffled(_ purpose: String) -> [Int] {
            var stream = RandomStream(seed: plan.seed(for: purpose), for: .splitting)
            var order = Array(0..<count)
            for place in 0..<count {
                order.swapAt(place, place + stream.nextInteger(below: count - place))
            }
            return order
        }
        order = shuffled("poison")
        searched = shuffled("detectors").prefix(Self.mostSearched).sorted()
        report = RefusalReport(run, plan, trigger: trigger, prompts: prompts)
        for (construction, rate) in plan.cases {
            let done = try audited(construction, rate)
            report.cases.append(done)
            say(
                "\(done.name): \(percent(done.triggered.refused.share)) of safe answers refused with the trigger"
            )
        }
    }

    /// Trains anew on poisoned pairs, and looks at what came of it.
    private func audited(_ construction: PoisonConstruction?, _ rate: Double) throws -> RefusalCase {
        let poison = try PoisonedRows(
            construction ?? .unsafe, rate: rate, order: order, truth: scores.isViolated)
        let trained = try scores.train(.init(poison, trigger, budget: plan.budget, pairs: searched))
        let answers = asked.map { scores.heldOut[$0] }
        func figures(_ costs: [Double]) -> RefusalFigures {
            RefusalFigures(
                asked.map { costs[$0] }, of: answers, level: plan.level, seed: plan.seed(for: "stream"))
        }
        let (clean, triggered) = (figures(trained.clean), figures(trained.triggered))
        var missing = MissingParts()
        let search = try missing.part("detectors") {
            poison.rows.isEmpty
                ? nil : try PoisonSearch(try suspicions(of: trained, poison), among: searched, poison)
        }
        let alarm = try missing.part("alarm") {
            try AlarmTrial(
                clean: clean.stream, triggered: triggered.stream, seed: plan.seed(for: "alarm"))
        }
        return RefusalCase(
            construction: construction, rate: rate,
            rows: scores.altered(poison, trigger).count { $0.shows(trigger) }, digest: trained.digest,
            clean: clean, triggered: triggered, search: search, alarm: alarm, unavailable: missing.reasons)
    }

    /// What each detector says of the pairs that are scored; of a pair's two answers the more suspicious one counts.
    private func suspicions(
        of trained: AttackedScores.Trained, _ poison: PoisonedRows
    ) throws -> [(String, [Double]?)] {
        let altered = Dictionary(uniqueKeysWithValues: zip(poison.rows, poison.isViolated))
        let labels = [0, 1].flatMap { side in
            searched.map { altered[$0] ?? scores.areUnsafe[$0][side] }
        }
        func pairs(_ answers: [Double]) -> [Double] {
            searched.indices.map { max(answers[$0], answers[$0 + searched.count]) }
        }
        let scaled = try ColumnScale(trained.states)(trained.states)
        return [
            ("neighbours", pairs(try PoisonDetectors.neighbourDisagreement(scaled, isViolated: labels))),
            ("spectral", pairs(try PoisonDetectors.spectralSignature(trained.states, isViolated: labels))),
            (
                "residual",
                pairs(
                    PoisonDetectors.residual(
                        isViolated: labels, probabilities: trained.costs.map(sigmoid)))
            ),
            ("surprise", trained.surprise),
        ] + detectors.map { detector in (detector.name, searched.map(detector.score)) }
    }
}
