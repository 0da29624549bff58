import Dynamics
import Guardians
import SafeRL

/// The model of the environment being learned, with the reward and the costs that belong to its transitions.
struct ModelStage {
    /// The ensemble under training; nil for models that are read off the data.
    let training: EnsembleTraining?
    /// The network of reward and costs under training; nil where the ensemble's members say them, or rows of the data.
    let signals: SignalTraining?
    private let options: OGSRL.Configuration
    private let data: ModelData
    private var isFitted = false

    /// Prepares the fit.
    ///
    /// - Throws: `DynamicsError`.
    init(_ options: OGSRL.Configuration, _ data: ModelData, seed: UInt64) throws {
        (self.options, self.data) = (options, data)
        guard let own = options.model.ensemble else {
            (training, signals) = (nil, nil)
            return
        }
        var ensemble = EnsembleOptions()
        (ensemble.members, ensemble.elites, ensemble.hidden) = (
            own.members, own.elites, own.widths
        )
        let heads =
            [EnsembleHead("reward", data.rewards)] + data.costs.map { EnsembleHead($0.name, $0.values) }
            + (data.isTerminated.contains(true)
                ? [EnsembleHead(Self.ending, data.isTerminated.map { $0 ? 1 : 0 })] : [])
        let split = try data.split(heldOut: own.heldOutShare, seed: seed)
        let isOwn = own.signals == .network
        training = try EnsembleTraining(
            data, split, heads: isOwn ? [] : heads, options: ensemble, seed: seed)
        signals = isOwn ? try SignalTraining(data, split, heads: heads, seed: seed) : nil
    }

    /// The name of the prediction whether an episode ends by itself.
    static let ending = "terminated"

    /// Updates that the stage may take.
    static func updates(_ options: OGSRL.Configuration) -> Int {
        options.model.ensemble?.updates ?? 1
    }

    /// Whether nothing is left to learn.
    var isComplete: Bool {
        guard let training else { return isFitted }
        return training.isFinished && signals?.isFinished ?? true
    }

    /// One update of the ensemble and of the network of reward and costs, as long as each is not finished.
    ///
    /// - Returns: the ensemble's loss, and the mean of the members' lowest held-out errors; zeros for models read off the data, and for
    ///   a loss that was not computed.
    /// - Throws: `NonFiniteError`.
    mutating func update() throws -> (loss: Double, heldOut: Double) {
        guard let training else {
            isFitted = true
            return (0, 0)
        }
        if let signals, !signals.isFinished { try signals.update() }
        let loss = training.isFinished ? 0 : try training.update().loss
        let known = training.state.errors.filter(\.isFinite)
        return (loss, known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count))
    }

    /// The ensemble as trained so far.
    func ensemble() -> EnsembleDynamics {
        guard let training else { preconditionFailure("no ensemble is trained") }
        return training.dynamics()
    }

    /// The model with reward and costs, guarded.
    ///
    /// - Throws: `DynamicsError`, `GuardianError`.
    func guarded(
        by guardian: (any SupportGuardian)?, _ form: PolicySpaces, _ constraints: [CostConstraint]
    ) throws -> GuardedModel {
        let mode = mode(guardian, form)
        switch options.model {
        case .nearest(let own):
            return try recorded(
                NearestNeighbourDynamics(data, neighbours: own.neighbours), guardian, mode, constraints)
        case .tabular:
            return try recorded(
                TabularDynamics(data, unseen: .nearest(.range)), guardian, mode, constraints)
        case .ensemble:
            let base: any DynamicsModel =
                signals.map { SignallingEnsemble(ensemble(), $0.network()) } ?? ensemble()
            return try GuardedModel(
                dynamics: remembering(EndingModel(base)), reward: .head("reward"),
                costs: try data.costs.map { try CostModel($0.name, .head($0.name)) }, guardian: guardian,
                mode: mode, constraints: constraints, outsideCosts: outsideCosts, actionRange: actionRange)
        }
    }

    private func remembering(_ dynamics: any DynamicsModel) -> any DynamicsModel {
        options.history > 0 ? RememberingDynamics(dynamics, length: options.history) : dynamics
    }

    private func recorded(
        _ dynamics: any DynamicsModel, _ guardian: (any SupportGuardian)?, _ mode: GuardMode,
        _ constraints: [CostConstraint]
    ) throws -> GuardedModel {
        try GuardedModel(
            dynamics: remembering(dynamics), reward: .recorded(data.rewards),
            costs: try data.costs.map { try CostModel(recorded: $0.name, in: data) }, guardian: guardian,
            mode: mode, constraints: constraints, outsideCosts: outsideCosts, actionRange: actionRange)
    }

    /// What leaving the data costs in each channel: as much as any recorded step.
    private var outsideCosts: [Double] {
        data.costs.map { options.chargesLeaving ? $0.values.max() ?? 0 : 0 }
    }

    /// What actions are clipped to where the policy acts; recorded ones lie within.
    private var actionRange: ClosedRange<Double>? {
        options.clipsActions && options.actions == .gaussian ? -1...1 : nil
    }

    private func mode(_ guardian: (any SupportGuardian)?, _ form: PolicySpaces) -> GuardMode {
        guard guardian != nil else { return .off }
        switch options.mode {
        case .costOnly: return .costOnly
        case .absorbingPenalty(let own): return .absorbingPenalty(reward: own.penalty)
        case .terminate(let own): return .terminate(reward: own.penalty)
        case .reject:
            guard let actions = form.actionTable else {
                preconditionFailure("no actions to choose a fallback from")
            }
            // A masked policy proposes outside only where it has nothing else, and that is what is done.
            let source: Fallback.Source =
                ProposalMask(form, guardian).map { mask in
                    .policy { actions.rows(at: try mask.leastOutside(in: $0)) }
                } ?? .leastOutside(of: actions)
            return .reject(
                Fallback(
                    "least outside", variables: data.variables.actions, source, whenOutside: .proceed))
        }
    }

    /// The ensemble in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    static func ensemble(_ options: OGSRL.Configuration, in checkpoint: CheckpointReader) throws
        -> EnsembleDynamics
    {
        let own = options.model.ensemble ?? OGSRL.Model.Ensemble()
        let description = try checkpoint.value("model.description", as: EnsembleDescription.self)
        if let fault = description.fault {
            throw checkpoint.unsound("model.description", UnsoundValue(fault))
        }
        let state = try checkpoint.value("model.training", as: EnsembleTraining.State.self)
        if let fault = state.fault(members: own.members) {
            throw checkpoint.unsound("model.training", UnsoundValue(fault))
        }
        return try EnsembleDynamics(description, elites: state.elites(own.elites)) {
            try checkpoint.network("model.\($0)", .target, $1)
        }
    }

    // MARK: Storing

    /// Stores what the next update depends on.
    func save(to checkpoint: inout CheckpointWriter) throws {
        guard let training else { return try checkpoint.store("model.fitted", isFitted) }
        for learner in training.learners { try checkpoint.store(learner) }
        try checkpoint.store("model.training", training.state)
        try checkpoint.store("model.description", training.description)
        guard let signals else { return }
        try checkpoint.store(signals.learner)
        try checkpoint.store("signals.training", signals.state)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`, `DynamicsError`.
    mutating func load(from checkpoint: CheckpointReader) throws {
        guard let training else {
            isFitted = try checkpoint.value("model.fitted", as: Bool.self)
            return
        }
        for learner in training.learners { try checkpoint.load(learner) }
        let state = try checkpoint.value("model.training", as: EnsembleTraining.State.self)
        do throws(DynamicsError) { try training.restore(state) } catch {
            throw checkpoint.unsound(
                "model.training",
                UnsoundValue(state.fault(members: training.learners.count) ?? "it does not fit"))
        }
        guard let signals else { return }
        try checkpoint.load(signals.learner)
        let own = try checkpoint.value("signals.training", as: SignalTraining.State.self)
        do throws(DynamicsError) { try signals.restore(own) } catch {
            throw checkpoint.unsound("signals.training", UnsoundValue(own.fault ?? "it does not fit"))
        }
    }
}
