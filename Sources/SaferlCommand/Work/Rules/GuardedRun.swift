import Foundation
import Rules
import SafeRL
import Shields

/// The policy of a run behind rules, ready to act in somebody's loop.
package struct GuardedRun {
    /// What proposes.
    package let policy: any Policy
    /// What it may not do.
    package let plan: ShieldPlan
    /// Where it acts, made; nothing where none was named.
    package let place: (any VectorEnvironment)?
    /// Which checkpoint it is.
    package let checkpoint: CheckpointReader

    /// What the environment takes, or what the policy gives.
    package var actions: Space {
        if let place { return place.actionSpace }
        if let choices = policy.actionChoices { return .discrete(count: choices) }
        return .box(policy.actionSize, in: -1...1)
    }

    /// Opens a run for a loop that is not saferl's own.
    ///
    /// - Parameters:
    ///   - run: a run, or the folder of one of its checkpoints.
    ///   - rules: a file of rules, or a shipped one.
    ///   - environment: whose controllers may be the fallback; nothing for none.
    ///   - fallback: a controller of it, or a run; nothing for none.
    ///   - reactions: what is tried, as `--react` has it; nothing for the standard ones.
    ///   - certificate: that the fallback keeps an invariant; nothing for none.
    /// - Throws: errors of runs, rules, reactions, certificates and environments.
    package init(
        run: String, rules: String, environment: String?, fallback: String?, reactions: String? = nil,
        certificate: String? = nil
    ) throws {
        try self.init(
            run: run, checkpoint: nil, rules: rules,
            ShieldRequest(
                reactions: try reactions.map { try Reaction.list($0) }, fallback: fallback,
                certificate: certificate),
            environment: environment, registry: .builtIn)
    }

    init(
        run: String, checkpoint step: Int?, rules: String?, _ request: ShieldRequest,
        environment name: String?, registry: Registry
    ) throws {
        let chosen = try ChosenCheckpoint(run, checkpoint: step)
        let environment = try name.map(registry.environment)
        place = try environment?.make(EnvironmentRequest())
        checkpoint = try chosen.checkpoint(warn: FileHandle.warn)
        policy = try chosen.policy(among: registry)
        if let place { try Evaluator.checkSizes(of: policy, in: place) }
        plan = try ShieldPlan(
            rules, request, for: policy, checkpoint.identity, in: environment, place, registry: registry
        ) { try chosen.networks(among: registry) }
        try plan.check(
            observations: policy.observationSize, actions: policy.actionSize, choices: policy.actionChoices,
            of: place?.name ?? run)
    }
}
