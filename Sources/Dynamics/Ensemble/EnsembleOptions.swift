/// How an ensemble of Gaussian networks is fitted; the defaults are those of MOPO where it has them.
public struct EnsembleOptions: Codable, Hashable, Sendable {
    /// Networks that are trained, at least 1.
    public var members = 7
    /// Networks that predict, those of the lowest held-out error; at most `members`.
    public var elites = 5
    /// Widths of the hidden layers.
    public var hidden = [200, 200, 200, 200]
    /// Rows of one update of a member.
    public var rows = 256
    /// Adam's step size.
    public var learningRate: Float = 1e-3
    /// Decoupled weight decay, as a share of the step size.
    public var decay: Float = 0
    /// Weight of the pull on the bounds of the log-variance.
    public var bounds: Float = 0.01
    /// By how much the held-out error of a member must fall to count as better; in nats per predicted number.
    public var improvement = 0.01
    /// Epochs without any better member after which training stops.
    public var patience = 5
    /// Epochs after which training stops in any case; no limit where nil.
    public var epochs: Int?

    /// The defaults.
    public init() {}

    /// Refuses what cannot be trained.
    ///
    /// - Throws: `DynamicsError.outOfRange`.
    func check() throws(DynamicsError) {
        let counts = [
            ("members", members, 1, Int.max), ("elites", elites, 1, members),
            ("rows of an update", rows, 1, Int(Int32.max)), ("patience", patience, 1, Int.max),
            ("epochs", epochs ?? 1, 1, Int.max), ("smallest width", hidden.min() ?? 1, 1, Int.max),
        ]
        for (option, value, low, high) in counts where value < low || value > high {
            throw .outOfRange(
                option: option, value: Double(value),
                range: high == .max ? "\(low), \(low + 1) …" : "\(low) to \(high)")
        }
        guard learningRate > 0 && learningRate.isFinite else {
            throw .outOfRange(option: "learning rate", value: Double(learningRate), range: "(0, ∞)")
        }
        for (option, value) in [
            ("weight decay", Double(decay)), ("pull on the bounds", Double(bounds)),
            ("improvement", improvement),
        ] where !(value >= 0 && value.isFinite) {
            throw .outOfRange(option: option, value: value, range: "[0, ∞)")
        }
    }
}
