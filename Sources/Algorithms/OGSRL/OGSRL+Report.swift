import Assurance
import Dynamics
import Foundation
import Guardians
import SafeRL

extension OGSRL {
    /// Yes.
    public static var concludes: Bool { true }

    /// What the policy does in the guarded model, over fresh roll-outs, and what the guardian is worth.
    ///
    /// - Throws: `DynamicsError`, `GuardianError`.
    public func report() throws -> TrainingReport { try concluded(knowing: nil).report }

    /// The same, with what the policy is worth beside what it learned from.
    ///
    /// - Throws: as `report`, and what computing the truth throws.
    public func conclusion(knowing truth: KnownTruth?) throws -> TrainingConclusion? {
        try concluded(knowing: truth)
    }

    private func concluded(knowing truth: KnownTruth?) throws -> TrainingConclusion {
        let stage = try policyStage()
        var starts = RandomStream(seed: seed, for: .splitting, index: 1)
        // Numbers that no roll-out of training can have: those count up from 0.
        let buffer = try stage.rollOut(options.reportRollouts, number: 1 << 31, from: &starts)
        let evidence = try evidence(promised: mean(buffer.returns(discount: 1)), knowing: truth)
        let sampled = evidence.sections + [modelSection(buffer), try costSection(buffer, of: stage)]
        var sections =
            (sampled + [
                planSection(try stage.counted?.figures(), isSettled: stage.counted?.keepsBudgets ?? false)
            ])
            .filter { !$0.lines.isEmpty }
        if let guardian = guardian.guardian {
            sections.append(guardianSection(guardian, buffer))
        }
        var report = TrainingReport(sections, notes: notes + evidence.notes)
        report.claims = claims(buffer)
        return TrainingConclusion(report, improvement: evidence.verdict)
    }

    /// What is bounded with confidence: false alarms of the guardian, and leaving the support in the model.
    private func claims(_ buffer: RolloutBuffer) -> [Claim] {
        guard let guardian = guardian.guardian else { return [] }
        let subject = ClaimSubject()
        let coverage = guardian.certificate(confidence: options.confidence)?.claim(
            of: type(of: guardian).kind, about: subject)
        return [coverage, leaving(buffer)?.claim(about: subject)].compactMap(\.self)
    }

    private func leaving(_ buffer: RolloutBuffer) -> ModelRolloutCertificate? {
        buffer.outsideEpisodes.map {
            ModelRolloutCertificate(outside: $0.events, of: $0.trials, delta: 1 - options.confidence)
        }
    }

    private var notes: [String] {
        var notes = [
            "Values and costs of the model are what it says of this policy, not what happens: compare them with an evaluation."
        ]
        if options.guardian != .none && !options.guardsActing {
            notes.append("The guardian shaped the training only; nothing holds the policy back when it acts.")
        }
        return notes
    }

    private func modelSection(_ buffer: RolloutBuffer) -> TrainingReport.Section {
        let returns = SampleMean(buffer.returns(discount: 1))
        let length = Double(buffer.count) / Double(buffer.episodes.count)
        return .init(
            "In the model, \(buffer.episodes.count) roll-outs of at most \(options.horizon) steps",
            [
                .init("Return", key: "model_return", returns.mean, interval(returns)),
                .init("Length", key: "model_length", length, String(format: "%.1f", length)),
            ])
    }

    private func costSection(_ buffer: RolloutBuffer, of stage: PolicyStage) throws -> TrainingReport.Section
    {
        let lines = try constraints.map { constraint in
            let spent = SampleMean(try stage.spending(of: constraint, in: buffer))
            let isKept = spent.mean <= constraint.budget
            let words =
                "\(interval(spent)), budget \(plain(constraint.budget)): \(isKept ? "kept" : "broken")"
            return TrainingReport.Line(
                constraint.name, key: "model_cost.\(constraint.name)", spent.mean, words)
        }
        let episode =
            options.budgetsPer == .episode ? "a recorded episode, in proportion to the steps," : "an episode"
        return .init("Costs of \(episode) in the model against their budgets", lines)
    }

    /// What planning or exact advantages computed; no lines for others.
    private func planSection(_ plan: PlannedFigures?, isSettled: Bool) -> TrainingReport.Section {
        let title = "Planned: expectations in the counted model, upper bounds of the true costs"
        guard let plan else { return .init(title, []) }
        var lines: [TrainingReport.Line] = [
            .init("Return", key: "planned_return", plan.value, String(format: "%.3f", plan.value))
        ]
        for (index, constraint) in constraints.enumerated() {
            let (bound, budget) = (plan.bounds[index], constraint.budget)
            let isKept = isSettled || bound <= budget
            lines.append(
                .init(
                    constraint.name, key: "planned_bound.\(constraint.name)", bound,
                    String(format: "%.3f, at most %.3f, ", plan.costs[index], bound)
                        + "budget \(plain(budget)): \(isKept ? "kept" : "not confirmed")"))
        }
        return .init(title, lines)
    }

    private func guardianSection(_ guardian: any SupportGuardian, _ buffer: RolloutBuffer)
        -> TrainingReport.Section
    {
        let asked = buffer.decisions
        let outside = mean(asked.map { buffer.isOutside[$0] ? 1 : 0 })
        var lines: [TrainingReport.Line] = [
            .init("Method", key: "guardian", nil, type(of: guardian).kind),
            .init(
                "Recorded pairs outside", key: "training_share_outside", guardian.report.trainingShareOutside,
                percent(guardian.report.trainingShareOutside)),
            .init(
                "Decisions outside", key: "model_outside_share", outside,
                percent(outside) + (options.masksProposals ? ", where every choice is refused" : "")),
        ]
        if let gap = guardian.report.gap {
            lines.append(.init("Optimality gap", key: "gap", gap, String(format: "%.2g", gap)))
        }
        if let certificate = guardian.certificate(confidence: options.confidence) {
            lines.append(
                .init(
                    "False alarms", key: "false_alarm_bound", certificate.upperBound,
                    "at most \(percent(certificate.upperBound)) of fresh recorded episodes, one step each, at "
                        + "\(percent(options.confidence)) confidence"))
        }
        if let certificate = leaving(buffer) {
            lines.append(
                .init(
                    "Episodes that leave", key: "model_leaving_bound", certificate.upperBound,
                    "\(certificate.outside) of \(certificate.rollouts), at most \(percent(certificate.upperBound)) at "
                        + "\(percent(options.confidence)) confidence, in the model"
                        + (certificate.isVacuous ? ": vacuous" : "")))
        }
        for (number, note) in guardian.report.notes.enumerated() {
            lines.append(.init("Note", key: "guardian_note.\(number)", nil, note))
        }
        return .init("Guardian", lines)
    }

    func interval(_ sample: SampleMean) -> String {
        let mean = String(format: "%.3f", sample.mean)
        guard let range = sample.interval(confidence: options.confidence) else { return mean }
        return mean
            + String(
                format: ", %@ interval %.3f to %.3f", percent(options.confidence), range.lowerBound,
                range.upperBound)
    }

    func percent(_ share: Double) -> String { String(format: "%.3g %%", 100 * share) }

    private func plain(_ number: Double) -> String { String(format: "%g", number) }
}
