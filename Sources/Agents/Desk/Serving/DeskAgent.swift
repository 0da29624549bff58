import LanguageModels
import Networks
import Rules
import Tensors

/// A language model at the desk, whose calls are guarded.
///
/// Episodes are served in waves of a fixed number, so that what is drawn does not depend on how many there are in all.
public final class DeskAgent {
    /// Episodes of a wave.
    public static let wave = 64
    /// Tokens of a reply at most; the longest call has fewer than half.
    public static let mostTokens = 96

    private let network: Network<Decoder>
    private let tokens: DeskTokens
    private let trace: DeskTrace
    private let guardian: CallGuard
    private let masks: TokenMasks
    private let tape = Tape()
    private var options = SamplingOptions()
    /// What was counted so far.
    public private(set) var counts = DeskCounts()

    /// Puts a model behind the desk.
    ///
    /// - Parameters:
    ///   - network: of the vocabulary of `tokens`.
    ///   - tokens: as it was trained with.
    ///   - trace: the rules.
    ///   - mode: how calls are guarded.
    /// - Throws: `ToolSchemaError`, `CallGuardError`, `TokenizerError`.
    public init(_ network: Network<Decoder>, _ tokens: DeskTokens, _ trace: DeskTrace, mode: GuardMode) throws
    {
        (self.network, self.tokens, self.trace) = (network, tokens, trace)
        let grammar = try ToolGrammar(DeskTool.schema, name: "desk")
        guardian = try CallGuard(
            trace.rules, grammar, mode: mode, reactions: mode == .check ? [.stop] : [.idle, .stop],
            ending: [DeskTool.finish.rawValue])
        masks = TokenMasks(grammar, try TokenVocabulary(tokens.tokenizer, endTokens: [tokens.endToken]))
        options.mostTokens = Self.mostTokens
    }

    /// One episode that is served.
    private struct Service {
        var episode: DeskEpisode
        var monitor: RuleMonitor
        var tokens: [Int32] = []
        var isStopped = false

        var isActive: Bool { !isStopped && !episode.world.isOver }
    }

    /// Serves one wave of episodes.
    ///
    /// - Parameters:
    ///   - situations: at most `wave`.
    ///   - seed: of the draws.
    ///   - number: of the wave, which decides about streams with the seed.
    ///   - goOn: called before every token; what it throws ends the wave.
    /// - Returns: what was executed, in the order of the situations.
    /// - Throws: `NonFiniteError` when a logit is not finite.
    public func serve(
        _ situations: [DeskSituation], seed: UInt64, wave number: Int, asking goOn: () throws -> Void = {}
    ) throws -> [DeskEpisode] {
        precondition(situations.count <= Self.wave, "\(situations.count) episodes in a wave")
        var services = situations.map {
            Service(episode: DeskEpisode($0), monitor: RuleMonitor(trace.rules))
        }
        for step in 0..<Desk.mostCalls {
            let active = services.indices.filter { services[$0].isActive }
            if active.isEmpty { break }
            for index in active { services[index].tokens += tokens.read(services[index].episode.world.text) }
            let start = ContinuousClock.now
            var replies = active.map { index in
                guardian.reply(
                    services[index].monitor, in: trace.step(before: services[index].episode.world),
                    masks: masks, values: .desk)
            }
            let stream = UInt32(truncatingIfNeeded: (number * Desk.mostCalls + step) * Self.wave)
            let written = try network.body.generate(
                active.map { services[$0].tokens }, constraints: &replies, options: options, seed: seed,
                firstStream: stream, on: tape, asking: goOn, weights: { network.weights(on: tape) })
            for (place, index) in active.enumerated() {
                take(replies[place], written[place], &services[index])
            }
            counts.time += ContinuousClock.now - start
        }
        return services.map(\.episode)
    }

    /// Executes a reply, or does what is to be done where there is no call.
    private func take(_ reply: GuardedReply, _ written: ConstrainedGeneration, _ service: inout Service) {
        counts.calls += 1
        counts.tokens += written.drawn
        counts.redraws += written.redraws
        // Without a guard a refusal is a note: nothing was kept from being done.
        if guardian.mode != .none {
            if !reply.refusals.isEmpty { counts.interventions += 1 }
            counts.refusals += reply.refusals.count
        }
        if reply.outcome == .deadlock { counts.deadlocks += 1 }
        if case .call(let made) = reply.outcome {
            service.tokens += written.generation.tokens
            if written.generation.tokens.last != tokens.endToken { service.tokens.append(tokens.endToken) }
            return execute(DeskCall(made.text), in: &service)
        }
        // A reply whose tokens ran out is no call, and is treated like one that was refused.
        var monitor = service.monitor
        let base = trace.step(before: service.episode.world)
        if guardian.mode != .none, guardian.reaction(explained: 1, &monitor, in: base) != .idle {
            counts.stops += 1
            service.isStopped = true
            return
        }
        counts.idles += 1
        service.tokens.append(tokens.endToken)
        execute(nil, in: &service)
    }

    private func execute(_ call: DeskCall?, in service: inout Service) {
        let step = trace.step(call, in: service.episode.world)
        if guardian.mode != .none {
            // What the guard let through is judged once more as it is executed; what fails here is not executed.
            guard let judgement = try? service.monitor.propose(step), judgement.isAllowed else {
                counts.stops += 1
                service.isStopped = true
                return
            }
            service.monitor.commit()
        }
        service.episode.execute(call)
    }
}

/// What was counted while episodes were served.
public struct DeskCounts: Sendable, Equatable {
    /// Replies.
    public var calls = 0
    /// Tokens that were drawn, those taken back included.
    public var tokens = 0
    /// How often a reply was drawn again.
    public var redraws = 0
    /// Replies of which at least one draw was refused.
    public var interventions = 0
    /// Calls that were refused.
    public var refusals = 0
    /// Replies for which no token was allowed.
    public var deadlocks = 0
    /// Steps without a call.
    public var idles = 0
    /// Episodes that were ended because nothing was allowed.
    public var stops = 0
    /// Time of drawing and judging.
    public var time = Duration.zero
}

extension CallValues {
    /// The values of the desk's numbers; texts are enumerated by the tools themselves.
    package static let desk: CallValues = {
        var values = CallValues()
        for tool in DeskTool.allCases {
            for parameter in tool.parameters { values[tool.rawValue, parameter.name] = parameter.values }
        }
        return values
    }()
}
