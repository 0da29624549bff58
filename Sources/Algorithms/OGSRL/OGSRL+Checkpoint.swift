import Guardians
import PolicyOptimisation
import SafeRL

extension OGSRL {
    // MARK: Policies

    /// From the policy's first update on.
    public var hasPolicy: Bool { policy != nil }

    /// The policy as learned so far, with its guardian where that masks proposals or in mode `reject`.
    ///
    /// - Throws: as the first update of the policy, before it.
    public func makePolicy() throws -> any Policy {
        let stage = try policyStage()
        return GuardedPolicy(
            form, parameters: stage.parameters,
            guardian: options.guardsActing ? guardian.guardian : nil)
    }

    /// Stores everything that the next update depends on.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try guardian.save(to: &checkpoint)
        try model.save(to: &checkpoint)
        try cloning?.save(to: &checkpoint)
        try policy?.save(to: &checkpoint)
        try checkpoint.store("ogsrl.hasPolicy", policy != nil)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError` and the errors of the parts.
    public func load(from checkpoint: CheckpointReader) throws {
        try model.load(from: checkpoint)
        try guardian.load(from: checkpoint, ensemble)
        try cloning?.load(from: checkpoint)
        guard try checkpoint.value("ogsrl.hasPolicy", as: Bool.self) else { return }
        try policyStage().load(from: checkpoint)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`, also for a checkpoint of the stages before the policy's.
    public static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> any Policy
    {
        guard try checkpoint.value("ogsrl.hasPolicy", as: Bool.self) else {
            throw CheckpointError.noPolicy(path: checkpoint.path)
        }
        let form = try checkpoint.value("policy.form", as: PolicySpaces.self)
        let guardian =
            configuration.guardsActing
            ? try GuardianStage.guardian(in: checkpoint) {
                try ModelStage.ensemble(configuration, in: checkpoint)
            } : nil
        if let guardian, guardian.features.count != form.observationSize + form.actionSize {
            throw CheckpointError.unsound(
                GuardianStage.name, path: checkpoint.path,
                reason: "it judges \(guardian.features.count) numbers, and a pair has "
                    + "\(form.observationSize + form.actionSize)")
        }
        let count = form.policy().parameterCount
        return GuardedPolicy(
            form, parameters: try checkpoint.finiteNumbers("policy.weights", count: count), guardian: guardian
        )
    }
}
