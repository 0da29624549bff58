import Rules
import SafeRL
import Storage

/// Rules in front of an environment: each episode has a monitor of its own, and no other episode moves it.
public final class RuleShield: ActionShield {
    private let plan: ShieldPlan
    private var actions: Space?
    private var running: RunningGuards
    /// Rules that have no past, where nothing but they judges; nothing elsewhere.
    private var judge: StraightJudge?
    private var box: ActionBox?

    /// Sets up a shield.
    public init(_ plan: ShieldPlan) { (self.plan, running) = (plan, RunningGuards()) }

    /// Refuses an environment that the rules or reactions do not fit.
    public func check(_ environment: any VectorEnvironment) throws {
        try plan.check(environment)
        actions = environment.actionSpace
        box = ActionBox(environment.actionSpace)
        let isPlain = plan.isPlain && environment.actionSpace.choices == nil
        judge = isPlain ? StraightJudge(plan.rules) : nil
    }

    /// Begins an episode, whose earlier course is forgotten.
    public func begin(_ episode: Int) {
        guard let actions else { preconditionFailure("a shield that was not checked against an environment") }
        running.begin(episode, plan, actions: actions)
    }

    /// Whether rules have no past, and nothing else judges.
    public var mayPass: Bool { judge != nil }

    /// Which proposals rules allow as they are, with nothing to be said of it.
    public func passing(
        _ episodes: [Int], steps: [Int], observations: Span<Float>, actions: Span<Float>
    ) -> [Bool] {
        guard let box, judge != nil,
            var answers = judge?.passes(actions, seeing: observations, rows: episodes.count)
        else { return [] }
        running.let(&answers, passBy: box, episodes, steps: steps, actions)
        return answers
    }

    /// Decides what is done.
    public func review(_ proposal: ActionProposal, of source: inout some ProposalSource) -> ShieldDecision {
        // An episode that nobody began has no past to judge by.
        guard let place = running.toReview(proposal.episode) else { return .stop }
        let decision = place.episode.review(proposal, of: &source)
        running.wasReviewed(proposal.episode, decision)
        return decision
    }

    /// Takes a step into the past of its episode.
    public func settle(_ episode: Int, isEnd: Bool, isViolation: Bool = false) {
        running.settle(episode, isEnd: isEnd, isViolation: isViolation)
    }

    /// Drops an episode that was left before its end; its figures do not count.
    func forget(_ episode: Int) { running.forget(episode) }

    /// Whether an action differs from what was asked for by clipping to the range alone, which the environment does as well.
    func isOnlyClipped(_ asked: [Float], to action: [Float]) -> Bool {
        actions.map { ActionBox($0).clipped(asked) == action } ?? false
    }

    /// What was done in each episode that ended, in the order of their numbers.
    public var episodes: [ShieldTally] { running.tallies }

    /// The figures over the episodes that ended.
    public var summary: ShieldSummary { ShieldSummary(episodes, of: plan) }

    /// Whether it only looks on.
    public var changesNothing: Bool { plan.looksOn }
    /// As far as `roll-back` says.
    public var rollBackDepth: Int { plan.rollBackDepth }
    /// Whether a step monitor's figures are asked for.
    public var asksForTruth: Bool { plan.watch != nil }

    /// Its rules, and how it reacts: what tells a shielded policy from another, for certificates.
    public var settings: [String: String] { plan.settings }
}

extension ShieldPlan {
    /// What is tried, as it is written on the command line.
    public var reactionText: String { reactions.map(\.text).joined(separator: ",") }

    var settings: [String: String] {
        var settings = ["guard reactions": reactionText]
        if !rules.rules.isEmpty { settings["guard"] = rules.digest }
        if let tight { settings["guard tight"] = tight.digest }
        for own in [watch?.settings, router?.settings] { settings.merge(own ?? [:]) { first, _ in first } }
        if let fallback { settings["guard fallback"] = fallback.name }
        switch onAlarm {
        case .log: break
        case .fallback(let steps): settings["guard alarm"] = "fallback:\(steps)"
        case .stop: settings["guard alarm"] = "stop"
        }
        if !canStop { settings["guard stops"] = "no" }
        if lookAhead > 0 { settings["guard look-ahead"] = "\(lookAhead)" }
        settings["guard certificate"] = certificate?.digest
        return settings
    }
}

extension ShieldSummary {
    /// Sums up episodes.
    init(_ episodes: [ShieldTally], of plan: ShieldPlan) {
        let steps = episodes.reduce(0) { $0 + $1.steps }
        var outcomes: [String: Int] = [:]
        for (outcome, count) in episodes.flatMap(\.outcomes) {
            outcomes[outcome.rawValue, default: 0] += count
        }
        func total(_ counts: KeyPath<ShieldTally, [Int]>, _ rule: Int) -> Int {
            episodes.reduce(0) { $0 + $1[keyPath: counts][rule] }
        }
        let rules = plan.rules.rules
        let refusals = rules.indices.filter { !rules[$0].isWatched }.map { number in
            let margin = episodes.reduce(Double.infinity) { min($0, $1.margins[number]) }
            return Refusals(
                rule: rules[number].name, steps: total(\.refused, number), of: steps,
                broken: total(\.broken, number), margin: margin.isFinite ? margin : nil)
        }
        let alarms = rules.indices.filter { rules[$0].isWatched }.map {
            (rules[$0].name, total(\.alarms, $0))
        }
        let projected = outcomes[ShieldEntry.Outcome.projected.rawValue] ?? 0
        self.init(
            rules: rules.isEmpty ? nil : plan.rules.name, digest: rules.isEmpty ? nil : plan.rules.digest,
            reactions: plan.reactionText,
            fallback: plan.fallback?.name, episodes: episodes.count,
            untouched: episodes.count(where: \.isUntouched),
            steps: steps, outcomes: outcomes, notJudged: episodes.reduce(0) { $0 + $1.notJudged },
            deadEnds: episodes.reduce(0) { $0 + $1.deadEnds },
            brokenSteps: episodes.reduce(0) { $0 + $1.brokenSteps },
            meanDistance: projected > 0 ? episodes.reduce(0) { $0 + $1.distance } / Double(projected) : nil,
            solverTimeouts: episodes.reduce(0) { $0 + $1.solverTimeouts },
            cover: plan.certificate.map { certificate in
                Cover(
                    certificate: certificate.digest, uncovered: episodes.reduce(0) { $0 + $1.uncovered },
                    deadEnds: episodes.reduce(0) { $0 + $1.coveredDeadEnds })
            },
            alarms: Dictionary(uniqueKeysWithValues: alarms), refusals: refusals)
        if plan.rollBackDepth > 0 {
            rollBacks = episodes.reduce(0) { $0 + $1.rollBacks }
            undone = episodes.reduce(0) { $0 + $1.undone }
        }
        watch = plan.watch.map { WatchFigures(episodes.map(\.watch), $0.settings) }
        router = plan.router.map { RoutingFigures(episodes.compactMap(\.routing), $0.settings) }
    }
}

extension WatchFigures {
    fileprivate init(_ episodes: [WatchTally], _ settings: [String: String]) {
        self.init(
            settings: settings, alarms: episodes.reduce(0) { $0 + $1.alarms },
            flagged: episodes.reduce(0) { $0 + $1.flagged },
            notJudged: episodes.reduce(0) { $0 + $1.notJudged }, episodes: episodes.map(\.episode),
            knowsOnsets: episodes.contains { $0.knowsOnset })
    }
}

extension RoutingFigures {
    fileprivate init(_ episodes: [RoutingTally], _ settings: [String: String]) {
        var steps: [String: Int] = [:]
        for routed in RoutedClass.allCases {
            steps[routed.rawValue] = episodes.reduce(0) { $0 + ($1.steps[routed] ?? 0) }
        }
        let samples = episodes.compactMap(\.sample)
        self.init(
            settings: settings, steps: steps, ungrounded: episodes.reduce(0) { $0 + $1.ungrounded },
            asked: episodes.reduce(0) { $0 + $1.asked }, granted: episodes.reduce(0) { $0 + $1.granted },
            report: RouterReport(samples.map(\.step), as: samples.map(\.routed)))
    }
}
