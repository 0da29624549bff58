import Alignment
import Storage
import Tensors

/// A filter of prompts with what it was trained on: the bag-of-words baseline, as a file holds it.
///
/// It reads a prompt as its words with single blanks between, so that certificates for added words hold at the level of text.
public struct WordFilter: Sendable {
    /// A list that it was trained on.
    public struct Training: Sendable, Hashable, Codable {
        /// How many prompts it had.
        public let prompts: Int
        /// SHA-256 of its file.
        public let sha256: String
    }

    /// What decides.
    public let classifier: BagOfWordsClassifier
    /// From which erased versions of safe prompts it learned that they are safe.
    public let erasures: Erasures
    /// Seed of the drawn versions.
    public let seed: UInt64
    /// The harmful and the safe prompts.
    public let harmful, safe: Training
    /// Marks of all prompts that it was trained on, sorted, none twice.
    public let marks: [String]

    /// The most erased versions of a safe prompt among which training draws.
    public static let mostVersions = 100_000

    /// Trains on lists of prompts; nothing but the seed is random, and a seed gives one filter.
    ///
    /// - Parameters:
    ///   - harmful: prompts to flag.
    ///   - safe: prompts to let through.
    ///   - erasures: those in use, whose versions of safe prompts are safe.
    ///   - settings: of the classifier.
    ///   - seed: draws versions.
    /// - Throws: `FilterError` where a prompt is in both lists, or has too many erased versions.
    public init(
        harmful: PromptList, safe: PromptList, erasures: Erasures,
        settings: BagOfWordsClassifier.Settings = BagOfWordsClassifier.Settings(), seed: UInt64
    ) throws {
        try Self.check(harmful: harmful, safe: safe, erasures: erasures)
        var random = SeededGenerator(seed: seed)
        classifier = BagOfWordsClassifier(
            harmful: harmful.prompts, safe: safe.prompts, erasures: erasures, settings: settings,
            using: &random)
        (self.erasures, self.seed) = (erasures, seed)
        self.harmful = Training(prompts: harmful.prompts.count, sha256: harmful.hash)
        self.safe = Training(prompts: safe.prompts.count, sha256: safe.hash)
        marks = Set(harmful.marks + safe.marks).sorted()
    }

    /// Refuses lists that no filter can be trained on.
    ///
    /// - Throws: `FilterError` where a prompt is in both lists, or has too many erased versions.
    static func check(harmful: PromptList, safe: PromptList, erasures: Erasures) throws {
        let known = Dictionary(zip(harmful.marks, harmful.rows), uniquingKeysWith: { first, _ in first })
        for (mark, row) in zip(safe.marks, safe.rows) {
            if let other = known[mark] {
                throw FilterError(
                    "\(safe.path): row \(row) is the prompt of row \(other) of \(harmful.path). Decide which it is."
                )
            }
        }
        for (prompt, row) in zip(safe.prompts, safe.rows)
        where erasures.count(units: prompt.count) > Self.mostVersions {
            throw FilterError(
                "\(safe.path): row \(row) has \(prompt.count) words, and so more than \(Self.mostVersions) versions by \(erasures). "
                    + "Train with smaller erasures, such as insertion:12.")
        }
    }

    init(
        _ classifier: BagOfWordsClassifier, _ erasures: Erasures, seed: UInt64, harmful: Training,
        safe: Training, marks: [String]
    ) {
        (self.classifier, self.erasures, self.seed) = (classifier, erasures, seed)
        (self.harmful, self.safe, self.marks) = (harmful, safe, marks)
    }

    /// Whether a prompt, as its words, is flagged; without erasing anything.
    public func isHarmful(_ words: [String]) -> Bool { classifier.isHarmful(words) }
}

/// Draws whole numbers from a stream of a seed.
struct SeededGenerator: RandomNumberGenerator {
    private var stream: RandomStream

    init(seed: UInt64) { stream = RandomStream(seed: seed, for: .sampling) }

    mutating func next() -> UInt64 { stream.nextInteger() }
}
