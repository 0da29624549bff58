import SafeRL

/// A part of an assessment.
package enum AssessmentSection: String, Sendable, Hashable, CaseIterable {
    case calibration, coverage, conformal, feasibility, detection, overfitting, perturbation
}

/// What is assessed, and with how much.
package struct AssessmentPlan: Sendable {
    /// Fresh episodes, at least 20; the first half calibrates, the second judges.
    package var episodes = 400
    /// What all seeds are made of.
    package var seed: UInt64 = 0
    /// Chance that a conformal statement misses, and largest risk of what is called safe, in (0, 1).
    package var alpha = 0.1
    /// Chance that a bound misses, in (0, 1).
    package var delta = 0.05
    /// What is done, in the order of cases.
    package var sections = Set(AssessmentSection.allCases)
    /// A column of the observation whose bins are regions of their own, with rising edges; nothing for none.
    package var column: (index: Int, edges: [Double])?
    /// Largest mean cost of an episode that is safe; nothing where nobody says.
    package var limit: Double?
    /// Episodes at each level of each perturbation.
    package var perturbedEpisodes: Int { max(10, episodes / 4) }

    /// Seed of recordings that are made anew.
    package var collectionSeed: UInt64 { AssessmentSeeds(seed: seed)("held-out recording") }

    package init() {}
}

/// Seeds that no training, evaluation or certification uses: the beginning of SHA-256 of a text of their own.
package struct AssessmentSeeds {
    let seed: UInt64

    /// Of an assessment.
    package init(seed: UInt64) { self.seed = seed }

    /// The seed for a purpose.
    package func callAsFunction(_ purpose: String) -> UInt64 {
        var digest = SHA256()
        digest.update("saferl assess, \(purpose), \(seed)".utf8)
        return UInt64(digest.hexadecimal().prefix(16), radix: 16) ?? 0
    }
}
