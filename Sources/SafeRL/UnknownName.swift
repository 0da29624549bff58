import Replay
import Storage

/// A name that nothing has.
public struct UnknownName: Fault, Equatable {
    /// What kind of fault it is.
    public var kind: FaultKind { .usage }

    /// One sentence, with the name that was probably meant.
    public let description: String
    /// The sentence without the name.
    package let reason: String

    package init(_ name: String, isNone kind: String, of names: [String]) {
        let plural = kind.hasPrefix("family") ? "families" : kind + "s"
        reason = "unknown \(kind). \(suggestion(for: name, among: names, called: plural))"
        description = "\(oneLine(name)): \(reason)"
    }

    /// A task that the benchmark does not have.
    package init(_ task: UnknownTask) {
        let remedy =
            task.suggestion.map { "Did you mean \(quoted($0))?" } ?? "An example is \"OfflineBallRun-v0\"."
        reason = "no DSRL task. \(remedy)"
        description = "\(oneLine(task.name)): \(reason)"
    }
}
