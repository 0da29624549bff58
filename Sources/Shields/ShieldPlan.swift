import Rules
import SafeRL

/// What acts where a policy may not: a named controller, or the policy of another run.
public struct Fallback {
    /// Its name, or the run's folder, for reports.
    public let name: String
    /// What acts; it must need nothing but the present observation.
    public let policy: any Policy

    /// Names a fallback.
    public init(_ name: String, _ policy: any Policy) { (self.name, self.policy) = (name, policy) }
}

/// What a shield writes down; its counts are kept in any case.
public enum ShieldLogging: String, Sendable, CaseIterable {
    /// No decision: memory does not grow.
    case nothing
    /// Interventions and alarms.
    case interventions
    /// Every decision.
    case everyStep = "all"
}

/// Rules, and what is done where a proposal would break one.
public struct ShieldPlan {
    /// What no step that is done may break; `RuleFile.none` for a step monitor or a router alone.
    public let rules: RuleFile
    /// Flags steps, as one more watched rule; nothing without.
    public var watch: (any StepWatch)?
    /// Routes proposals into act, tighten, ask and refuse; nothing for letting the policy act.
    public var router: (any ProposalRouter)?
    /// What a step of the class tighten may not break besides; nothing for no more than `rules`.
    public var tight: RuleFile?
    /// Who is asked about steps of the class ask; nothing where nobody is there, so that the fallback acts.
    public var asker: (any AskHandler)?
    /// Whether monitor and router only look on: every proposal is done as it is.
    public var looksOn = false
    /// What is tried, in order, in place of what is not allowed.
    public var reactions: [Reaction]
    /// What is done when a watched rule becomes false.
    public var onAlarm = AlarmReaction.log
    /// What acts where the policy may not.
    public var fallback: Fallback?
    /// A solver that proposes projections where rules are not linear; nothing for none, so that nothing depends on a clock.
    public var proposer: (any ActionProposer)?
    /// The states in which the fallback is proved to be enough, so that rules about what is observed meet no dead end there; nothing for none.
    public var certificate: InvariantCover?
    /// What the environment calls doing nothing; nothing where it has no such action.
    public var idleAction: [Float]?
    /// Further steps that must be survivable behind a choice; 0 for what rules allow now alone.
    public var lookAhead = 0
    /// Columns of observations that take finitely many values, for `lookAhead`.
    public var observationValues: [Int: [Float]] = [:]
    /// Whether an episode can be ended before a step.
    ///
    /// Where it cannot, what is done at a dead end counts as unprotected.
    public var canStop = true
    /// What is written down of decisions.
    public var logging = ShieldLogging.interventions
    /// ρ: what is left of the action's range in the class tighten.
    static let shrinking: Float = 0.5

    /// Whether margins are measured, which costs time.
    public var measuresMargins = false

    /// Whether the terms of a refused rule are written down.
    public var logsTerms = false

    /// Plans a shield.
    ///
    /// - Parameters:
    ///   - rules: `RuleFile.none` for a step monitor or a router alone.
    ///   - reactions: nothing for the standard ones of the environment's actions.
    public init(_ rules: RuleFile, reactions: [Reaction]) {
        (self.rules, self.reactions) = (rules, reactions)
    }

    /// Refuses an environment that the rules or reactions do not fit.
    ///
    /// - Throws: `ConfigurationError` for a column that the environment does not have, `ReactionFault` for what cannot be done,
    ///   `EvaluationError` for a fallback of another size.
    public func check(_ place: any VectorEnvironment) throws {
        try check(
            observations: place.observationSpace.size, actions: place.actionSpace.size,
            choices: place.actionSpace.choices, of: place.name)
        for rules in [rules, tight].compactMap(\.self) where !rules.events.isEmpty || !rules.states.isEmpty {
            throw ConfigurationError(
                at: rules.name,
                "speaks of calls, events or states, which a policy's actions have none of. Use rules about signals alone."
            )
        }
        if rollBackDepth > 0, !place.copiesStates {
            throw ReactionFault(
                "\"roll-back\" in --react: the state of \(place.name) cannot be copied. Leave it out, or evaluate in a native "
                    + "environment such as point-robot.")
        }
        if reactions.contains(.project), place.actionSpace.choices != nil {
            throw ReactionFault(
                "\"project\" in --react moves real numbers, and the actions of \(place.name) are choices. Use \"mask\"."
            )
        }
        if reactions.contains(.idle), idleAction == nil {
            throw ReactionFault(
                "\"idle\" in --react: \(place.name) has no action that does nothing. Leave it out, or name a fallback."
            )
        }
        if lookAhead > 0 { try checkLookAhead(place.name) }
        if onAlarm == .stop, !canStop {
            throw ReactionFault("--on-alarm stop and --no-stop contradict each other. Leave one of them out.")
        }
        let needsFallback = if case .fallback = onAlarm { true } else { false }
        if fallback == nil, needsFallback {
            throw ReactionFault("--on-alarm fallback needs --fallback, which names what acts then.")
        }
        if certificate != nil, fallback == nil || !reactions.contains(.fallback) {
            throw ReactionFault(
                "--certificate proves what the fallback keeps, and it does not act here. Name it by --fallback, and in --react."
            )
        }
        guard let fallback else { return }
        guard fallback.policy.needsNoPast else {
            throw ReactionFault(
                "the fallback \(quoted(fallback.name)) remembers earlier steps, and it would not have seen them. Name one that does not."
            )
        }
        try Evaluator.checkSizes(of: fallback.policy, in: place)
    }
}

extension ShieldPlan {
    /// Refuses rules of which not every observation can be tried.
    private func checkLookAhead(_ name: String) throws(ReactionFault) {
        if let signal = LookAhead.unlisted(rules, values: observationValues) {
            throw ReactionFault(
                "--look-ahead tries every observation, and signal \(signal.name) has no finite list of values in \(name). "
                    + "Leave it out, or use rules about actions alone.")
        }
        let count = LookAhead.combinations(rules, values: observationValues)
        guard count <= LookAhead.mostObservations else {
            throw ReactionFault(
                "--look-ahead tries every observation, and rules read more than \(LookAhead.mostObservations) combinations. "
                    + "Leave it out, or read fewer signals.")
        }
    }

    /// The reactions that suit a policy.
    public static func standardReactions(for policy: any Policy) -> [Reaction] {
        policy.finiteActions.isEmpty ? Reaction.standard : Reaction.standardOfChoices
    }

    /// Refuses a policy that a reaction has nothing to choose from.
    ///
    /// - Throws: `ReactionFault`.
    public func check(_ policy: any Policy) throws(ReactionFault) {
        if lookAhead > 0, policy.finiteActions.isEmpty {
            throw ReactionFault(
                "--look-ahead tries every choice, and this policy's actions are real numbers. Leave it out.")
        }
        guard reactions.contains(.mask), policy.finiteActions.isEmpty else { return }
        throw ReactionFault(
            "\"mask\" in --react chooses among finitely many actions, and this policy's are real numbers. Leave it out."
        )
    }
}

extension ShieldPlan {
    /// Refuses sizes of observations and actions that the rules do not fit.
    ///
    /// - Parameters:
    ///   - observations: numbers of an observation.
    ///   - actions: numbers of an action.
    ///   - choices: how many an action is one of; nil for real numbers.
    ///   - name: whose they are.
    /// - Throws: `ConfigurationError`; what monitor and router throw.
    public func check(observations: Int, actions: Int, choices: Int? = nil, of name: String) throws {
        try rules.check(observations: observations, actions: actions, of: name)
        try tight?.check(observations: observations, actions: actions, of: name)
        try watch?.check(observations: observations, actions: actions, choices: choices, of: name)
        try router?.check(observations: observations, actions: actions, choices: choices, of: name)
    }

    /// How many steps an episode may go back at once; 0 for none.
    var rollBackDepth: Int {
        reactions.reduce(0) { if case .rollBack(let depth) = $1 { depth } else { $0 } }
    }

    /// Whether nothing but rules judges a proposal, and of one that they allow nothing is written down.
    var isPlain: Bool {
        watch == nil && router == nil && tight == nil && certificate == nil && !looksOn && lookAhead == 0
            && rollBackDepth == 0 && logging == .nothing && !measuresMargins
    }

    /// Refuses to go back where steps cannot be undone.
    ///
    /// - Parameter place: where that is, as a phrase.
    /// - Throws: `ReactionFault`.
    public func mustNotGoBack(_ place: String) throws(ReactionFault) {
        guard rollBackDepth > 0 else { return }
        throw ReactionFault(
            "\"roll-back\" in --react undoes steps, which \(place). Leave it out; saferl evaluate simulates, and can."
        )
    }

    /// Whether it may do anything else than was proposed.
    public var canIntervene: Bool {
        !looksOn
            && (rules.rules.contains { !$0.isWatched } || router != nil || onAlarm != .log
                || rollBackDepth > 0)
    }

    /// The same monitor and router, which only look on: what they say of a policy that acts alone; nothing where there is neither.
    public var lookingOn: ShieldPlan? {
        guard watch != nil || router != nil else { return nil }
        var plan = ShieldPlan(.none, reactions: [])
        (plan.watch, plan.router, plan.looksOn) = (watch, router, true)
        plan.logging = .nothing
        return plan
    }
}

extension RuleFile {
    /// Checks that every column lies in what an environment shows and takes.
    ///
    /// - Throws: `ConfigurationError`.
    public func check(against place: any VectorEnvironment) throws {
        try check(
            observations: place.observationSpace.size, actions: place.actionSpace.size, of: place.name)
    }

    fileprivate func check(observations: Int, actions: Int, of name: String) throws {
        for signal in signals {
            let size = signal.source == .action ? actions : observations
            guard signal.index >= size else { continue }
            throw ConfigurationError(
                at: self.name,
                "signal \(signal.name): \(signal.source.rawValue)[\(signal.index)], but \(name) has \(size). "
                    + "Write a number below \(size).")
        }
    }
}
