import Algorithms
import Foundation
import SafeRL

/// What `saferl reward explain` does.
struct RewardWork {
    let source: ConfigurationArguments
    let row: Int
    let answers: [String]
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        var source = source
        // A run's own configuration lies in its folder.
        if let file = source.file, fileKind(file, following: true) == .directory {
            source.file = file + "/config.resolved.json"
        }
        let document = try source.document()
        let algorithm = try registry.algorithm(of: document)
        guard algorithm == GRPO.self else { throw NoVerifiedReward(algorithm: algorithm.name) }
        let resolved = try document.resolve(
            GRPO.Configuration.self, of: GRPO.name, among: registry.algorithmNames)
        resolved.sayRemarks()
        try resolved.checkNames(in: registry)
        guard let task = try registry.environment(named: resolved.run.environment).type?.textTask else {
            throw NoVerifiedReward(environment: resolved.run.environment)
        }
        let found = try GRPO.explanation(
            of: resolved.options.reward, in: task, seed: resolved.run.data.collect.seed, row: row,
            answers: answers)
        if isJSON { return try Output.write(json: found) }
        try Output.write(
            "request \(found.row), \(found.kind): \(found.request)\n\n"
                + found.answers.map(Self.text).joined(separator: "\n\n"))
    }

    private static func text(_ answer: RewardExplanation.Answer) -> String {
        func number(_ value: Double) -> String { String(format: "%g", value) }
        func sum(_ part: RewardExplanation.Part) -> String {
            part.weight.map { "\(number(part.value)) x \(number($0)) = \(number(part.adds))" }
                ?? "\(number(part.value)), worth \(number(part.adds)) within the group"
        }
        var rows = answer.terms.map { ("  term " + $0.name, sum($0)) }
        if let gate = answer.gate { rows.append(("  gate " + gate.name, "times \(number(gate.adds))")) }
        rows += answer.penalties.map { ("  penalty " + $0.name, "times \(number($0.adds))") }
        if let floor = answer.floor {
            rows.append(("  floor " + floor.name, "at most \(number(floor.adds))"))
        }
        rows += answer.group.map { ("  group " + $0.name, sum($0)) }
        rows.append(("  reward", number(answer.reward)))
        let told = answer.verifiers.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value))" }
        return "answer: \(ReplyWork.harmless(answer.text))\n  told: \(told.joined(separator: ", "))\n"
            + aligned(rows)
    }
}

/// A configuration whose reward no verifier makes.
struct NoVerifiedReward: Fault {
    /// The configuration.
    var kind: FaultKind { .configuration }
    let description: String

    init(algorithm: String) {
        description =
            "\(quoted(algorithm)) has no reward that verifiers make. Name a configuration of \"grpo\", such as configs/grpo-alphaalign.json."
    }

    init(environment: String) {
        description =
            "\(quoted(environment)) is answered with no text. Name an environment that is, such as \"consent\"."
    }
}
