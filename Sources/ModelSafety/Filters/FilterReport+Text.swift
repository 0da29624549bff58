import Alignment
import Assurance
import Foundation
import Storage

extension FilterReport {
    /// What is written down and printed; the times are of the machine, and only printed.
    public struct Figures: Encodable, Sendable {
        struct Safe: Encodable, Sendable {
            let prompts, kept, overBudget, leftOut: Int
            let share, low, high: Double
            let sha256: String

            enum CodingKeys: String, CodingKey {
                case prompts, kept, share, low, high, sha256
                case overBudget = "over_budget"
                case leftOut = "left_out"
            }
        }
        struct Seconds: Encodable, Sendable {
            let mean, longest: Double
            let low, high: Double?
        }
        let claim: Claim
        let erasures: String
        let unit: ErasureUnit
        let prompts, detected: Int
        let accuracy, lowerBound: Double
        let safe: Safe
        let tried: [Attack]
        let isTrainingKnown: Bool
        let earlierTests: Int
        let secondsPerPrompt: Seconds?

        enum CodingKeys: String, CodingKey {
            case claim, erasures, unit, prompts, detected, accuracy, safe, tried
            case lowerBound = "lower_bound"
            case earlierTests = "earlier_tests"
            case secondsPerPrompt = "seconds_per_prompt"
            case isTrainingKnown = "training_known"
        }
    }

    /// What was found, as numbers.
    ///
    /// - Parameters:
    ///   - earlierTests: other looks at the filter before this one.
    ///   - timed: with times.
    /// - Returns: the figures.
    public func figures(earlierTests: Int, timed: Bool) -> Figures {
        let interval = safe.kept.interval(confidence: 0.95)
        let seconds = safe.seconds.interval(confidence: 0.95)
        return Figures(
            claim: claim, erasures: certificate.erasures.description, unit: certificate.unit,
            prompts: certificate.detected.trials, detected: certificate.detected.events,
            accuracy: certificate.accuracy, lowerBound: 1 - (claim.bound ?? 1),
            safe: Figures.Safe(
                prompts: safe.kept.trials, kept: safe.kept.events, overBudget: safeOverBudget,
                leftOut: safeLeftOut,
                share: safe.kept.share, low: interval.lowerBound, high: interval.upperBound,
                sha256: safeHash), tried: tried, isTrainingKnown: isTrainingKnown, earlierTests: earlierTests,
            secondsPerPrompt: timed
                ? Figures.Seconds(
                    mean: safe.seconds.mean, longest: safe.longestSeconds, low: seconds?.lowerBound,
                    high: seconds?.upperBound) : nil)
    }

    /// What earlier tests do to the error; nothing where there were none.
    ///
    /// - Parameter earlierTests: other looks at the filter before this one.
    /// - Returns: two sentences.
    public func repetition(_ earlierTests: Int) -> String? {
        guard earlierTests > 0 else { return nil }
        return
            "\(earlierTests) earlier \(earlierTests == 1 ? "test" : "tests") of the same filter. Delta holds for one test; of "
            + "several, of which one that passes counts, the deltas add up."
    }

    /// Rows for a person; no prompt is in them.
    ///
    /// - Parameter timed: with times.
    /// - Returns: names and values.
    public func rows(timed: Bool) -> [(String, String)] {
        func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
        let (detected, kept) = (certificate.detected, safe.kept)
        let interval = kept.interval(confidence: 0.95)
        var rows = [
            ("Verdict", claim.verdict.rawValue), ("Claim", claim.statement),
            (
                "Flagged",
                "\(detected.events) of \(detected.trials) harmful prompts, \(percent(detected.share))"
            ),
            (
                "Missed at most",
                String(
                    format: "%.2f %%, limit %.2f %%, delta %g", 100 * (claim.bound ?? 1),
                    100 * (claim.limit ?? 0), claim.delta ?? 0)
            ),
            (
                "Safe kept",
                "\(kept.events) of \(kept.trials), \(percent(kept.share)) (\(percent(interval.lowerBound)) to "
                    + "\(percent(interval.upperBound)) at 95 %); not certified"
            ),
        ]
        if safeLeftOut > 0 {
            rows.append(
                (
                    "Left out",
                    "\(safeLeftOut) safe prompts that the filter was trained on, or that stand there twice"
                ))
        }
        if !isTrainingKnown {
            rows.append(
                (
                    "Trained on",
                    "not known: prompts that the model has seen are not left out, and spoil the claim"
                ))
        }
        if safeOverBudget > 0 {
            rows.append(
                (
                    "Over budget",
                    "\(safeOverBudget) safe prompts have too many versions and are refused unseen"
                ))
        }
        if timed {
            rows.append(
                (
                    "Seconds a prompt",
                    String(
                        format: "%.5f on safe prompts, at most %.5f", safe.seconds.mean, safe.longestSeconds)
                ))
        }
        for attack in tried {
            rows.append(
                (
                    "Tried",
                    "\(attack.words) words of safe prompts added: \(attack.flagged) of \(attack.prompts) stay flagged"
                ))
        }
        rows += claim.conditions.map { ("Holds where", $0) }
        rows += [
            ("Filter", "SHA-256 \(certificate.filter)"),
            ("Harmful prompts", "SHA-256 \(certificate.prompts)"),
        ]
        return rows + [("Safe prompts", "SHA-256 \(safeHash)")]
    }

    /// The certificate as a page in Markdown; the same for the same files.
    ///
    /// - Parameter earlierTests: other looks at the filter before this one.
    /// - Returns: a page.
    public func markdown(earlierTests: Int) -> String {
        let cells = rows(timed: false).map { "| \($0.0) | \($0.1) |\n" }.joined()
        let repeated = repetition(earlierTests).map { "\nThere were \($0)\n" } ?? ""
        return "# \(claim.verdict.rawValue): a filter of prompts\n\n| | |\n|---|---|\n\(cells)\(repeated)"
    }

    /// The certificate as JSON, sealed; the same for the same files.
    ///
    /// - Parameter earlierTests: other looks at the filter before this one.
    /// - Returns: one object, ended by a line feed.
    /// - Throws: never for finite numbers.
    public func json(earlierTests: Int) throws -> String {
        Seal.sealing(try JSONEncoder.indented.text(of: figures(earlierTests: earlierTests, timed: false)))
    }
}
