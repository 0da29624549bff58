/// What a configuration takes in memory at least, part by part; counted before any of it is allocated.
///
/// Numbers are `Double`, because a product of sizes that are allowed one by one need not fit into an `Int`.
public struct MemoryNeed: Sendable, Equatable {
    /// One thing that takes memory.
    public struct Part: Sendable, Equatable {
        /// What it is, such as "the policy's network".
        public var name: String
        /// The key, as seen from the options of the algorithm, that makes it smaller.
        public var key: String
        /// Bytes.
        public var bytes: Double
    }

    /// In the order added.
    public private(set) var parts: [Part] = []

    /// Nothing.
    public init() {}

    /// Bytes in all.
    public var bytes: Double { parts.reduce(0) { $0 + $1.bytes } }
    /// The part that takes most.
    public var largest: Part? { parts.max { $0.bytes < $1.bytes } }

    /// Adds a part.
    public mutating func add(_ name: String, _ key: String, bytes: Double) {
        parts.append(Part(name: name, key: key, bytes: bytes))
    }

    /// Adds learners with their weights, gradient and both moments of Adam, and the moving average where there is one.
    ///
    /// - Parameters:
    ///   - name: what they are.
    ///   - key: the key that makes them smaller.
    ///   - count: how many there are.
    ///   - hasTarget: whether a moving average is kept.
    ///   - network: describes one by adding its parameters to a layout.
    public mutating func addLearners<Body>(
        _ name: String, _ key: String, count: Int = 1, hasTarget: Bool = false,
        _ network: (inout Layout) -> Body
    ) {
        var layout = Layout()
        _ = network(&layout)
        add(name, key, bytes: Double(count) * Double(layout.count) * 4 * (hasTarget ? 5 : 4))
    }

    /// Adds the weights of a network that does not learn.
    public mutating func addFrozen<Body>(
        _ name: String, _ key: String, _ network: (inout Layout) -> Body
    ) {
        var layout = Layout()
        _ = network(&layout)
        add(name, key, bytes: 4 * Double(layout.count))
    }

    /// Adds rows of `Float`.
    public mutating func addRows(_ name: String, _ key: String, _ rows: Int, of columns: Int) {
        add(name, key, bytes: 4 * Double(rows) * Double(columns))
    }

    /// A number of bytes for a person, such as `10.9 TiB`.
    public static func text(_ bytes: Double) -> String {
        var (value, unit) = (bytes, 0)
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024 && unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        if unit == 0 { return "\(Int(value)) bytes" }
        let tenths = (value * 10).rounded()
        return
            "\(tenths < 1e9 ? "\(Int(tenths) / 10).\(Int(tenths) % 10)" : "\(value.rounded())") \(units[unit])"
    }
}
