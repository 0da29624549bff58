import Foundation
import SafeRL

/// The commands that a benchmark's trials consist of, and what they leave behind.
struct BenchmarkCommands: Sendable {
    let plan: BenchmarkPlan
    private let learnsLimit: [Bool]
    let folder: String

    init(plan: BenchmarkPlan, methods: [BenchmarkMethod], folder: String) {
        (self.plan, self.folder) = (plan, folder)
        learnsLimit = methods.map(\.learnsLimit)
    }

    /// A command of saferl, and the file that is there once it has been done.
    struct Step: Sendable {
        let words: [String]
        let product: String
        /// Whether standard output is the product.
        var isPrinted = false
        /// Statuses that are a result.
        var results: [Int32] = [0]
    }

    func place(_ trial: BenchmarkPlan.Trial) -> String { "\(folder)/runs/\(trial.folder)" }

    /// Everything that a trial's configuration is overridden with.
    func overrides(of trial: BenchmarkPlan.Trial) -> [String] {
        let (task, method) = (plan.tasks[trial.task], plan.methods[trial.method])
        var overrides = method.overrides + task.overrides + ["seed=\(trial.seed)"]
        if let data = task.data { overrides.append("data.file=\(quoted(data))") }
        if let key = method.limitKey, let limit = trial.limit {
            overrides.append("\(key)=\(BenchmarkPlan.text(limit))")
        }
        if let key = method.stepLimitKey, let steps = task.stepLimit { overrides.append("\(key)=\(steps)") }
        return overrides
    }

    func training(_ trial: BenchmarkPlan.Trial) -> Step {
        let place = place(trial)
        return Step(
            words: ["train", plan.methods[trial.method].configuration, "--quiet", "--resume", "--run", place]
                + overrides(of: trial).map { "--set=\($0)" }, product: place + "/benchmark.json")
    }

    /// Limits that a trial's policy is judged at.
    func limits(_ trial: BenchmarkPlan.Trial) -> [Double] {
        trial.limit.map { [$0] } ?? plan.tasks[trial.task].limits
    }

    /// One judgement for each limit that the policy acts by; one for all where it asks for none.
    func judgements(_ trial: BenchmarkPlan.Trial) -> [Step] {
        let actsByLimit = plan.methods[trial.method].limitKey != nil && !learnsLimit[trial.method]
        return actsByLimit ? limits(trial).map { judgement(trial, $0) } : [judgement(trial, nil)]
    }

    private func judged(_ trial: BenchmarkPlan.Trial, _ limit: Double?) -> String {
        "\(place(trial))/judged" + (limit.map { "-\(BenchmarkPlan.text($0))" } ?? "")
    }

    private func judgement(_ trial: BenchmarkPlan.Trial, _ limit: Double?) -> Step {
        let out = judged(trial, limit)
        return Step(
            words: [
                "evaluate", place(trial), "--episodes", "\(plan.episodes)", "--seed",
                "\(BenchmarkPlan.evaluationSeed &+ trial.seed)", "--out", out,
            ]
                + acting(trial, limit), product: out + "/report.json")
    }

    private func acting(_ trial: BenchmarkPlan.Trial, _ limit: Double?) -> [String] {
        let place = ["--environment", plan.tasks[trial.task].environment]
        guard let limit, let key = plan.methods[trial.method].limitKey else { return place }
        return place + ["--set=\(key)=\(BenchmarkPlan.text(limit))"]
    }

    /// Tests of the limits that the policy's mean cost is within.
    func certifications(_ trial: BenchmarkPlan.Trial) -> [Step] {
        guard let asked = plan.certificates else { return [] }
        return scores(trial).filter { $0.cost <= $0.limit }.map { score in
            let own =
                !learnsLimit[trial.method] && plan.methods[trial.method].limitKey != nil ? score.limit : nil
            return Step(
                words: [
                    "certify", place(trial), "--episodes", "\(asked.episodes)", "--delta", "\(asked.delta)",
                    "--limit", BenchmarkPlan.text(score.limit), "--json",
                ] + acting(trial, own),
                product: certificate(trial, score.limit), isPrinted: true, results: [0, 3])
        }
    }

    private func certificate(_ trial: BenchmarkPlan.Trial, _ limit: Double) -> String {
        "\(place(trial))/certificate-\(BenchmarkPlan.text(limit)).json"
    }

    /// What a trial's judgements and tests say, as far as they are there.
    func scores(_ trial: BenchmarkPlan.Trial) -> [BenchmarkTable.Score] {
        let actsByLimit = plan.methods[trial.method].limitKey != nil && !learnsLimit[trial.method]
        return limits(trial).compactMap { limit in
            let path = judged(trial, actsByLimit ? limit : nil) + "/report.json"
            guard let report = Self.object(path), let gained = report["return_mean"]?.number?.double,
                let cost = report["cost_mean"]?.number?.double
            else { return nil }
            return BenchmarkTable.Score(
                task: trial.task, method: trial.method, seed: trial.seed, limit: limit,
                totalReturn: gained, cost: cost, isCertified: isCertified(trial, limit, cost))
        }
    }

    /// A policy beyond its limit counts as one that was not certified.
    private func isCertified(_ trial: BenchmarkPlan.Trial, _ limit: Double, _ cost: Double) -> Bool? {
        guard plan.certificates != nil else { return nil }
        if cost > limit { return false }
        return Self.object(certificate(trial, limit))?["verdict"]?.string.map { $0 == "certified" }
    }

    private static func object(_ path: String) -> JSONValue? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONValue(parsing: Array(data))
    }
}
