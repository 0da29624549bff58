/// How long a run trains, and how often it writes something down.
///
/// `checkpoint` and `keep` may change when a run is continued, because no number depends on them; `log` may not, and
/// `steps` only rise where the algorithm allows it: see `ConfigurationFingerprint` and `TrainingGrowth`.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct Schedule: Defaulted, Equatable {
    @Setting(1...1_000_000_000, "Number of updates.")
    public var steps = 12_000
    @Setting(1...1_000_000_000, "Updates between two lines of metrics.jsonl.")
    public var log = 100
    @Setting(1...1_000_000_000, "Updates between two checkpoints.")
    public var checkpoint = 1_000
    @Setting(
        in: .integerOr(CheckpointRetention.allWord, minimum: 1, maximum: 1_000),
        "Checkpoints kept; \"all\" deletes none.")
    public var keep: CheckpointRetention = 2

    /// The defaults.
    public init() {}
}
