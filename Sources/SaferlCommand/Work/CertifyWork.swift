import Foundation
import SafeRL
import Safety

/// What `saferl certify` does.
struct CertifyWork {
    let directory: String
    let episodes: Int
    let limit: Double
    let delta: Double
    let bound: BoundChoice
    let maxCost: Double?
    let maxStepCost: Double?
    let countsViolations: Bool
    let seed: UInt64
    let environment: String?
    let workers: Int?
    let retries: Int?
    let overrides: [String]
    let out: String?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let run = try RunDirectory.inspect(directory)
        let document = try run.document()
        let type = try registry.algorithm(named: try document.algorithm(among: registry.algorithmNames))
        try certify(type, run)
    }

    private func certify<A: Algorithm>(_ type: A.Type, _ run: RunDirectory) throws {
        let resolved = try run.resolved(type, acting: overrides, among: registry)
        let task = try place(resolved)
        let checkpoint = try run.usableCheckpoint()
        let policy = try A.policy(resolved.options, from: checkpoint)
        var judgement = try resolved.judging(policy, in: task)
        judgement.episodes = episodes
        judgement.seed = Self.episodeSeed(seed)
        judgement.workers = workers ?? judgement.workers
        judgement.retries = retries ?? judgement.retries
        let place = try judgement.place()
        let range = range(stepLimit: place.timeLimit)
        guard let bound = bound.bound(in: range) else {
            preconditionFailure("\(bound) without the range that it needs")
        }
        let test = SafetyTest(bound, limit: limit, delta: delta)
        let (evaluation, _) = try judgement.run(policy, in: place)
        let origin = CostOrigin(
            .environment, name: task.name, policy: checkpoint.identity,
            settings: settings(type, resolved, place), seed: seed)
        let costs = HeldOutCosts(
            evaluation.episodes.map { countsViolations ? ($0.isViolated ? 1 : 0) : $0.totalCost },
            from: origin)
        let verdict = costs.spend(on: test)
        let folder = CertificateFolder(out ?? run.path + "/certification")
        let certificate = Certificate(
            report: verdict.report, checkpoint: checkpoint.path, step: checkpoint.step,
            subject: countsViolations ? .violations : .cost,
            earlierTests: folder.tests(of: checkpoint.identity))
        let path = try folder.write(certificate, evaluation)
        if certificate.earlierTests > 0 {
            FileHandle.standardError.offer("warning: \(certificate.repetition)\n")
        }
        try Output.write(isJSON ? try certificate.json() : certificate.table + "Certificate  \(path)\n")
        if !verdict.isCertified { throw CommandStatus.noSolutionFound }
    }

    /// The seed of the episodes: another than any that evaluation, training or a user is likely to use.
    static func episodeSeed(_ seed: UInt64) -> UInt64 {
        var stream = RandomStream(seed: seed, for: .certification)
        return stream.nextInteger()
    }

    /// Every cost that an episode can have, as far as it was stated.
    private func range(stepLimit: Int) -> ClosedRange<Double>? {
        if countsViolations { return 0...1 }
        if let maxCost { return 0...maxCost }
        return maxStepCost.map { cost in
            // Steps report single precision, and sums of what is not whole round once a step.
            let step = max(cost, Double(Float(cost)))
            let slack = cost == cost.rounded() ? 1 : 1 + Double(stepLimit) * 0x1p-52
            return 0...step * Double(stepLimit) * slack
        }
    }

    /// Where the policy acts: as the command line says, else as the run does.
    private func place(_ resolved: ResolvedRun<some Defaulted>) throws -> NamedEnvironment {
        if let environment { return try registry.environment(named: environment) }
        if let named = try resolved.evaluationEnvironment(in: registry) { return named }
        throw resolved.error("environment", "none to test in. Name one with --environment.")
    }

    /// How the policy acted: every option that changes it, the step limit, and what simulated.
    private func settings<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ place: any VectorEnvironment
    ) -> [String: String] {
        var settings = ["algorithm": A.name, "step limit": "\(place.timeLimit)"]
        for (package, version) in place.versions { settings["version of \(package)"] = version }
        let options = resolved.resolvedJSON().members?.first { $0.key == A.name }?.value.members ?? []
        for option in options where A.actingOptions.contains(option.key) {
            settings["\(A.name).\(option.key)"] = option.value.compact
        }
        return settings
    }
}
