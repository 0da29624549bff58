import Storage

/// A line of `histograms.jsonl` of a run: how the weights of each network were spread at a checkpoint.
public struct HistogramLine: Sendable {
    /// The file's name in a run.
    public static let file = "histograms.jsonl"
    private static let limits = JSONLimits(bytes: 100_000_000)

    /// Updates taken.
    public let step: Int
    /// Under the tag that each gets, in the order of the checkpoint.
    public let weights: [(tag: String, histogram: Histogram)]

    /// Takes what a checkpoint holds.
    public init(step: Int, weights: [(tag: String, histogram: Histogram)]) {
        (self.step, self.weights) = (step, weights)
    }

    /// Reads a line, without its line feed; nothing where it is none.
    init?(_ line: ArraySlice<UInt8>) {
        guard let value = try? JSONValue(parsing: Array(line), limits: Self.limits),
            let step = value["step"]?.number?.int, let members = value["weights"]?.members
        else { return nil }
        self.step = step
        weights = members.map { member in
            let buckets = (member.value.elements ?? []).compactMap { bucket -> Histogram.Bucket? in
                let numbers = (bucket.elements ?? []).compactMap { $0.number?.double }
                guard numbers.count == 3 else { return nil }
                return Histogram.Bucket(left: numbers[0], right: numbers[1], count: numbers[2])
            }
            return (member.key, Histogram(buckets))
        }
    }

    /// The line, without a line feed: buckets as `[left, right, count]`, in digits that give the same number back.
    public var text: String {
        let spread = weights.map { entry in
            let buckets = entry.histogram.buckets.map { bucket in
                JSONValue.list([bucket.left, bucket.right, bucket.count].map { .number($0) })
            }
            return (entry.tag, JSONValue.list(buckets))
        }
        return JSONValue.object([("step", .integer(step)), ("weights", .object(spread))]).compact
    }

    /// The newest step in the bytes of a run's file, and the length of its whole lines; nothing without one.
    public static func newest(in bytes: [UInt8]) -> (step: Int, length: Int)? {
        guard let end = bytes.lastIndex(of: 0x0A) else { return nil }
        let start = bytes[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return HistogramLine(bytes[start..<end]).map { ($0.step, end + 1) }
    }
}
