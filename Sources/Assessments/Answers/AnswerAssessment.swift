import Reliability
import SafeRL

extension Assessment {
    /// Assesses score models by answers that were held out.
    ///
    /// The unit is the prompt: answers to one prompt resemble each other. Raw probabilities are judged on all of them, since nothing
    /// was fitted to these; temperatures and levels are made on the first half of the prompts and judged on the second.
    ///
    /// - Parameters:
    ///   - models: what they say.
    ///   - policy: the run's policy that writes answers, whose calibration, memory and prompts are assessed too; nothing for none.
    ///   - plan: sections, levels and seed; its episodes are answers of the policy, and its column means nothing here.
    ///   - say: told of each part that is done.
    /// - Throws: never for finite scores; else why a section is missing stands in the report.
    package init(
        _ models: AnswerModels, and policy: AnsweringPolicy? = nil, _ plan: AssessmentPlan,
        say: @escaping (String) -> Void
    ) throws {
        var report = AssessmentReport(
            .init(
                policy: models.identity, step: models.step, algorithm: models.algorithm,
                place: models.place, count: models.prompts, unit: "prompts"), plan)
        let sections = AnswerSections(models: models, plan: plan)
        let noEpisodes = Unavailable("score models act in no environment, so there are no episodes")
        let written = try Self.written(by: policy, plan, say)
        try report.add(.calibration, of: plan, say) {
            var result = try AnswerCalibration(models: models, plan: plan).result()
            guard let written else { return result }
            do {
                let own = try written.get().calibration()
                result.members.append(("policy", .object(own.members)))
                result.lines += own.lines.map { ("Policy: " + $0.name, $0.text, $0.standing) }
                result.warnings += own.warnings
            } catch let reason as Unavailable {
                result.unavailable.append("policy: \(reason.description)")
            } catch let reason as ReliabilityError {
                result.unavailable.append("policy: \(reason.description)")
            }
            return result
        }
        try report.add(.coverage, of: plan, say) { try sections.coverage() }
        try report.add(.conformal, of: plan, say) { throw noEpisodes }
        try report.add(.feasibility, of: plan, say) { try sections.levels() }
        try report.add(.detection, of: plan, say) { try AnswerDetection(models: models).result() }
        try report.add(.overfitting, of: plan, say) {
            guard let written else {
                throw Unavailable(
                    "what is judged are answers that training did not see, and none else was kept")
            }
            return try written.get().memorisation()
        }
        try report.add(.perturbation, of: plan, say) {
            guard let policy else { throw noEpisodes }
            return try PromptSection(policy: policy, plan: plan, say: say).result()
        }
        if let policy {
            report.addMember("judge", .text(policy.judge))
            report.addMember("weights", .text(policy.digest))
        }
        if let line = sections.costLine { report.addMember("cost_model", line) }
        if let line = sections.rewardLine { report.addMember("reward_model", line) }
        self.report = report
    }

    /// Answers of a policy, or why there are too few; nothing where there is no policy, or no section asks for them.
    private static func written(
        by policy: AnsweringPolicy?, _ plan: AssessmentPlan, _ say: (String) -> Void
    ) throws -> Result<LanguageSections, Unavailable>? {
        guard let policy, !plan.sections.isDisjoint(with: [.calibration, .overfitting]) else { return nil }
        do { return .success(try LanguageSections(policy, plan, say: say)) } catch let reason as Unavailable {
            return .failure(reason)
        }
    }
}
