import SafeRL

/// A name such as `gymnasium:CartPole-v1?cost=none&steps=200`, read.
struct WorkerName: Equatable {
    /// Whom the worker asks for the environment.
    enum Source: String, CaseIterable {
        case gymnasium, bullet, python
        case safetyGymnasium = "safety-gymnasium"
    }

    /// The whole name.
    let name: String
    /// Whom the worker asks.
    let source: Source
    /// The id there.
    let id: String
    /// The benchmark's task, for a name that begins with `dsrl:`.
    let task: DSRLTask?
    /// Whether every step must have a cost.
    private(set) var needsCost = true
    /// The cost channels that the name asks for; empty for those that the environment has by itself.
    private(set) var costNames: [String] = []
    /// Whether a simulator whose resets leave traces is made anew for every episode.
    private(set) var isFreshAtReset = true
    /// The step limit, where the name says so.
    private(set) var steps: Int?
    /// How long a reset or a step may take.
    private(set) var timeout: Duration = .seconds(60)

    /// Reads a name.
    ///
    /// - Throws: `WorkerError` when the id, an option or its value cannot be.
    init(_ name: String) throws(WorkerError) {
        let halves = name.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let words = halves[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, !words[1].isEmpty else {
            throw WorkerError(.unknown, name, "no id after the colon.")
        }
        (source, id, task) = try Self.resolve(String(words[0]), String(words[1]), name)
        self.name = name
        if halves.count == 2 { try read(options: halves[1]) }
    }

    private static func resolve(
        _ prefix: String, _ id: String, _ name: String
    ) throws(WorkerError) -> (Source, String, DSRLTask?) {
        guard prefix == "dsrl" else {
            guard let source = Source(rawValue: prefix) else {
                throw WorkerError(.unknown, name, "no family of environments is called \(quoted(prefix)).")
            }
            return (source, id, nil)
        }
        let task: DSRLTask
        do throws(UnknownTask) { task = try DSRLTask.named(id) } catch {
            let remedy = error.suggestion.map { "Did you mean \"dsrl:\($0)\"?" }
            throw WorkerError(
                .unknown, name, "no DSRL task. \(remedy ?? "An example is \"dsrl:OfflineBallRun-v0\".")")
        }
        // The benchmark's environments are the simulators' own tasks under other names; the official files carry them.
        let simulator = task.fileName.split(separator: "-").dropLast(2).joined(separator: "-")
        switch task.suite {
        case .bullet: return (.bullet, simulator, task)
        case .safetyGymnasium:
            return (.safetyGymnasium, simulator.replacing("Gymnasium", with: ""), task)
        case .metaDrive:
            throw WorkerError(
                .unsupported, name,
                "MetaDrive is not installed by any kit: it has no release for current versions of Python.")
        }
    }

    private mutating func read(options: Substring) throws(WorkerError) {
        for option in options.split(separator: "&", omittingEmptySubsequences: false) {
            let words = option.split(separator: "=", maxSplits: 1).map(String.init)
            let (key, value) = (words.first ?? "", words.count == 2 ? words[1] : "")
            switch key {
            case "cost" where ["none", "required"].contains(value): needsCost = value == "required"
            case "steps":
                guard let count = Int(value), count >= 1 else {
                    throw fault(option, "a whole number above 0")
                }
                steps = count
            case "timeout":
                guard let seconds = Double(value), seconds > 0, seconds <= 86_400 else {
                    throw fault(option, "seconds above 0, at most 86400")
                }
                timeout = .milliseconds(Int64(seconds * 1000))
            case "cost": throw fault(option, "\"none\" or \"required\"")
            case "costs":
                let names = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                if let fault = CostChannels.fault(in: names) {
                    throw WorkerError(.unknown, self.name, "\(quoted(String(option))): \(fault).")
                }
                costNames = names
            case "reset" where ["fresh", "reuse"].contains(value): isFreshAtReset = value == "fresh"
            case "reset": throw fault(option, "\"fresh\" or \"reuse\"")
            default:
                let remedy = suggestion(
                    for: key, among: ["cost", "costs", "reset", "steps", "timeout"], called: "options")
                throw WorkerError(.unknown, name, "\(quoted(key)): unknown option. \(remedy)")
            }
        }
        if !needsCost && !costNames.isEmpty {
            throw WorkerError(
                .unknown, name, "\"costs=\" names costs and \"cost=none\" says that there are none.")
        }
    }

    private func fault(_ option: Substring, _ allowed: String) -> WorkerError {
        WorkerError(.unknown, name, "\(quoted(String(option))): must be \(allowed).")
    }

    /// What to install for it.
    var suite: String { source == .safetyGymnasium ? "safety-gymnasium" : "bullet" }
}
