import Monitors
import SafeRL

/// What `saferl guard label` does.
struct LabelWork {
    let directory: String
    let policy: PolicyRequest
    let recoveries: [String]
    let labeller: RolloutLabeller
    let episodes: Int
    let out: NewFile
    let registry: Registry

    func run() throws {
        try out.check()
        let watched = try WatchedRun(directory, policy, to: "label", registry)
        guard let type = watched.environment.type else {
            throw MonitorError.cannotBranch(watched.environment.name)
        }
        let rescuers = try recoveries.map { try watched.recovery(named: $0, policy) }
        let file = try labels(of: watched, in: type, rescuers)
        try SystemFiles().replaceFile(out.path, with: Array(try file.text().utf8))
        try Output.write(summary(file, FeasibilityAgreement(of: watched.policy, on: file.episodes)))
    }

    private func labels<Task: Environment>(
        of watched: WatchedRun, in type: Task.Type, _ rescuers: [any Policy]
    ) throws -> LabelFile {
        let line = WorkLine()
        defer { line.end() }
        guard Task().branch(seed: 0) != nil else { throw MonitorError.cannotBranch(Task.name) }
        let recorder = EpisodeRecorder(episodes: episodes, seed: labeller.seed)
        let place = EnvironmentVector(type, slots: recorder.slots)
        for rescuer in rescuers { try Evaluator.checkSizes(of: rescuer, in: place) }
        let recorded = try recorder.record(watched.policy, in: place) { done in
            line.show("\(done) of \(episodes) episodes recorded")
        }
        var labelled: [LabelledEpisode] = []
        for episode in recorded {
            labelled.append(
                try labeller.label(episode, in: type, policy: watched.policy, recoveries: rescuers))
            line.show("\(labelled.count) of \(episodes) episodes labelled")
        }
        let head = LabelFile.Head(
            environment: watched.environment.name, policy: watched.identity, labeller: labeller,
            recoveries: recoveries, features: watched.features, costs: place.costNames)
        return LabelFile(head, labelled)
    }

    private func summary(_ file: LabelFile, _ agreement: FeasibilityAgreement?) -> String {
        let onsets = file.episodes.compactMap(\.onset)
        let violated = file.episodes.count { $0.episode.firstViolation != nil }
        var lines = [
            "\(out.path): \(file.head.episodes) episodes, \(file.head.steps) steps, \(violated) episodes violated",
            "onset in \(onsets.count) episodes, in \(onsets.count { $0 == 0 }) of them at the start",
        ]
        if let differing = file.head.disagreements, let all = file.head.compared {
            lines.append("counts and exact rule disagree at \(differing) of \(all) steps; the rule decides")
        }
        if let agreement {
            lines.append(agreement.text)
        }
        return lines.joined(separator: "\n")
    }
}
