/// Attacks on a sequence by exactly so many symbols of an alphabet, all of them.
///
/// - Precondition: insertions are of one block.
public struct Attacks<Symbol: Sendable>: Sendable {
    /// Where symbols are added.
    public let mode: ErasureMode
    /// How many, at least 0.
    public let size: Int
    /// From what.
    public let alphabet: [Symbol]

    /// Describes attacks.
    public init(_ mode: ErasureMode, size: Int, alphabet: [Symbol]) {
        precondition(size >= 0, "an attack of \(size) symbols")
        if case .insertion(let blocks) = mode {
            precondition(blocks == 1, "attacks of \(blocks) blocks are not enumerated")
        }
        (self.mode, self.size, self.alphabet) = (mode, size, alphabet)
    }

    /// Calls a body with each attacked sequence, as often as there are ways to make it.
    public func visit(_ sequence: [Symbol], _ body: ([Symbol]) throws -> Void) rethrows {
        for added in words() {
            switch mode {
            case .suffix: try body(sequence + added)
            case .insertion:
                for place in 0...sequence.count {
                    try body(Array(sequence[..<place] + added + sequence[place...]))
                }
            case .infusion:
                var attacked: [Symbol] = []
                try mix(sequence[...], added[...], &attacked, body)
            }
        }
    }

    /// All words of the alphabet of length `size`.
    private func words() -> [[Symbol]] {
        (0..<size).reduce([[]]) { words, _ in words.flatMap { word in alphabet.map { word + [$0] } } }
    }

    /// Every way to lay one sequence into another.
    private func mix(
        _ a: ArraySlice<Symbol>, _ b: ArraySlice<Symbol>, _ mixed: inout [Symbol],
        _ body: ([Symbol]) throws -> Void
    ) rethrows {
        if a.isEmpty && b.isEmpty { return try body(mixed) }
        if let first = a.first {
            mixed.append(first)
            try mix(a.dropFirst(), b, &mixed, body)
            mixed.removeLast()
        }
        if let first = b.first {
            mixed.append(first)
            try mix(a, b.dropFirst(), &mixed, body)
            mixed.removeLast()
        }
    }
}

/// What an exhaustive search for attacks that slip through finds: none of the certified size, and some beyond where the
/// certificate is tight.
public struct SoundnessExperiment: Sendable, Hashable {
    /// Attacks of the certified size, and those of them that were not flagged: 0 if the certificate is right.
    public private(set) var attacks = 0, missed = 0
    /// Attacks one symbol larger, and those that were not flagged.
    public private(set) var attacksBeyond = 0, missedBeyond = 0

    /// Attacks every sequence of an alphabet that a filter flags.
    ///
    /// - Parameters:
    ///   - erasures: of insertions with one block.
    ///   - alphabet: distinct symbols.
    ///   - longest: of the clean sequences.
    ///   - isHarmful: the filter.
    /// - Throws: what the filter throws.
    public init<Symbol: Hashable & Sendable>(
        _ erasures: Erasures, alphabet: [Symbol], longest: Int,
        isHarmful: @escaping @Sendable ([Symbol]) throws -> Bool
    ) throws {
        let filter = CertifiedFilter(erasures, isHarmful: isHarmful)
        var clean: [[Symbol]] = [[]]
        for _ in 0...longest {
            for sequence in try clean.filter(isHarmful) {
                try Attacks(erasures.mode, size: erasures.size, alphabet: alphabet).visit(sequence) {
                    attacks += 1
                    if try !filter($0).isHarmful { missed += 1 }
                }
                try Attacks(erasures.mode, size: erasures.size + 1, alphabet: alphabet).visit(sequence) {
                    attacksBeyond += 1
                    if try !filter($0).isHarmful { missedBeyond += 1 }
                }
            }
            clean = clean.flatMap { word in alphabet.map { word + [$0] } }
        }
    }
}
