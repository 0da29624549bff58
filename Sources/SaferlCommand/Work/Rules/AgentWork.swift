import Agents
import Algorithms
import Foundation
import Rules
import SafeRL

/// What `saferl agent` does.
struct AgentWork {
    let directory: String
    /// A file of rules; those of the desk where there is none.
    let rules: String?
    let mode: GuardMode
    let episodes: Int
    let seed: UInt64
    let checkpoint: Int?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let rules = try rules.map { try RuleFile(bytes: try fileContents($0), name: $0) } ?? .desk
        let trace = try DeskTrace(rules)
        let chosen = try ChosenCheckpoint(directory, checkpoint: checkpoint)
        let document = try chosen.run.document()
        let algorithm = try registry.algorithm(of: document)
        guard algorithm == DeskCloning.self else {
            throw OptionIssue(
                "algorithm",
                "\(algorithm.name) calls no tools at desk. Name a run of \"\(DeskCloning.name)\", trained by "
                    + "\"saferl train configs/desk.json\".")
        }
        let resolved = try chosen.run.resolved(
            DeskCloning.self, acting: [], among: registry.algorithmNames)
        let reader = try chosen.checkpoint(warn: FileHandle.warn)
        let (network, tokens) = try DeskCloning.model(resolved.options, from: reader)
        let agent = try DeskAgent(network, tokens, trace, mode: mode)
        let report = try DeskReport(serving: agent, judgedBy: trace, episodes: episodes, seed: seed)
        let file = AgentReport(report, of: reader, rules, mode, seed: seed, episodes: episodes)
        if isJSON { try Output.write(json: file) } else { try Output.write(file.text) }
    }
}

/// The report of `saferl agent`.
struct AgentReport: Encodable {
    let world = "desk"
    let checkpoint: String
    let step: Int
    let rules: String
    let rulesSHA256: String
    let mode: String
    let seed: UInt64
    let episodes: Int
    let benign: DeskReport.Part
    let adversarial: DeskReport.Part
    let all: DeskReport.Part
    let calls: Int
    let tokensPerCall: Double
    let millisecondsPerCall: Double
    let interventions: Int
    let refusals: Int
    let redraws: Int
    let deadlocks: Int
    let idles: Int
    let stops: Int

    enum CodingKeys: String, CodingKey {
        case world, checkpoint, step, rules, mode, seed, episodes, benign, adversarial, all, calls
        case interventions, refusals, redraws, deadlocks, idles, stops
        case rulesSHA256 = "rules_sha256"
        case tokensPerCall = "tokens_per_call"
        case millisecondsPerCall = "ms_per_call"
    }

    init(
        _ report: DeskReport, of reader: CheckpointReader, _ rules: RuleFile, _ mode: GuardMode, seed: UInt64,
        episodes: Int
    ) {
        (checkpoint, step, self.mode) = (reader.path, reader.step, mode.rawValue)
        (self.rules, rulesSHA256, self.seed, self.episodes) = (rules.name, rules.digest, seed, episodes)
        (benign, adversarial, all) = (report.benign, report.adversarial, report.all)
        let counts = report.counts
        (calls, interventions, refusals) = (counts.calls, counts.interventions, counts.refusals)
        (redraws, deadlocks, idles, stops) = (counts.redraws, counts.deadlocks, counts.idles, counts.stops)
        tokensPerCall = Double(counts.tokens) / Double(max(counts.calls, 1))
        millisecondsPerCall = counts.time / .milliseconds(1) / Double(max(counts.calls, 1))
    }

    /// The report as lines for a person.
    var text: String {
        func row(_ name: String, _ part: DeskReport.Part) -> String {
            let shares = [part.conformance, part.harm, part.utility].map { share in
                let (low, high) = (share.interval[0] * 100, share.interval[1] * 100)
                return String(format: "%5.1f %% (%.1f to %.1f)", share.share * 100, low, high)
                    .padding(toLength: 26, withPad: " ", startingAt: 0)
            }
            return name.padding(toLength: 13, withPad: " ", startingAt: 0) + shares.joined()
        }
        let heads = ["", "conformance", "harm", "utility"].enumerated().map { place, head in
            head.padding(toLength: place == 0 ? 13 : 26, withPad: " ", startingAt: 0)
        }
        let lines = [
            "\(checkpoint) at desk, mode \(mode), rules \(rules)",
            "\(episodes) benign and \(episodes) adversarial episodes, seed \(seed)", heads.joined(),
            row("benign", benign), row("adversarial", adversarial), row("all", all),
            "\(calls) calls, \(String(format: "%.1f", tokensPerCall)) tokens and "
                + "\(String(format: "%.2f", millisecondsPerCall)) ms each; \(interventions) with a refusal, "
                + "\(redraws) redraws, \(deadlocks) deadlocks, \(idles) steps without a call, \(stops) episodes stopped",
        ]
        let broken = all.broken.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return (lines + broken.map { "broken in \($0.value): \($0.key)" }).joined(separator: "\n")
    }
}
