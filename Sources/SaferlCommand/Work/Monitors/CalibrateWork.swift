import Assurance
import Foundation
import Monitors
import Replay
import SafeRL
import Storage

/// What `saferl guard calibrate` does.
struct CalibrateWork {
    let directory: String
    let policy: PolicyRequest
    let alphas: [Double]
    let delta: Double?
    let monitor: String?
    let store: [String]
    let horizon: Int
    let episodes: Int
    let seed: UInt64
    let out: NewFile
    let registry: Registry

    func run() throws {
        try out.check()
        let watched = try WatchedRun(directory, policy, to: "calibrate", registry)
        let (opened, source) = try scorer(watched)
        let store = try GroundingStore(
            try files(watched), features: watched.features, horizon: horizon, seed: seed)
        let score = ProposalScore(opened, watched.policy, watched.features)
        let calibration = try steps(0, watched, score, store)
        let thresholds = try RouterThresholds(calibratedOn: calibration, alphas: alphas, delta: delta)
        let report = RouterReport(try steps(episodes, watched, score, store), thresholds)
        let facts = Router.Facts(
            environment: watched.environment.name, policy: watched.identity, source: source,
            features: watched.features, horizon: horizon, seed: seed, calibratedOn: calibration,
            thresholds: thresholds, report: report)
        try Router(facts, monitor: opened, store: store).write(to: out.path)
        try Output.write(summary(facts, store))
    }

    /// The monitor, where one is named, and what the router's scores are.
    private func scorer(_ watched: WatchedRun) throws -> (StepMonitor?, Router.Source) {
        if let monitor {
            let opened = try StepMonitor(contentsOf: monitor)
            try opened.mustFit(
                observation: watched.policy.observationSize, action: watched.policy.actionSize,
                choices: watched.policy.actionChoices, path: monitor)
            return (opened, .monitor(sha256: SHA256.hexadecimal(of: try fileContents(monitor))))
        }
        let zeros = [Float](repeating: 0, count: watched.policy.observationSize)
        guard watched.policy.feasibilityValues(of: zeros.span) != nil else {
            throw ConfigurationError(
                .usage, at: oneLine(directory),
                "its policy has no feasibility value to score by. Train a monitor by \"saferl guard label\" and \"saferl guard "
                    + "train-monitor\", and name it with --monitor.")
        }
        return (nil, .feasibility)
    }

    /// The recorded transitions: those that are named, else those that the run has learned from.
    private func files(
        _ watched: WatchedRun
    ) throws -> [(name: String, sha256: String, data: TransitionDataset)] {
        if store.isEmpty {
            let own = try watched.data()
            return [(own.name, own.data.identity, own.data)]
        }
        return try store.map { path in
            let data = try TransitionDataset(contentsOf: path, actions: .auto, task: nil)
            return (path, data.identity, data)
        }
    }

    /// One scored step of each of some fresh episodes.
    private func steps(
        _ first: Int, _ watched: WatchedRun, _ score: ProposalScore, _ store: GroundingStore
    ) throws -> [RoutedStep] {
        let line = WorkLine()
        defer { line.end() }
        let recorder = EpisodeRecorder(episodes: episodes, seed: seed, from: first)
        let place = try watched.environment.make(EnvironmentRequest(slots: recorder.slots))
        let recorded = try recorder.record(watched.policy, in: place) { done in
            line.show("\(first + done) of \(2 * episodes) episodes")
        }
        return try RoutedStep.drawn(from: recorded, horizon: horizon, seed: seed) { observation, action in
            (
                score.score(observation.span, action.span),
                try store.ground(watched.features.values(observation, action)).isGrounded
            )
        }
    }

    private func summary(_ facts: Router.Facts, _ store: GroundingStore) -> String {
        var lines = [
            "\(out.path): \(facts.episodes) episodes, \(facts.violated) of their steps followed by a violation"
        ]
        for (number, name) in ["act", "tighten", "ask"].enumerated() {
            let alpha = facts.thresholds.alphas[number]
            let words =
                facts.thresholds.values[number].map {
                    $0 == .infinity ? "whatever the score" : "below \($0)"
                } ?? "never: too few episodes for this risk (at least \(RiskControl.needed(alpha: alpha)))"
            lines.append("\(name.padding(toLength: 8, withPad: " ", startingAt: 0)) \(words), risk \(alpha)")
        }
        lines.append(
            "risks hold "
                + (facts.thresholds.delta.map { "with probability \(1 - $0) each" }
                    ?? "on average over calibrations"))
        for file in store.files {
            lines.append(
                "grounds  \(file.rows) transitions of \(file.name), sha256 \(file.sha256.prefix(16))")
        }
        lines.append("on \(facts.episodes) fresh episodes, intervals at 95 %:")
        lines.append(facts.report.text)
        return lines.joined(separator: "\n")
    }
}
