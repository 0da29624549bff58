import Tensors

/// How prompts are shared out: to train models on, to select a candidate with, and to test its safety with.
///
/// The safety test holds only for prompts that nothing else has seen, so a prompt with all its rows goes to one part, and
/// so do prompts that are the same by `matching`. Equal seeds and prompts give equal parts, whatever the order of the rows.
public struct DataSplit: Sendable, Hashable {
    /// Share of the prompts that no model is trained on.
    public let heldOut: Double
    /// Share of the prompts held out that the candidate is selected with; the others test its safety.
    public let candidate: Double
    /// Which prompts are the same.
    public let matching: PromptMatching

    /// Describes a split.
    ///
    /// - Parameters:
    ///   - heldOut: in (0, 1].
    ///   - candidate: in (0, 1).
    ///   - matching: which prompts are the same.
    public init(heldOut: Double = 0.5, candidate: Double = 0.4, matching: PromptMatching = .normalised) {
        precondition(heldOut > 0 && heldOut <= 1, "\(heldOut) of the prompts held out")
        precondition(candidate > 0 && candidate < 1, "\(candidate) of the prompts held out for the candidate")
        (self.heldOut, self.candidate, self.matching) = (heldOut, candidate, matching)
    }

    /// Shares out rows by their prompts.
    ///
    /// - Parameters:
    ///   - rows: any rows, of any number of prompts.
    ///   - seed: the run's seed.
    ///   - prompt: the prompt of a row.
    /// - Returns: the parts; each holds at least one prompt where there are three. Of prompts that are the same, the one
    ///   whose bytes come first stands for all where prompts are asked.
    public func split<Row: Sendable>(
        _ rows: [Row], seed: UInt64, by prompt: (Row) -> Dialogue
    ) -> SplitPreferences<Row> {
        let same = Dictionary(grouping: Set(rows.map(prompt)), by: matching.key(of:))
        let prompts = shuffled(same.values.compactMap { $0.min { $0.precedes($1) } }, seed: seed)
        let held = share(heldOut, of: prompts.count, leaving: heldOut < 1 ? 1 : 0, atLeast: 2)
        let selecting = share(candidate, of: held, leaving: 1, atLeast: 1)
        let training = Set(prompts.dropFirst(held).map(matching.key(of:)))
        return SplitPreferences(
            training: rows.filter { training.contains(matching.key(of: prompt($0))) },
            candidate: Array(prompts[..<selecting]),
            safety: SafetyPrompts(Array(prompts[selecting..<held])))
    }

    private func share(_ share: Double, of count: Int, leaving rest: Int, atLeast least: Int) -> Int {
        min(max(Int((share * Double(count)).rounded()), least), max(count - rest, 0))
    }

    /// In an order that depends on the seed and on which prompts there are.
    private func shuffled(_ prompts: [Dialogue], seed: UInt64) -> [Dialogue] {
        var order = prompts.sorted { $0.precedes($1) }
        var random = RandomStream(seed: seed, for: .splitting)
        for last in order.indices.dropFirst().reversed() {
            order.swapAt(last, random.nextInteger(below: last + 1))
        }
        return order
    }
}

extension Dialogue {
    /// By the bytes of the turns.
    fileprivate func precedes(_ other: Dialogue) -> Bool {
        for (a, b) in zip(turns, other.turns) where !a.utf8.elementsEqual(b.utf8) {
            return a.utf8.lexicographicallyPrecedes(b.utf8)
        }
        return turns.count < other.turns.count
    }
}

/// Rows and prompts in three parts without a prompt in common.
public struct SplitPreferences<Row: Sendable>: ~Copyable, Sendable {
    /// Rows to train models on.
    public let training: [Row]
    /// Prompts to select a candidate with, each once.
    public let candidate: [Dialogue]
    private var safety: SafetyPrompts?
    /// How many prompts are kept for the safety test.
    public let safetyCount: Int

    init(training: [Row], candidate: [Dialogue], safety: consuming SafetyPrompts) {
        (self.training, self.candidate) = (training, candidate)
        safetyCount = safety.count
        self.safety = consume safety
    }

    /// Hands over the sealed prompts of the safety test; nil the second time.
    public mutating func takeSafetyPrompts() -> SafetyPrompts? { safety.take() }
}

/// Prompts that were kept apart for one safety test, and can be spent once.
///
/// There is no way to read them: an optimiser that holds them can only pass them on.
///
///     let prompts = split.takeSafetyPrompts()
///     let costs = try prompts?.spend { try policy.answer($0).map(cost) }
public struct SafetyPrompts: ~Copyable, Sendable {
    private let prompts: [Dialogue]
    /// How many there are.
    public var count: Int { prompts.count }

    /// Seals prompts; whoever makes them must not keep a copy of the array.
    public init(_ prompts: [Dialogue]) { self.prompts = prompts }

    /// Opens the seal, once, for the policy that is to be tested.
    ///
    /// - Parameter answering: answers every prompt, in order, and returns what the answers cost.
    /// - Returns: what `answering` returns.
    public consuming func spend<Result>(_ answering: ([Dialogue]) throws -> Result) rethrows -> Result {
        try answering(prompts)
    }
}
