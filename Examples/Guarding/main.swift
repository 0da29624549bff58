// Trains a policy on recordings of a point mass, puts a guardian of one's own in front of it, certifies both together and
// reads the claim that was kept. Everything is a call of the library; the commands of saferl do the same.
//
//     swift run -c release guarding [LIMIT]      the largest share of episodes that may touch a hazard; 0.05 without it

import Algorithms
import Assurance
import Environments
import Foundation
import SafeRL

/// Trains by a configuration, as `saferl train` does: the run can be resumed, evaluated and certified by these commands too.
func trained(on data: TransitionDataset) throws -> RunDirectory {
    let text = """
        {"algorithm": "bc", "environment": "point-mass", "schedule": {"steps": 1500}, "bc": {"widths": [64, 64]}}
        """
    let file = ConfigurationFile(name: "guarding", bytes: Array(text.utf8))
    let resolved = try RunDocument(file).resolve(BehaviourCloning.Configuration.self, of: "bc")
    let source = RunManifest.DataSource(path: "collected from point-mass", sha256: data.identity)
    let run = try RunDirectory.create(
        at: nil,
        RunDescription(of: BehaviourCloning.self, resolved, on: source, subject: PointMass.name))
    let algorithm = try BehaviourCloning(resolved.options, on: data, seed: resolved.run.seed)
    _ = try Trainer.run(algorithm, schedule: resolved.run.schedule, in: run)
    return run
}

/// The policy behind the guardian; what it calls outside is replaced by a recorded action that is inside.
func guarded(_ policy: some Policy, by data: TransitionDataset, _ log: GuardLog) throws -> any Policy {
    let records = try RecordedActions(
        observations: Matrix(data.count, data.observationSize, data.observations.map(Double.init)),
        actions: Matrix(data.count, data.actionSize, data.actions.map(Double.init)))
    return Guarded(policy, by: HazardGuardian(), fallback: records, log: log)
}

/// Of 200 episodes, how many touch a hazard.
func violations(of policy: any Policy) throws -> Int {
    let place = NamedEnvironment(PointMass.self)
    let (evaluation, _) = try EvaluationPlan(episodes: 200, seed: 7, environment: place).run(policy)
    return evaluation.episodes.count { $0.channels?.first?.firstViolation != nil }
}

func certify(limit: Double) throws {
    let data = try TransitionDataset(PointMass.collect(5000, seed: 1))
    let run = try trained(on: data)
    var policy = try TrainedPolicy(BehaviourCloning.self, in: run.path)
    print("alone      \(try violations(of: policy.policy)) of 200 episodes touch a hazard")

    let log = GuardLog()
    policy.policy = try guarded(policy.policy, by: data, log)
    // What changes the policy belongs into its certificates.
    policy.settings["guard"] = HazardGuardian.kind
    print(
        "guarded    \(try violations(of: policy.policy)), \(log.interventions) of \(log.decisions) actions replaced"
    )

    let test = EpisodeTest(
        episodes: 400, limit: limit, delta: 0.05,
        counting: TestedCost(countsViolations: true, channel: "hazard"))
    let certificate = try Certification(
        of: policy, in: NamedEnvironment(PointMass.self), test: test
    ).run()
    print("tested     \(certificate.report.summary)")

    // Every look at a policy is kept in the run's ledger, and so is what was claimed.
    for line in try ClaimLedger.lines(of: run.path) {
        guard let claim = line.claim, claim.kind == .test else { continue }
        guard claim.verdict == .certified else { throw NotShownSafe(claim: claim, limit: limit) }
        print("claimed    \(claim.statement)")
    }
}

do { try certify(limit: CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 0.05) } catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(FaultKind(of: error).exitCode)
}
