/// How long a run trains, and how often it writes something down.
///
/// `checkpoint` and `keep` may change when a run is continued, because no number depends on them; `log` may not, and
/// `steps` only rise where the algorithm allows it: see `ConfigurationFingerprint` and `TrainingGrowth`.
public struct Schedule: Defaulted, Equatable {
    /// Updates in all.
    public var steps = 12_000
    /// Updates between two lines of `metrics.jsonl`.
    public var log = 100
    /// Updates between two checkpoints; the last update always writes one.
    public var checkpoint = 1_000
    /// Checkpoints kept; older ones are deleted after a newer one is safely written.
    public var keep: CheckpointRetention = 2

    /// The defaults.
    public init() {}

    /// The keys of `schedule`.
    public static var options: [Option] {
        [
            Option("steps", .integer(minimum: 1, maximum: 1_000_000_000), "Number of updates."),
            Option(
                "log", .integer(minimum: 1, maximum: 1_000_000_000),
                "Updates between two lines of metrics.jsonl."),
            Option(
                "checkpoint", .integer(minimum: 1, maximum: 1_000_000_000), "Updates between two checkpoints."
            ),
            Option(
                "keep", .integerOr(CheckpointRetention.allWord, minimum: 1, maximum: 1_000),
                "Checkpoints kept; \"all\" deletes none."),
        ]
    }
}
