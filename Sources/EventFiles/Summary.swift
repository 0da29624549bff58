import Storage

/// What an event says under a tag.
public enum Summary: Sendable {
    /// A number; NaN and infinities stay what they are.
    case scalar(Float)
    /// A number in the older form, which readers take as well.
    case simpleValue(Float)
    /// How values are spread.
    case histogram(Histogram)
    /// Texts, which TensorBoard shows as Markdown.
    case text([String])
    /// What the table of hyperparameters is made from.
    case hyperparameters(HyperparameterRecord)

    private enum ElementType: Int { case float = 1, double = 2, text = 7 }

    /// The part of TensorBoard that shows it; nothing for the older form.
    var plugin: String? {
        switch self {
        case .scalar: "scalars"
        case .simpleValue: nil
        case .histogram: "histograms"
        case .text: "text"
        case .hyperparameters: "hparams"
        }
    }

    /// Writes a `Summary.Value`; the first of its tag says what shows it.
    func write(to value: inout ProtobufMessage, tag: String, isFirst: Bool) {
        value.text(1, tag)
        switch self {
        case .simpleValue(let number): value.member(2, float: number)
        case .scalar(let number):
            tensor(&value, .float, []) { $0.delimited(5, littleEndian(number.bitPattern)) }
        case .histogram(let histogram):
            let numbers = histogram.buckets.flatMap { [$0.left, $0.right, $0.count] }
            tensor(&value, .double, [histogram.buckets.count, 3]) {
                $0.delimited(4, numbers.flatMap { littleEndian($0.bitPattern) })
            }
        case .text(let texts):
            tensor(&value, .text, [texts.count]) { tensor in
                for text in texts { tensor.delimited(8, Array(text.utf8)) }
            }
        case .hyperparameters: tensor(&value, .float, [0]) { _ in }
        }
        guard isFirst, let plugin else { return }
        value.message(9) { metadata in
            metadata.message(1) { data in
                data.text(1, plugin)
                if case .hyperparameters(let record) = self { data.delimited(2, record.content) }
            }
        }
    }

    private func tensor(
        _ value: inout ProtobufMessage, _ type: ElementType, _ shape: [Int],
        _ elements: (inout ProtobufMessage) -> Void
    ) {
        value.message(8) { tensor in
            tensor.integer(1, type.rawValue)
            tensor.message(2) { dimensions in
                for size in shape { dimensions.message(2) { $0.integer(1, size) } }
            }
            elements(&tensor)
        }
    }
}

/// How values are spread over intervals.
public struct Histogram: Sendable, Equatable {
    /// How many values lie in an interval.
    public struct Bucket: Sendable, Equatable {
        /// The ends, and the number of values.
        public let left, right, count: Double

        /// Makes a bucket.
        public init(left: Double, right: Double, count: Double) {
            (self.left, self.right, self.count) = (left, right, count)
        }
    }

    /// From left to right.
    public let buckets: [Bucket]

    /// Takes buckets as they are.
    public init(_ buckets: [Bucket]) { self.buckets = buckets }

    /// Counts values in intervals of equal width between the smallest and the largest; the largest belongs to the last.
    ///
    /// - Parameters:
    ///   - values: those that are not finite are left out.
    ///   - count: of intervals, at least 1. Where all values are equal there is one, of width 1 around them.
    public init(of values: some Collection<Float>, in count: Int = 30) {
        precondition(count > 0, "a histogram of \(count) intervals does not exist")
        let finite = values.lazy.filter(\.isFinite).map(Double.init)
        guard let low = finite.min(), let high = finite.max() else {
            buckets = []
            return
        }
        guard low < high else {
            buckets = [Bucket(left: low - 0.5, right: low + 0.5, count: Double(finite.count))]
            return
        }
        var counts = [Double](repeating: 0, count: count)
        let width = (high - low) / Double(count)
        for value in finite { counts[min(count - 1, Int((value - low) / width))] += 1 }
        buckets = counts.enumerated().map { number, filled in
            let right = number + 1 == count ? high : low + width * Double(number + 1)
            return Bucket(left: low + width * Double(number), right: right, count: filled)
        }
    }
}
