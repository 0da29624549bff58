import CKernels

/// What a stream of random numbers is for; streams of different purposes are independent.
public enum Purpose: UInt32, Codable, Sendable, CaseIterable {
    /// Initial weights.
    case weights = 1
    /// Which rows of a data set enter a batch.
    case sampling = 2
    /// Noise, time indices and dropout of a training step.
    case noise = 3
    /// Actions of a stochastic policy.
    case action = 4
    /// Initial states of an environment.
    case reset = 5
    /// Collecting data: behaviour noise and episode choices.
    case collection = 6
    /// Splitting data, bootstrap resamples and other bookkeeping.
    case splitting = 7
    /// Tests only.
    case testing = 8
    /// Transitions of a learned model.
    case modelTransition = 20
    /// Actions of a policy in a learned model.
    case modelAction = 21
    /// Fitting a learned model: weights, resamples and batches of its members.
    case modelFit = 22
    /// Tokens that a language model samples, one stream for each sequence.
    case generation = 30
    /// Seeds of the fresh episodes of a safety test.
    case certification = 40
    /// Continuations of episodes from their steps.
    case rollout = 50
}

/// A reproducible, counter-based stream of random numbers (Philox 4×32, ten rounds).
///
/// The state is a key and a counter, so a stream costs nothing to copy, save or restore, and equal
/// (seed, purpose, index) give equal numbers on every machine. Every `fill` starts on a fresh block of four words.
///
/// - SeeAlso: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
public struct RandomStream: Codable, Sendable, Hashable {
    private let key: UInt64
    private let lane: UInt64
    private var block: UInt64

    /// Opens a stream.
    ///
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - purpose: what the numbers are for.
    ///   - index: which of several streams of one purpose, such as the number of an episode.
    public init(seed: UInt64, for purpose: Purpose, index: UInt32 = 0) {
        key = seed
        lane = UInt64(purpose.rawValue) << 32 | UInt64(index)
        block = 0
    }

    /// Where bulk draws come from: a part of an update has rows and noise of its own.
    private var place: UInt64 {
        let part = ck_shard_lane()
        guard part != 0 else { return lane }
        return switch Purpose(rawValue: UInt32(lane >> 32)) {
        case .sampling, .noise, .modelFit: lane ^ part
        default: lane
        }
    }

    /// How many blocks of four words have been used.
    public var position: UInt64 { block }

    /// A fresh integer, uniform over all 64-bit values.
    public mutating func nextInteger() -> UInt64 { integer(in: lane) }

    private mutating func integer(in lane: UInt64) -> UInt64 {
        var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { raw in
            if let base = raw.bindMemory(to: UInt32.self).baseAddress {
                ck_philox_words(key, lane, block, base, 4)
            }
        }
        block += 1
        return UInt64(words.0) | UInt64(words.1) << 32
    }

    /// A fresh integer, uniform in `0 ..< bound`, without modulo bias.
    ///
    /// - Parameter bound: greater than 0.
    /// - Returns: the integer.
    public mutating func nextInteger(below bound: Int) -> Int {
        precondition(bound > 0, "nextInteger(below: \(bound)): the bound must be positive")
        return Int(nextInteger().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A fresh number, uniform in [0, 1), a multiple of 2⁻²⁴.
    public mutating func nextUniform() -> Float { Float(nextInteger() >> 40) * 0x1p-24 }

    /// A fresh number, uniform in `lower ..< upper`.
    public mutating func nextUniform(in range: Range<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * nextUniform()
    }

    /// A fresh number, uniform in [0, 1), a multiple of 2⁻⁵³.
    package mutating func nextPreciseUniform() -> Double { Double(nextInteger() >> 11) * 0x1p-53 }

    /// A fresh draw from N(0, 1).
    public mutating func nextNormal() -> Float {
        var value: Float = 0
        withUnsafeMutablePointer(to: &value) { fillNormal(UnsafeMutableBufferPointer(start: $0, count: 1)) }
        return value
    }

    /// Fills with draws from U[0, 1), multiples of 2⁻²⁴.
    public mutating func fillUniform(_ values: UnsafeMutableBufferPointer<Float>) {
        fill(values, Draw(.uniform, self))
    }

    /// Fills with draws from N(0, 1) by the Box–Muller transform; the largest possible magnitude is 5.77.
    public mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Float>) {
        fill(values, Draw(.normal, self))
    }

    /// Fills with integers uniform in `0 ..< bound`; the bias is below `bound`·2⁻⁶⁴.
    ///
    /// - Parameters:
    ///   - values: filled.
    ///   - bound: greater than 0.
    public mutating func fillIntegers(_ values: UnsafeMutableBufferPointer<Int32>, below bound: Int) {
        precondition(bound > 0 && bound <= Int(Int32.max), "fillIntegers(below: \(bound)): out of range")
        let place = place
        for index in values.indices {
            values[index] = Int32(integer(in: place).multipliedFullWidth(by: UInt64(bound)).high)
        }
    }

    /// Fills with inverted-dropout factors: 0 with probability `rate`, else `1 / (1 − rate)`.
    ///
    /// - Parameters:
    ///   - values: filled.
    ///   - rate: in [0, 1).
    public mutating func fillKeepMask(_ values: UnsafeMutableBufferPointer<Float>, rate: Float) {
        precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is outside [0, 1)")
        fill(values, Draw(.keep(rate), self))
    }

    /// Takes so many numbers from the stream, to be drawn later and as often as wanted.
    ///
    /// - Parameter count: of numbers.
    /// - Returns: where they are.
    package mutating func reserve(_ count: Int) -> ReservedNumbers {
        defer { block += UInt64((count + 3) / 4) }
        return ReservedNumbers(key: key, lane: place, block: block)
    }

    /// What a thread needs to draw some of the numbers; plain data, since a closure handed on would allocate.
    private struct Draw {
        enum Kind {
            case uniform, normal
            case keep(Float)
        }
        let kind: Kind
        let key, lane, block: UInt64

        init(_ kind: Kind, _ stream: RandomStream) {
            (self.kind, key, lane, block) = (kind, stream.key, stream.place, stream.block)
        }

        func numbers(from first: Int, to base: UnsafeMutablePointer<Float>, _ count: Int) {
            let place = block + UInt64(first / 4)
            switch kind {
            case .uniform: ck_philox_uniform(key, lane, place, base, count)
            case .normal: ck_philox_normal(key, lane, place, base, count)
            case .keep(let rate): ck_philox_keep(key, lane, place, base, count, rate)
            }
        }
    }

    /// Every number depends on its place alone, so threads may share the work.
    private mutating func fill(_ values: UnsafeMutableBufferPointer<Float>, _ draw: Draw) {
        guard let base = values.baseAddress else { return }
        let groups = (values.count + Self.group - 1) / Self.group
        Shards.overRows(groups, elements: values.count, on: (draw, base, values.count)) { context, part in
            let first = part.lowerBound * Self.group
            context.0.numbers(
                from: first, to: context.1 + first, min(part.upperBound * Self.group, context.2) - first)
        }
        block += UInt64((values.count + 3) / 4)
    }

    /// Numbers that the kernels draw at once.
    private static let group = 64
}

/// Numbers of a stream that are drawn where they are needed, by any thread.
package struct ReservedNumbers: Sendable, Equatable {
    package let key, lane, block: UInt64

    package init(key: UInt64, lane: UInt64, block: UInt64) {
        (self.key, self.lane, self.block) = (key, lane, block)
    }

    /// Fills with inverted-dropout factors: 0 with probability `rate`, else `1 / (1 − rate)`.
    ///
    /// - Parameters:
    ///   - values: filled.
    ///   - count: of values.
    ///   - first: number of the first, a multiple of 4.
    ///   - rate: in [0, 1).
    func fillKeepMask(_ values: UnsafeMutablePointer<Float>, _ count: Int, from first: Int, rate: Float) {
        ck_philox_keep(key, lane, block + UInt64(first / 4), values, count, rate)
    }
}
