import ArgumentParser
import SafeRL
import Shields

/// What `--guard` names.
enum GuardChoice: Equatable {
    /// A guardian that is fitted to the run's data.
    case guardian(GuardianFit.Kind)
    /// A file of rules.
    case rules(String)

    init(_ text: String) throws {
        self = text.hasSuffix(".rules") ? .rules(text) : .guardian(try GuardFit.kind(text))
    }
}

/// How a shield is to react.
struct ShieldRequest {
    /// What is tried, in order; nothing for the standard list.
    var reactions: [Reaction]?
    /// A controller of the environment, or a run; nothing for none.
    var fallback: String?
    /// What is done when a watched rule becomes false.
    var onAlarm = AlarmReaction.log
    /// Whether an episode can end before a step.
    var canStop = true
    /// A certificate of an invariant that the fallback keeps; nothing for none.
    var certificate: String?
    /// How long Z3 may take for a question; nothing for not asking it.
    var solverMilliseconds: Double?
    /// A step monitor and a router beside the rules.
    var watch = WatchRequest()
    /// Further steps that must be survivable behind a choice; 0 for none.
    var lookAhead = 0
}

/// What a shield does where a proposal would break a rule.
struct ShieldArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp(
            """
            What is tried in place of an action that rules refuse, in order: mask, resample:N, project, roll-back:N, idle, \
            fallback, stop. \
            Without it resample:8,project,fallback,stop, and of finite choices mask,fallback,stop.
            """, valueName: "list"),
        transform: { try ShieldArguments.read($0, Reaction.list) })
    var react: [Reaction]?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "What acts where the policy may not: a controller of the environment (point-robot: brake), or a run.",
            valueName: "name"))
    var fallback: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "A certificate of saferl verify --rules: the fallback keeps an invariant. Steps that it does not cover are counted.",
            valueName: "file"), completion: .file())
    var certificate: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "When a watched rule becomes false, or a monitor flags a step: log, fallback:N for N steps, or stop; log without it.",
            valueName: "what"),
        transform: { try ShieldArguments.read($0, AlarmReaction.init) })
    var onAlarm: AlarmReaction?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            """
            Also ask Z3, where it is installed, for the nearest action where rules are not linear, so many milliseconds a \
            question; what it answers in time depends on the machine. Without it nothing is asked.
            """, valueName: "ms"))
    var solverTimeout: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Of finite choices, also refuse those behind which, for some observations, fewer further steps can be survived.",
            valueName: "steps"))
    var lookAhead: Int?
    @Flag(
        name: .customLong("no-stop"),
        help:
            "Never end an episode: where nothing is allowed the fallback acts, and the step counts as unprotected."
    )
    var neverStops = false

    /// What was asked for.
    var request: ShieldRequest {
        ShieldRequest(
            reactions: react, fallback: fallback, onAlarm: onAlarm ?? .log, canStop: !neverStops,
            certificate: certificate, solverMilliseconds: solverTimeout, lookAhead: lookAhead ?? 0)
    }

    func validate() throws {
        if let lookAhead, !(1...100 ~= lookAhead) {
            throw ValidationError("--look-ahead \(lookAhead): must be from 1 to 100 steps.")
        }
    }

    /// Refuses what has no effect without rules.
    ///
    /// - Parameters:
    ///   - guarding: what `--guard` names.
    ///   - watch: monitor and router.
    /// - Throws: `ValidationError`.
    func check(_ guarding: GuardChoice?, _ watch: WatchRequest) throws {
        if let solverTimeout, !(solverTimeout > 0 && solverTimeout <= 60_000) {
            throw ValidationError(
                "--solver-timeout \(solverTimeout): must be above 0, and at most 60000 milliseconds.")
        }
        if case .guardian = guarding, watch.router != nil {
            throw ValidationError(
                "--router was calibrated for the policy alone, not for one that a guardian changes. Leave out --guard, or name rules."
            )
        }
        if case .rules = guarding { return }
        guard watch.isEmpty else { return }
        let given = [
            ("react", react != nil), ("fallback", fallback != nil), ("on-alarm", onAlarm != nil),
            ("solver-timeout", solverTimeout != nil), ("look-ahead", lookAhead != nil),
            ("no-stop", neverStops),
            ("certificate", certificate != nil),
            ("solver-timeout", solverTimeout != nil), ("no-stop", neverStops),
        ]
        guard let useless = given.first(where: \.1) else { return }
        throw ValidationError(
            "--\(useless.0) says what a shield does, and there is none. Name rules by --guard FILE.rules, --monitor or --router."
        )
    }

    private static func read<Value>(
        _ text: String, _ parse: (String) throws(ReactionFault) -> Value
    ) throws -> Value {
        do { return try parse(text) } catch { throw ValidationError(error.description) }
    }
}
