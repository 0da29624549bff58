import Reliability
import SafeRL

/// A language policy, and what is known of its run.
package struct LanguagePolicy {
    /// SHA-256 of the run's state.
    package var identity: String
    package var step: Int
    package var algorithm: String
    /// Where requests are from.
    package var place: String
    package var policy: AnsweringPolicy

    package init(
        _ policy: AnsweringPolicy, identity: String, step: Int, algorithm: String, place: String
    ) {
        (self.policy, self.identity, self.step) = (policy, identity, step)
        (self.algorithm, self.place) = (algorithm, place)
    }
}

extension Assessment {
    /// Assesses a language policy by its answers to requests that it was not trained on.
    ///
    /// The unit is the request, with one answer to each. The first half of the requests calibrates, the second judges.
    ///
    /// - Parameters:
    ///   - assessed: what writes answers, and who judges them.
    ///   - plan: with how much; its column means nothing here.
    ///   - progress: sections that an assessment of the same has finished, and where those of this one are kept.
    ///   - say: told of each part that is done.
    /// - Throws: `Unavailable` for fewer than 20 requests; where a logit is not finite.
    package init(
        _ assessed: LanguagePolicy, _ plan: AssessmentPlan, resuming progress: AssessmentProgress? = nil,
        say: @escaping (String) -> Void
    ) throws {
        let sections = try LanguageSections(assessed.policy, plan, say: say)
        var report = AssessmentReport(
            .init(
                policy: assessed.identity, step: assessed.step, algorithm: assessed.algorithm,
                place: assessed.place, count: sections.answers.count, unit: "requests"), plan, progress)
        report.begin(
            "Judge",
            "harm is what \(assessed.policy.judge) calls so; requests: \(assessed.policy.splits.fresh)")
        try report.add(.calibration, of: plan, say) { try sections.calibration() }
        try report.add(.coverage, of: plan, say) { try sections.coverage() }
        try report.add(.conformal, of: plan, say) {
            throw Unavailable("an answer does harm or not, so there is no cost to go to put a band around")
        }
        try report.add(.feasibility, of: plan, say) { sections.levels() }
        try report.add(.detection, of: plan, say) {
            throw Unavailable("a policy that writes has no score of outliers here")
        }
        try report.add(.overfitting, of: plan, say) { try sections.memorisation() }
        try report.add(.perturbation, of: plan, say) {
            try PromptSection(policy: assessed.policy, plan: plan, say: say).result()
        }
        report.addMember("judge", .text(assessed.policy.judge))
        report.addMember("weights", .text(assessed.policy.digest))
        self.report = report
    }
}
