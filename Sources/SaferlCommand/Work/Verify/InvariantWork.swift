import Foundation
import SafeRL

/// What `saferl verify` does with an invariant.
struct InvariantWork {
    let asked: InvariantProperty
    /// The property file, from whose folder a network's path counts.
    let property: String
    let source: NetworkSource
    let limits: SearchLimits
    let rules: String?
    let out: String?
    let certificate: (path: String, content: VerificationCertificate)?
    let isJSON: Bool
    /// Random states that shares are told of beside the proof.
    private static let samples = 20_000

    func run() throws {
        let place = try source.registry.environment(named: asked.environment)
        guard let type = place.type?.boundable else {
            throw VerificationError(
                property, "\(asked.environment) gives no bounds of its steps. \"point-robot\" does.", .usage)
        }
        try run(type)
    }

    private func run<Bounded: BoundableEnvironment>(_ type: Bounded.Type) throws {
        let named = asked.network.map { $0.hasPrefix("/") ? $0 : parent(of: property) + "/" + $0 }
        let network = asked.value == nil ? try source.read(named: named, by: property) : nil
        let question = try asked.question(type, network)
        if let certificate {
            try certificate.content.check(certificate.path, asked, question, of: network)
            let text = certificate.content.verdict
            if let out { try certificate.content.record(certificate.path, origin(named), in: out) }
            try Output.write(isJSON ? certificate.content.text : "checked  \(text)\n")
            if text != "holds" { throw CommandStatus.noSolutionFound }
            return
        }
        let result = search(question)
        let stated = VerificationCertificate(result, asked, of: network, rules: rules)
        if let out { try stated.write(to: out, of: origin(named)) }
        let sampled = question.sampled(Self.samples)
        try Output.write(
            isJSON ? json(stated, result, sampled) : table(result, sampled, names: type.stateNames))
        if !result.isProved { throw CommandStatus.noSolutionFound }
    }

    /// The policy that the value is of; none for a formula.
    private func origin(_ named: String?) throws -> [(String, JSONValue)] {
        asked.value == nil ? try source.origin(named: named) : []
    }

    private func search<Bounded: BoundableEnvironment>(_ question: InvariantQuestion<Bounded>)
        -> InvariantResult
    {
        let line = WorkLine()
        defer { line.end() }
        return Verifier(limits: limits) { progress in
            line.show(
                String(
                    format: "%.2f %% of the volume proved, %d boxes, %d open", 100 * progress.provedShare,
                    progress.boxes, progress.open))
        }.verify(question)
    }

    private typealias Sample = (low: Double, kept: Double, feasible: Double?)

    private func json(_ stated: VerificationCertificate, _ result: InvariantResult, _ sampled: Sample)
        -> String
    {
        var members: [(String, JSONValue)] = [
            ("kept", .number(result.kept)), ("vacuous", .number(result.vacuous)),
            ("refuted", .number(result.refuted)), ("open", .number(result.open)),
            ("sampled_low", .number(sampled.low)), ("sampled_kept", .number(sampled.kept)),
        ]
        if let feasible = sampled.feasible { members.append(("sampled_feasible", .number(feasible))) }
        return stated.adding(members).compact
    }

    private func table(_ result: InvariantResult, _ sampled: Sample, names: [String]) -> String {
        func share(_ x: Double) -> String { String(format: "%.4f", x) }
        var lines = [
            "verdict    \(result.verdict) (\(asked.semantics.rawValue))",
            "kept       \(share(result.kept)) of the volume, proved: a listed action keeps the value low, or from rising",
            "vacuous    \(share(result.vacuous)), proved: the value is not low",
            "refuted    \(share(result.refuted)), proved: no listed action keeps it low",
            "open       \(share(result.open))",
        ]
        if let state = result.counterExample {
            lines.append("state      " + zip(names, state).map { "\($0) \($1)" }.joined(separator: ", "))
        }
        lines.append(
            "sampled    \(Self.samples) states: the value is low in \(share(sampled.low)), and kept low in \(share(sampled.kept)) of these"
        )
        if let feasible = sampled.feasible {
            lines.append("           \(share(feasible)) are feasible by the environment's own rule")
        }
        lines.append("boxes      \(result.boxes), \(result.deepest) cuts deep")
        return lines.joined(separator: "\n") + "\n"
    }
}
