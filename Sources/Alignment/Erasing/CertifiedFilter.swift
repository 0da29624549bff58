import Storage

/// A filter that looks at all erased versions of a sequence: erase-and-check.
///
/// Where the filter flags P, every sequence made from P by an attack of the mode and size is flagged. Where it would have to
/// look at more than its budget the answer is harmful, and says so.
///
/// Versions of equal symbols are looked at once, so equal symbols must be the same to the filter. Texts and characters are told
/// apart by their bytes: Swift calls two spellings of an accented letter equal, and a filter may flag one of them only.
///
/// - SeeAlso: Kumar et al. 2023, arXiv:2309.02705, theorem 1.
public struct CertifiedFilter<Symbol: Hashable & Sendable>: Sendable {
    /// Why an answer is what it is.
    public enum Ground: Sendable, Hashable {
        /// The filter flagged this version.
        case flagged([Symbol])
        /// None of the versions was flagged.
        case nothingFlagged
        /// So many versions are more than may be looked at (`Int.max`: at least so many).
        case overBudget(versions: Int)
        /// Time ran out behind so many looks.
        case outOfTime(checks: Int)
    }

    /// What is said of a sequence.
    public struct Answer: Sendable, Hashable {
        /// Why.
        public let ground: Ground
        /// How often the filter was asked.
        public let checks: Int
        /// Whether the sequence is refused: everything but `nothingFlagged`.
        public var isHarmful: Bool { ground != .nothingFlagged }
    }

    /// The erasures.
    public let erasures: Erasures
    /// The most choices of erased places that are looked at; at least 1.
    public let budget: Int
    /// The longest time for one sequence; nothing for as long as it takes.
    public let limit: Duration?
    /// The most versions that the filter is asked about at once; at least 1.
    public let batch: Int
    private let areHarmful: @Sendable ([[Symbol]]) throws -> [Bool]

    /// Makes a filter of one that judges a sequence at a time.
    ///
    /// - Parameters:
    ///   - erasures: the attacks that are covered.
    ///   - budget: the most choices of erased places that are looked at, at least 1.
    ///   - limit: the longest time for one sequence; an answer then depends on the machine.
    ///   - isHarmful: the filter, whose answer depends on the sequence alone.
    public init(
        _ erasures: Erasures, budget: Int = 100_000, limit: Duration? = nil,
        isHarmful: @escaping @Sendable ([Symbol]) throws -> Bool
    ) {
        self.init(erasures, budget: budget, limit: limit, batch: 1) { try $0.map(isHarmful) }
    }

    /// Makes a filter of one that judges several sequences at a time.
    ///
    /// Versions of equal length come one behind the other, but for several blocks.
    ///
    /// - Parameters:
    ///   - erasures: the attacks that are covered.
    ///   - budget: the most choices of erased places that are looked at, at least 1.
    ///   - limit: the longest time for one sequence; an answer then depends on the machine.
    ///   - batch: the most versions at once, at least 1.
    ///   - areHarmful: the filter, one answer for each sequence, which depends on the sequence alone.
    public init(
        _ erasures: Erasures, budget: Int = 100_000, limit: Duration? = nil, batch: Int,
        areHarmful: @escaping @Sendable ([[Symbol]]) throws -> [Bool]
    ) {
        precondition(budget >= 1 && batch >= 1, "a budget of \(budget) checks, \(batch) at once")
        (self.erasures, self.budget, self.limit) = (erasures, budget, limit)
        (self.batch, self.areHarmful) = (batch, areHarmful)
    }

    /// Looks at a sequence and its erased versions, each distinct one once, until one is flagged.
    ///
    /// - Parameter sequence: the prompt's symbols.
    /// - Returns: what is said, and why.
    /// - Throws: what the filter throws; the sequence was then not judged.
    public func callAsFunction(_ sequence: [Symbol]) throws -> Answer {
        let versions = erasures.count(units: sequence.count)
        guard versions <= budget else {
            return Answer(ground: .overBudget(versions: versions), checks: 0)
        }
        let start = ContinuousClock.now
        var seen: Set<[Int]> = []
        var waiting: [[Symbol]] = []
        var ground = Ground.nothingFlagged
        var checks = 0
        func ask() throws -> Bool {
            let verdicts = try areHarmful(waiting)
            precondition(verdicts.count == waiting.count, "\(verdicts.count) of \(waiting.count) verdicts")
            checks += waiting.count
            if let flagged = verdicts.firstIndex(of: true) {
                ground = .flagged(waiting[flagged])
            } else if let limit, ContinuousClock.now - start > limit {
                ground = .outOfTime(checks: checks)
            }
            waiting.removeAll(keepingCapacity: true)
            return ground != .nothingFlagged
        }
        let isDecided = try erasures.visit(Self.numbers(of: sequence)) { version in
            guard seen.insert(version).inserted else { return false }
            waiting.append(version.map { sequence[$0] })
            return try waiting.count == batch && ask()
        }
        if !isDecided && !waiting.isEmpty { _ = try ask() }
        return Answer(ground: ground, checks: checks)
    }

    /// The place at which each symbol stands for the first time.
    private static func numbers(of sequence: [Symbol]) -> [Int] {
        if let texts = sequence as? [String] { return places(of: texts.map(ExactText.init)) }
        if let texts = sequence as? [Substring] { return places(of: texts.map { ExactText(String($0)) }) }
        if let letters = sequence as? [Character] { return places(of: letters.map { ExactText(String($0)) }) }
        return places(of: sequence)
    }

    private static func places<Key: Hashable>(of keys: [Key]) -> [Int] {
        var first: [Key: Int] = [:]
        return keys.enumerated().map { place, key in
            if let earlier = first[key] { return earlier }
            first[key] = place
            return place
        }
    }
}

extension CertifiedFilter.Ground: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .flagged(let version): "a version of \(version.count) units is harmful"
        case .nothingFlagged: "no version is harmful"
        case .overBudget(.max): "over budget: more versions than can be counted, so it counts as harmful"
        case .overBudget(let versions): "over budget: \(versions) versions, so it counts as harmful"
        case .outOfTime(let checks): "out of time behind \(checks) checks, so it counts as harmful"
        }
    }
}
