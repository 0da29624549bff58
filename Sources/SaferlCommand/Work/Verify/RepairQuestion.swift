import Foundation
import SafeRL

/// A property that is asked of the network of one checkpoint after the other.
struct RepairQuestion {
    /// What was found of one network.
    struct Answer {
        let verdict: String
        /// Shares of the volume, by what is known of them.
        let shares: [(name: String, share: Double)]
        /// States of the environment from which what is to be learned is replayed.
        let states: [[Double]]
        let certificate: VerificationCertificate
    }

    /// The network of the run that it is about.
    let network: String
    /// Asks; the seed is that of what is looked at in search of counter-examples.
    let ask: (VerifiableNetwork, _ seed: UInt64) throws -> Answer
    /// Counter-examples that are learned from in a round.
    static let most = 32
    /// Neighbours of each.
    private static let neighbours = 8
    /// Random inputs that are looked at for more counter-examples than the search had.
    private static let tries = 20_000

    /// Reads a property file.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - semantics: replaces the file's.
    ///   - network: as `--network` names it; else the file does.
    ///   - place: where the run acts, and what bounds it.
    ///   - limits: of each search.
    ///   - rules: SHA-256 of the rules that certificates name.
    ///   - registry: the environments there are.
    /// - Throws: `StorageError`; `VerificationError`.
    init(
        _ path: String, _ semantics: Semantics?, network: String?, in place: any BoundableEnvironment.Type,
        limits: SearchLimits, rules: String?, registry: Registry
    ) throws {
        if let asked = try InvariantProperty.read(path, semantics: semantics) {
            guard asked.value == nil else {
                throw VerificationError(
                    path, "its value is a formula, which no training changes. Name a network.", .usage)
            }
            guard let type = try registry.environment(named: asked.environment).type?.boundable,
                ObjectIdentifier(type) == ObjectIdentifier(place)
            else {
                throw VerificationError(
                    path, "it is about \(asked.environment), and the run acts elsewhere.", .usage)
            }
            self.network = try Self.name(network, asked.network, path)
            ask = { try Self.answer(asked, place, $0, limits, rules, seed: $1) }
            return
        }
        let (asked, named) = try VerificationProperty.read(path, semantics: semantics)
        self.network = try Self.name(network, named, path)
        if case .range(_, nil, nil) = asked.kind {
            throw VerificationError(
                path, "a range without limits is no property that could be violated. Add atLeast or atMost.",
                .usage)
        }
        ask = { try Self.answer(asked, place, $0, limits, rules, path, seed: $1) }
    }

    private static func name(_ given: String?, _ named: String?, _ path: String) throws -> String {
        if let given { return given }
        if let named, let mark = named.lastIndex(of: "#") {
            return String(named[named.index(after: mark)...])
        }
        throw VerificationError(
            path, "a repair is of a network of a run. Name one by --network.", .usage)
    }

    private static func answer<Bounded: BoundableEnvironment>(
        _ asked: InvariantProperty, _ type: Bounded.Type, _ network: VerifiableNetwork,
        _ limits: SearchLimits,
        _ rules: String?, seed: UInt64
    ) throws -> Answer {
        let question = try asked.question(type, network)
        let result = Verifier(limits: limits) { _ in }.verify(question)
        var states = result.counterExample.map { [$0] } ?? []
        if !result.isProved {
            states += question.counterExamples(upTo: most - states.count, tries: tries, seed: seed)
        }
        return Answer(
            verdict: result.verdict,
            shares: [
                ("kept", result.kept), ("vacuous", result.vacuous), ("refuted", result.refuted),
                ("open", result.open),
            ],
            states: withNeighbours(states, neighbours, in: question.box, seed: seed),
            certificate: VerificationCertificate(result, asked, of: network, rules: rules))
    }

    private static func answer(
        _ asked: VerificationProperty, _ type: any BoundableEnvironment.Type, _ network: VerifiableNetwork,
        _ limits: SearchLimits, _ rules: String?, _ path: String, seed: UInt64
    ) throws -> Answer {
        let result = try Verifier(limits: limits) { _ in }.verify(asked, of: network)
        var inputs: [[Double]] = []
        if case .violated(let example, _) = result {
            inputs = [example.input] + (example.other.map { [$0] } ?? [])
            inputs += asked.counterExamples(
                of: network, upTo: most - inputs.count, tries: tries, seed: seed)
        }
        // An input that no state shows stands for the state of the numbers that tell one.
        let states = inputs.compactMap { input in
            type.states(showing: input.map(Float.init))?.map { $0.low + $0.width / 2 }
        }
        guard states.count == inputs.count else {
            throw VerificationError(
                path, "its inputs tell no state of the environment, from which a step could be replayed.",
                .usage)
        }
        return Answer(
            verdict: result.verdict, shares: [("proved", result.record.provedShare)],
            states: withNeighbours(states, neighbours, in: type.stateBox, seed: seed),
            certificate: VerificationCertificate(result, asked, of: network, rules: rules))
    }
}
