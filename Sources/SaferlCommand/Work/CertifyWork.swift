import Assurance
import Foundation
import SafeRL

/// What `saferl certify` does.
struct CertifyWork {
    let directory: String
    let test: EpisodeTest
    let environment: String?
    /// Whose simulator and step limit to use; nothing where the environment or the data say it.
    let task: String?
    let acting: ActingArguments
    let out: String?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let benchmark = try task.map { try DSRLTask(argument: $0) }
        let chosen = try ChosenCheckpoint(directory, checkpoint: acting.checkpoint)
        let type = try registry.algorithm(of: try chosen.run.document())
        try conclude(try certification(type, chosen, benchmark).run(into: out, warn: FileHandle.warn))
    }

    private func certification<A: Algorithm>(
        _ type: A.Type, _ chosen: ChosenCheckpoint, _ benchmark: DSRLTask?
    ) throws -> Certification {
        let run = chosen.run
        let resolved = try run.resolved(type, acting: acting.overrides, among: registry.algorithmNames)
        if let benchmark { try resolved.check(run, isOf: benchmark) }
        func checkpoint() throws -> CheckpointReader { try chosen.checkpoint(warn: FileHandle.warn) }
        let place = try registry.place(
            resolved,
            named: try environment ?? benchmark.map { try registry.benchmarkEnvironment(for: $0).name },
            for: { try A.policy(resolved.options, from: checkpoint()) },
            to: "test", trusted: acting.trustsEnvironment)
        var policy = try TrainedPolicy(type, resolved, of: run, from: checkpoint())
        if let fit = try GuardFit(acting, run, resolved, in: registry) {
            (policy.policy, _) = try fit.guarding(policy.policy)
            policy.settings.merge(fit.settings) { $1 }
        }
        let plan = try resolved.judging(policy.policy, in: place)
        let shielding = try ShieldWork(
            acting, for: policy.policy, try checkpoint().identity, in: place,
            try place.make(EnvironmentRequest()), registry: registry
        ) { try A.networks(resolved.options, from: checkpoint()) }
        try shielding?.mustNotGoBack("a certificate is not about")
        let shield = shielding?.shield()
        if let shield { policy.settings.merge(shield.settings) { $1 } }
        var certification = Certification(of: policy, in: place, test: test)
        certification.timeLimit = benchmark?.stepLimit
        certification.workers = acting.workers ?? plan.workers
        certification.retries = acting.retries ?? plan.retries
        certification.shield = shield
        return certification
    }

    /// Prints the certificate, and where it was written.
    private func conclude(_ certificate: Certificate) throws {
        if certificate.file != nil {
            for caution in certificate.report.cautions { FileHandle.warn(caution) }
            if let repetition = certificate.repetition { FileHandle.warn(repetition) }
        }
        let place = certificate.file.map { "Certificate  \($0)\n" } ?? ""
        try Output.write(isJSON ? try certificate.json() : certificate.table + place)
        if !certificate.report.isCertified { throw CommandStatus.noSolutionFound }
    }
}
