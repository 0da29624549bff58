import Alignment
import Storage

/// A filter of prompts that erase-and-check can stand on: how likely it is that prompts are harmful, each judged by its words alone.
///
/// It reads a prompt as its words with single blanks between, so that certificates for added words hold at the level of text. What
/// it cannot judge it calls harmful.
public protocol PromptFilter: Sendable {
    /// SHA-256 of all that its verdicts depend on, in hexadecimal: what certificates name it by.
    var hash: String { get }
    /// Marks of all prompts that it was trained on, as `PromptList` makes them; nothing where that is not known.
    var trained: [String]? { get }
    /// The probability of harm from which on a prompt is flagged, in (0, 1].
    var threshold: Double { get }
    /// More than a probability changes by what else is asked about with a prompt: 0 where that changes nothing.
    var rounding: Double { get }
    /// The most prompts that it is asked about at once; at least 1.
    var together: Int { get }

    /// The probability that each prompt is harmful.
    ///
    /// - Parameter prompts: words of each; no words at all are no request, and not harmful.
    /// - Returns: one number for each; one that is no number counts as harmful.
    /// - Throws: what keeps it from judging.
    func harm(of prompts: [[String]]) throws -> [Double]
}

extension PromptFilter {
    /// Whether each prompt is flagged; without erasing anything.
    public func areHarmful(_ prompts: [[String]]) throws -> [Bool] {
        try harm(of: prompts).map { !($0 < threshold) }
    }

    /// Whether each prompt is flagged whatever it is asked about with: what a certificate counts.
    ///
    /// A prompt on the border could be flagged by itself and pass among its erased versions, which the theorem excludes for a
    /// function and rounding does not.
    public func areSurelyHarmful(_ prompts: [[String]]) throws -> [Bool] {
        var verdicts: [Bool] = []
        for start in stride(from: 0, to: prompts.count, by: together) {
            let part = Array(prompts[start..<min(start + together, prompts.count)])
            verdicts += try harm(of: part).map { $0 >= threshold + rounding }
        }
        return verdicts
    }

    /// Erase-and-check by this filter.
    func certified(_ erasures: Erasures, budget: Int, limit: Duration?) -> CertifiedFilter<String> {
        CertifiedFilter(erasures, budget: budget, limit: limit, batch: together, areHarmful: areHarmful)
    }
}

extension WordFilter: PromptFilter {
    /// The marks, which are known.
    public var trained: [String]? { marks }
    /// What is above ½ is flagged.
    public var threshold: Double { 0.5.nextUp }
    /// None: each prompt is judged by itself.
    public var rounding: Double { 0 }
    /// One.
    public var together: Int { 1 }
    /// The regression's.
    public func harm(of prompts: [[String]]) -> [Double] { prompts.map(classifier.probability) }
}
