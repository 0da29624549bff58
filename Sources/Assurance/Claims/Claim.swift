import Foundation
import Storage

/// What somebody may rely on, how far, and what it rests on: the one shape that every certificate has.
public struct Claim: Codable, Sendable, Hashable {
    /// Where a claim comes from.
    public enum Kind: String, Codable, Sendable {
        /// A test on cases that nothing else has used.
        case test
        /// A count of how often a guardian calls points of the data's own kind outside.
        case coverage
        /// A count of how often a policy leaves the support in a learned model.
        case rollouts = "model roll-outs"
        /// A published theorem, evaluated for given numbers.
        case theorem
        /// A property proved for every input of a box, with a certificate that is checked without a search.
        case proof
        /// A figure without a guarantee.
        case estimate
    }

    /// What was found.
    public enum Verdict: String, Codable, Sendable {
        /// The bound is within the limit.
        case certified
        /// It is not, or there is none.
        case noSolutionFound = "no solution found"
        /// What is claimed would hold for any policy.
        case vacuous
        /// The bound holds; nobody asked for a limit.
        case bounded
        /// Nothing is guaranteed.
        case estimated
    }

    /// Where it comes from.
    public let kind: Kind
    /// What is claimed, one sentence.
    public let statement: String
    /// What was found.
    public let verdict: Verdict
    /// What was seen: a mean, a share; nothing where nothing was measured.
    public let measured: Double?
    /// The bound on what was measured; nothing where there is none.
    public let bound: Double?
    /// The largest value that is acceptable; nothing where nobody asked for one.
    public let limit: Double?
    /// Probability that the statement does not hold, as far as the conditions do; nothing for an estimate.
    public let delta: Double?
    /// What must be true for it, one sentence each.
    public let conditions: [String]
    /// What it is about, by hash.
    public var subject: ClaimSubject

    /// States a claim.
    ///
    /// - Parameters:
    ///   - kind: where it comes from; an `estimate` is `estimated` and nothing else is.
    ///   - statement: one sentence.
    ///   - verdict: what was found.
    ///   - measured: what was seen.
    ///   - bound: on what was measured.
    ///   - limit: the largest acceptable value.
    ///   - delta: in (0, 1).
    ///   - conditions: one sentence each.
    ///   - subject: what it is about.
    public init(
        _ kind: Kind, _ statement: String, _ verdict: Verdict, measured: Double? = nil, bound: Double? = nil,
        limit: Double? = nil, delta: Double? = nil, conditions: [String], about subject: ClaimSubject
    ) {
        precondition((kind == .estimate) == (verdict == .estimated), "an \(kind) that is \(verdict)")
        (self.kind, self.statement, self.verdict) = (kind, statement, verdict)
        (self.measured, self.bound, self.limit, self.delta) = (measured, bound, limit, delta)
        (self.conditions, self.subject) = (conditions, subject)
    }

    /// Whether the statement would hold for any policy, and so says nothing of this one.
    public var isVacuous: Bool { verdict == .vacuous }

    /// The claim as one JSON object, keys sorted, ended by a line feed.
    ///
    /// - Throws: never for a claim of finite numbers.
    public func json() throws -> String { try JSONEncoder.indented.text(of: self) + "\n" }

    /// The claim as a section in Markdown.
    public var markdown: String {
        func row(_ name: String, _ value: Double?) -> String {
            value.map { "| \(name) | \(String(format: "%.4g", $0)) |\n" } ?? ""
        }
        func row(_ name: String, hash: String?) -> String { hash.map { "| \(name) | `\($0)` |\n" } ?? "" }
        return """
            ## \(verdict.rawValue): \(statement)

            | | |
            |---|---|
            | Kind | \(kind.rawValue) |
            \(row("Measured", measured))\(row("Bound", bound))\(row("Limit", limit))\(row("Delta", delta))\
            \(row("Policy, SHA-256", hash: subject.policy))\(row("Configuration, SHA-256", hash: subject.configuration))\
            \(row("Data, SHA-256", hash: subject.data))\(row("Judged by, SHA-256", hash: subject.binary))\
            \(row("Built from", hash: subject.commit))
            \(conditions.map { "- \($0)\n" }.joined())
            """
    }
}
