import SafeRL

/// Settings of every offline baseline after OSRL.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct OfflineSettings: Defaulted, Equatable {
    @Setting(1...1_000_000, "Rows of one update.")
    public var rows = 512
    @Setting(0..<1, "Discount of rewards and costs (gamma).")
    public var discount: Float = 0.99
    @Setting(.above(0, upTo: 1e6), "Factor of rewards.")
    public var rewardScale: Float = 0.1
    @Setting(0...1e6, "Cost of an episode that is allowed (kappa).")
    public var costLimit: Float = 10
    @Setting(
        0...1_000_000, "Steps of an episode (T), over which the limit is spread; 0: of the longest recorded.")
    public var episodeLength = 0
    @Setting(.above(0, upTo: 1), "Adam's step size of the actor.")
    public var actorRate: Float = 1e-3
    @Setting("Hidden widths of the actor.")
    public var actorWidths = [256, 256]
    @Setting("Whether a time-out ends the episode for the critics.")
    public var timeouts = TimeoutRule.end

    /// OSRL's.
    public init() {}
}

/// Settings of those that learn an autoencoder of actions and critics of rewards and costs.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct CriticSettings: Defaulted, Equatable {
    @Setting(.above(0, upTo: 1), "Adam's step size of the critics.")
    public var criticRate: Float = 1e-3
    @Setting(.above(0, upTo: 1), "Adam's step size of the autoencoder.")
    public var autoencoderRate: Float = 1e-3
    @Setting(.above(0, upTo: 1), "Moving average of actor and critics in one update (tau).")
    public var targetRate: Float = 0.005
    @Setting("Hidden widths of the critics.")
    public var criticWidths = [256, 256]
    @Setting(1...65536, "Width of the autoencoder's layers.")
    public var autoencoderWidth = 400
    @Setting(0...1e3, "Weight of the divergence in the autoencoder's loss (beta).")
    public var divergenceWeight: Float = 0.5
    @Setting(1...32, "Members of each reward ensemble.")
    public var rewardMembers = 2
    @Setting(1...32, "Members of each cost ensemble.")
    public var costMembers = 2
    @Setting("Whether targets of costs ignore where episodes end (published) or stop there (corrected).")
    public var costTargets = CodeFault.published

    /// OSRL's.
    public init() {}
}

/// Settings of those whose targets blend two ensembles and whose limit is kept by a PID multiplier.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct LagrangianSettings: Defaulted, Equatable {
    @Setting(1...1000, "Actions drawn in each next state, of which targets take the largest value (n).")
    public var samples = 10
    @Setting(0...1, "Share of the smaller of two ensembles in targets (lambda).")
    public var smallerShare: Float = 0.75
    @Setting(0...1e3, "Proportional gain of the multiplier of costs (K_P).")
    public var proportionalGain: Float = 0.1
    @Setting(0...1e3, "Integral gain of the multiplier of costs (K_I).")
    public var integralGain: Float = 0.003
    @Setting(0...1e3, "Derivative gain of the multiplier of costs (K_D).")
    public var derivativeGain: Float = 0.001

    /// OSRL's.
    public init() {}
}

/// Options of an offline baseline: what all share, and its own.
public protocol OfflineOptions: GroupedSettings {
    /// What all share.
    var shared: OfflineSettings { get set }
}

/// Options of a baseline with an autoencoder and critics.
public protocol CriticOptions: OfflineOptions {
    /// What those share.
    var critics: CriticSettings { get set }
}

/// Options of a baseline with critics under a PID multiplier.
public protocol LagrangianOptions: CriticOptions {
    /// What those share.
    var lagrangian: LagrangianSettings { get set }
}

extension OfflineOptions {
    /// A setting that all share.
    public subscript<Value>(dynamicMember path: WritableKeyPath<OfflineSettings, Value>) -> Value {
        get { shared[keyPath: path] }
        set { shared[keyPath: path] = newValue }
    }
}

extension CriticOptions {
    /// A setting that those with critics share.
    public subscript<Value>(dynamicMember path: WritableKeyPath<CriticSettings, Value>) -> Value {
        get { critics[keyPath: path] }
        set { critics[keyPath: path] = newValue }
    }
}

extension LagrangianOptions {
    /// A setting that those with a multiplier share.
    public subscript<Value>(dynamicMember path: WritableKeyPath<LagrangianSettings, Value>) -> Value {
        get { lagrangian[keyPath: path] }
        set { lagrangian[keyPath: path] = newValue }
    }

    /// A multiplier that nothing has happened to.
    var freshMultiplier: PIDMultiplier {
        PIDMultiplier(
            proportional: lagrangian.proportionalGain, integral: lagrangian.integralGain,
            derivative: lagrangian.derivativeGain)
    }
}

extension OfflineSettings {
    /// What a policy needs, with the limit discounted over an episode.
    ///
    /// - Throws: `OptionIssue` where an episode of the data is longer than `episodeLength`.
    func space(of data: TransitionDataset) throws -> ActingSpace {
        let limit = try EpisodeLimit(cost: costLimit, steps: episodeLength, discount: discount, on: data)
        return ActingSpace(of: data, limit: limit.discounted)
    }

    /// Batches of whole episodes.
    ///
    /// - Throws: `OptionIssue` when the data lack what a time-out needs to be looked through.
    func batches(of data: TransitionDataset, costTargets: CodeFault) throws -> EpisodeBatches {
        try EpisodeBatches(rows: rows, of: data, timeouts: timeouts, costTargets: costTargets)
    }
}
