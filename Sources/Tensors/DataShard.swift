import CKernels

/// One of the equal parts of an update's rows, where a run is cut into parts that processes share.
///
/// A replica of the algorithm computes a part, on a thread of its own. `current` is that thread's part while it takes an
/// update, and nil everywhere else: what does not ask for it computes the same in every part. `Learner.descend` asks, and so
/// do the bulk draws of random streams for rows and noise.
public final class DataShard {
    /// Means over all parts of a gradient, in place, and of a loss.
    public typealias Averaging = (UnsafeMutableBufferPointer<Float>, Float) throws -> Float
    /// The values of all parts, in their order.
    public typealias Gathering = ([Double]) throws -> [Double]

    /// The most parts there can be.
    public static let most = 64

    /// Which part, in `0 ..< count`.
    public let number: Int
    /// How many parts an update has, a power of two.
    public let count: Int
    private let average: Averaging
    private let gather: Gathering

    /// Describes a part.
    ///
    /// - Parameters:
    ///   - number: in `0 ..< count`.
    ///   - count: a power of two, at most `most`.
    ///   - average: waits for all parts, and gives each the same bits.
    ///   - gather: likewise; of every part the same number of values.
    public init(
        number: Int, of count: Int, average: @escaping Averaging, gather: @escaping Gathering
    ) {
        precondition(count <= Self.most && count.nonzeroBitCount == 1, "\(count) parts")
        precondition((0..<count).contains(number), "part \(number) of \(count)")
        (self.number, self.count, self.average, self.gather) = (number, count, average, gather)
    }

    /// The calling thread's part of an update; nil outside of `perform`.
    public static var current: DataShard? {
        ck_shard_context().map { Unmanaged<DataShard>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes this the calling thread's part while `body` runs.
    ///
    /// - Throws: what `body` throws.
    public func perform<Result>(_ body: () throws -> Result) rethrows -> Result {
        // Bits 26 to 31 of the index: streams of rows and noise have small indices.
        ck_set_shard(Unmanaged.passUnretained(self).toOpaque(), UInt64(number) << 26)
        defer { ck_set_shard(nil, 0) }
        return try withExtendedLifetime(self, body)
    }

    /// What all parts have in sum, from what the calling thread's has: `count` times as much where there are parts.
    public static func total(of rows: Int) -> Int { rows * (current?.count ?? 1) }

    /// The values of all parts in their order; where there are none, the values.
    ///
    /// - Throws: what stops the run.
    public static func gathered(_ values: [Double]) throws -> [Double] {
        try current?.gather(values) ?? values
    }

    /// The mean over all parts of a number that each has of its rows; where there are none, the number.
    ///
    /// - Throws: what stops the run.
    public static func mean(of value: Float) throws -> Float {
        guard let current else { return value }
        let values = try current.gather([Double(value)])
        return Float(values.reduce(0, +) / Double(values.count))
    }

    /// Means over all parts of a gradient, in place, and of a loss.
    ///
    /// - Throws: what stops the run.
    package func mean<Scalar: TapeScalar>(
        gradient: UnsafeMutableBufferPointer<Scalar>, _ loss: Scalar
    ) throws -> Scalar {
        if Scalar.self == Float.self {
            let numbers = UnsafeMutableRawBufferPointer(gradient).assumingMemoryBound(to: Float.self)
            return Scalar(try average(numbers, Float(loss)))
        }
        // What learns in double precision is small.
        let values = try gather(gradient.map(Double.init) + [Double(loss)])
        let size = gradient.count + 1
        func mean(_ place: Int) -> Scalar {
            Scalar((0..<count).reduce(0) { $0 + values[$1 * size + place] } / Double(count))
        }
        for place in gradient.indices { gradient[place] = mean(place) }
        return mean(gradient.count)
    }
}
