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
    let subject: TestedCost
    let seed: UInt64
    let environment: String?
    /// Whose simulator and step limit to use; nothing where the environment or the data say it.
    let task: String?
    let acting: ActingArguments
    let out: String?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let benchmark = try task.map { try DSRLTask(argument: $0) }
        let chosen = try ChosenPolicy(directory, checkpoint: acting.checkpoint)
        try certify(try registry.algorithm(of: try chosen.run.document()), chosen, benchmark)
    }

    private func certify<A: Algorithm>(_ type: A.Type, _ chosen: ChosenPolicy, _ benchmark: DSRLTask?) throws
    {
        let run = chosen.run
        let resolved = try run.resolved(type, acting: acting.overrides, among: registry)
        if let benchmark { try resolved.check(chosen.run, isOf: benchmark) }
        let task = try registry.place(
            resolved,
            named: try environment ?? benchmark.map { try registry.benchmarkEnvironment(for: $0).name },
            for: { try A.policy(resolved.options, from: chosen.checkpoint()) },
            to: "test", trusted: acting.trustsEnvironment)
        let checkpoint = try chosen.checkpoint()
        let policy = try A.policy(resolved.options, from: checkpoint)
        var judgement = try resolved.judging(policy, in: task)
        (judgement.episodes, judgement.seed) = (episodes, Self.episodeSeed(seed))
        if let benchmark { judgement.timeLimit = benchmark.stepLimit }
        judgement.workers = acting.workers ?? judgement.workers
        judgement.retries = acting.retries ?? judgement.retries
        let place = try judgement.place()
        try Evaluator.checkSizes(of: policy, in: place)
        try subject.check(in: place)
        let range = CostRange(of: subject, maxCost: maxCost, maxStepCost: maxStepCost, in: place)
        guard let bound = bound.bound(in: range?.range) else {
            throw UnknownCostRange(bound.rawValue, task.name)
        }
        let origin = CostOrigin(
            .environment, name: task.name, policy: checkpoint.identity,
            settings: settings(type, resolved, place), seed: seed)
        let test = SafetyTest(bound, limit: limit, delta: delta, in: range?.range)
        func certificate(_ costs: consuming HeldOutCosts) -> Certificate {
            Certificate(
                report: costs.spend(on: test).report, checkpoint: checkpoint, of: run, subject: subject,
                range: self.bound.needsRange ? range?.source : nil)
        }
        if test.isVacuous { return try refuse(certificate(HeldOutCosts([], from: origin))) }
        let folder = CertificateFolder(out, of: run)
        try folder.prepare()
        if let objection = test.reachObjection(with: episodes) {
            warn("\(episodes) episodes cannot certify: \(objection.words).")
        }
        let (evaluation, _) = try judgement.run(policy, in: place)
        try conclude(
            certificate(HeldOutCosts(evaluation.episodes.map { subject($0) }, from: origin)), evaluation,
            folder)
    }

    private func warn(_ text: String) { FileHandle.standardError.offer("warning: \(text)\n") }

    /// Prints what no episode can change: none was run, nothing is written, and it is no look at the policy.
    private func refuse(_ certificate: Certificate) throws {
        try Output.write(isJSON ? try certificate.json() : certificate.table)
        throw CommandStatus.noSolutionFound
    }

    /// Writes the certificate and prints it.
    private func conclude(_ certificate: Certificate, _ evaluation: Evaluation, _ folder: CertificateFolder)
        throws
    {
        let (certificate, path) = try folder.write(certificate, evaluation)
        for caution in certificate.report.cautions { warn(caution) }
        if let repetition = certificate.repetition { warn(repetition) }
        try Output.write(isJSON ? try certificate.json() : certificate.table + "Certificate  \(path)\n")
        if !certificate.report.isCertified { throw CommandStatus.noSolutionFound }
    }

    /// The seed of the episodes: another than any that evaluation, training or a user is likely to use.
    static func episodeSeed(_ seed: UInt64) -> UInt64 {
        var stream = RandomStream(seed: seed, for: .certification)
        return stream.nextInteger()
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
