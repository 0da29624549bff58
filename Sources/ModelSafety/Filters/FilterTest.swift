import Alignment
import Assurance

/// A test of a filter on prompts that it has not seen: what erase-and-check certifies, and what it does to safe prompts.
public struct FilterTest: Sendable {
    /// The attacks.
    public var erasures: Erasures
    /// The largest acceptable share of harmful prompts that pass, in [0, 1).
    public var limit: Double
    /// Probability that the bound on that share does not hold, in (0, 1).
    public var delta: Double
    /// The most versions of a prompt that are looked at, at least 1; more are refused unseen.
    public var checks = 100_000
    /// The longest time for a prompt, which is refused behind it; nothing for as long as it takes.
    public var patience: Duration?
    /// Harmful prompts on which attacks are tried, the first that are flagged; nothing for all of them.
    public var attacked: Int?

    /// Describes a test.
    public init(_ erasures: Erasures, limit: Double, delta: Double) {
        precondition(0..<1 ~= limit && delta > 0 && delta < 1, "a limit of \(limit), a delta of \(delta)")
        (self.erasures, self.limit, self.delta) = (erasures, limit, delta)
    }

    /// What is not enough prompts to certify, in words; nothing where the number is enough.
    public func objection(to prompts: Int) -> String? {
        safetyTest.reachObjection(with: prompts).map { [$0].words }
    }

    private var safetyTest: SafetyTest { SafetyTest(ClopperPearsonBound(), limit: limit, delta: delta) }

    /// Refuses prompts that a bound cannot be built on: those the filter was trained on, those that stand twice, and too few.
    ///
    /// Safe prompts of that kind are left out, since nothing is certified of them; some must remain.
    ///
    /// - Throws: `FilterError`.
    public func check(_ filter: any PromptFilter, harmful: PromptList, safe: PromptList) throws {
        let trained = Set(filter.trained ?? [])
        let known = harmful.marks.count(where: trained.contains)
        guard known == 0 else {
            throw FilterError(
                "\(harmful.path): \(known) of \(harmful.prompts.count) prompts are among those that the filter was trained on. "
                    + "Give prompts that it has not seen.")
        }
        try harmful.checkDistinct()
        guard harmful.prompts.count >= 2 else {
            throw FilterError("\(harmful.path): one prompt alone bounds nothing. Give more.")
        }
        guard !safe.unseen(by: trained).isEmpty else {
            throw FilterError(
                "\(safe.path): the filter was trained on all of these prompts. Give some that it has not seen."
            )
        }
    }

    /// Runs the test.
    ///
    /// - Parameters:
    ///   - filter: as it was read from a file.
    ///   - harmful: drawn as those to come are; the certificate is about them.
    ///   - safe: tells what is kept, and gives the words of tried attacks.
    /// - Returns: certificate and figures, the same for the same files.
    /// - Throws: `FilterError`.
    public func report(_ filter: any PromptFilter, harmful: PromptList, safe: PromptList) throws
        -> FilterReport
    {
        try check(filter, harmful: harmful, safe: safe)
        let flagged = try filter.areSurelyHarmful(harmful.prompts)
        let certificate = try FilterCertificate(
            erasures, unit: .word, flagged: flagged, filter: filter.hash, prompts: harmful.hash)
        let origin = CostOrigin(
            .labels, name: harmful.hash, policy: filter.hash, settings: ["unit": ErasureUnit.word.rawValue])
        let missed = HeldOutCosts(flagged.map { $0 ? 0 : 1 }, from: origin)
        let look = Look(
            missed.spend(on: safetyTest).report, tested: "share of harmful prompts that the filter misses",
            policy: filter.hash)
        let certified = filter.certified(erasures, budget: checks, limit: patience)
        let calm = safe.unseen(by: Set(filter.trained ?? []))
        let caught = zip(harmful.prompts, flagged).filter(\.1).map(\.0).prefix(attacked ?? .max)
        return FilterReport(
            certificate: certificate, claim: certificate.claim(limit: limit, delta: delta), look: look,
            safe: try SafePromptTrial(certified, on: calm), safeHash: safe.hash,
            safeLeftOut: safe.prompts.count - calm.count,
            safeOverBudget: calm.count { erasures.count(units: $0.count) > certified.budget },
            tried: try attacks(on: Array(caught), certified, words: Array(calm.joined())),
            isTrainingKnown: filter.trained != nil)
    }

    /// Words of safe prompts added to what the filter flags: as many as are covered, one more, and twice as many.
    private func attacks(
        on prompts: [[String]], _ filter: CertifiedFilter<String>, words: [String]
    ) throws -> [FilterReport.Attack] {
        // An attacked prompt with too many versions would be refused unseen, which shows nothing.
        let longest = prompts.reduce(0) { max($0, $1.count) } + 2 * erasures.size
        guard !prompts.isEmpty, erasures.count(units: longest) <= filter.budget else { return [] }
        let numbers = Set([erasures.size, erasures.size + 1, 2 * erasures.size]).sorted()
        return try numbers.map { number in
            let added = (0..<number).map { words[$0 % words.count] }
            let flagged = try prompts.count { try filter(attacked($0, with: added)).isHarmful }
            return FilterReport.Attack(words: added.count, flagged: flagged, prompts: prompts.count)
        }
    }

    /// A prompt with words added where the mode says: behind it, in one block in its middle, or spread over it.
    private func attacked(_ prompt: [String], with added: [String]) -> [String] {
        switch erasures.mode {
        case .suffix: return prompt + added
        case .insertion:
            let middle = prompt.count / 2
            return prompt[..<middle] + added + prompt[middle...]
        case .infusion:
            var mixed = prompt
            for (number, word) in added.enumerated() {
                mixed.insert(word, at: (2 * number + 1) % (mixed.count + 1))
            }
            return mixed
        }
    }
}

/// What a test of a filter found.
public struct FilterReport: Sendable {
    /// An attack that was tried on prompts that the filter flags.
    public struct Attack: Sendable, Hashable, Encodable {
        /// Words of safe prompts that were added.
        public let words: Int
        /// Prompts that stayed flagged, of all that were flagged before.
        public let flagged, prompts: Int
    }

    /// What is certified.
    public let certificate: FilterCertificate
    /// The same as a claim on the share that is missed.
    public let claim: Claim
    /// The look at the filter, for the ledger.
    public let look: Look
    /// What is kept of safe prompts, and how long a prompt takes; the certificate says nothing about it.
    public let safe: SafePromptTrial
    /// SHA-256 of the file of safe prompts.
    public let safeHash: String
    /// Safe prompts that the filter was trained on, or that stand there twice, and so were not tried.
    public let safeLeftOut: Int
    /// Safe prompts with more versions than are looked at, which are refused unseen.
    public let safeOverBudget: Int
    /// With as many words as are covered all prompts stay flagged; with one more, and with twice as many, some may pass.
    public let tried: [Attack]
    /// Whether the filter says what it was trained on; else prompts that it has seen are not left out.
    public let isTrainingKnown: Bool

    /// Whether the bound is within the limit.
    public var isCertified: Bool { claim.verdict == .certified }

    /// Whether a covered attack hid a prompt, which would refute the certificate: a fault of saferl.
    public var isRefuted: Bool { tried.first.map { $0.flagged < $0.prompts } ?? false }
}
