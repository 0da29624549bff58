import Assurance
import Dynamics
import Foundation
import OffPolicyEvaluation
import SafeRL

/// What recorded episodes, and the truth where it is known, say of a policy beside what it learned from.
struct Evidence {
    var sections: [TrainingReport.Section] = []
    var notes: [String] = []
    /// On what the policy loses against the behaviour; nil where no episodes were kept apart.
    var verdict: SafetyVerdict?
}

extension OGSRL {
    /// The report's first table, the test of hidden confounding, and the test of improvement.
    ///
    /// - Parameters:
    ///   - promised: the policy's return as the model has it.
    ///   - truth: of the environment; nil where it is not known.
    /// - Returns: what they say.
    /// - Throws: what computing probabilities and the truth throws.
    func evidence(promised: Double, knowing truth: KnownTruth?) throws -> Evidence {
        let policy = try makePolicy()
        var worth = Worth(promised: promised)
        worth.recorded = SampleMean((testData ?? data).episodeReturns)
        worth.recordedEpisodes = testData == nil ? "recorded" : "held-out"
        let confounding = HiddenConfounding(data, seed: seed)
        var evidence = Evidence()
        guard let choosing = policy.choosing, let table = form.actionTable else {
            worth.weightedWords = "not estimated: a Gaussian has no probabilities of recorded actions"
            worth.untested = "records do not test a Gaussian, episodes where it acts do"
            evidence.sections = [section(worth, nil), confounding.section]
            evidence.notes = confounding.notes
            return evidence
        }
        let clone = CountedClone(data, actions: table)
        worth.trueBehaviour = try truth?.behaviourValue()
        worth.truePolicy = try truth?.value(of: choosing)
        worth.trueClone = try truth?.value(of: clone.policy(like: choosing))
        if let testData {
            let longest = testData.episodeRows.map(\.count).max() ?? 0
            let records = try ComparedRecords(
                data, clone, behaviour: CountedClone(recorded, actions: table), longest: longest
            ) { try choosing.probabilities(in: $0) }
            let expected = mean(data.episodeReturns)
            let episodes = try records.episodes(of: testData, expecting: expected)
            let test = ImprovementTest(
                suiting: try records.episodes(of: data, expecting: expected), returns: trainingReturns,
                delta: 1 - options.confidence)
            worth.weigh(episodes, testData, confidence: options.confidence, seed: seed)
            worth.difference = mean(episodes.map(test.difference))
            evidence.verdict = test.judge(
                episodes, from: origin, isApproximate: true,
                despite: confounding.objections + worth.objections,
                cautions: cautions(test) + confounding.cautions)
        }
        evidence.sections = [section(worth, evidence.verdict), confounding.section]
        evidence.notes = confounding.notes
        return evidence
    }

    /// Every return of the training episodes, made wider than 0.
    private var trainingReturns: ClosedRange<Double> {
        let values = data.episodeReturns
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        return low < high ? low...high : low...low + 1
    }

    private var origin: CostOrigin {
        CostOrigin(
            .records, name: "kept apart (\(options.testShare) of all)", policy: "",
            settings: ["test_share": "\(options.testShare)"], seed: seed)
    }

    private func cautions(_ test: ImprovementTest) -> [String] {
        [
            String(
                format: "Assumes that every return lies in %g … %g, as those of the training episodes do.",
                test.returns.lowerBound, test.returns.upperBound)
        ]
    }

    private func section(_ worth: Worth, _ verdict: SafetyVerdict?) -> TrainingReport.Section {
        var lines: [TrainingReport.Line] = []
        func add(_ label: String, _ key: String, _ value: Double?, _ text: String? = nil) {
            guard let value else { return }
            lines.append(.init(label, key: key, value, text ?? String(format: "%.3f", value)))
        }
        if let recorded = worth.recorded {
            add(
                "Recorded behaviour", "behaviour_return", recorded.mean,
                "\(interval(recorded)), \(recorded.count) \(worth.recordedEpisodes) episodes")
        }
        add("Recorded behaviour, in truth", "behaviour_true_return", worth.trueBehaviour)
        add("Cloned behaviour, in truth", "clone_true_return", worth.trueClone)
        add("Policy, in the model", "promised_return", worth.promised)
        if let words = worth.weightedWords {
            lines.append(.init("Policy, held-out episodes", key: "off_policy_return", worth.weighted, words))
        } else {
            lines.append(
                .init(
                    "Policy, held-out episodes", key: "off_policy_return", nil,
                    "not estimated: testShare keeps none"))
        }
        add("Policy, in truth", "true_return", worth.truePolicy)
        if let difference = worth.difference {
            let lower = verdict?.report.upperBound.map {
                String(format: ", at least %.3f at %@ confidence", -$0, percent(options.confidence))
            }
            add(
                "Better than what was recorded by", "improvement", difference,
                String(format: "%.3f%@", difference, lower ?? ", without a bound"))
        }
        lines.append(.init("Verdict", key: "improvement_verdict", nil, worth.words(verdict)))
        return .init("What it is worth: mean return of an episode", lines)
    }
}

/// The figures of the report's first table.
private struct Worth {
    var promised: Double
    var recorded: SampleMean?
    var recordedEpisodes = ""
    var trueBehaviour: Double?, trueClone: Double?, truePolicy: Double?
    /// By weighted importance sampling, and in words.
    var weighted: Double?, weightedWords: String?
    /// Mean difference to the behaviour on episodes kept apart.
    var difference: Double?
    /// Why improvement was not tested, where it was not.
    var untested = "nothing was kept apart to test it on"

    init(promised: Double) { self.promised = promised }

    /// The fewest episodes that must count for an estimate by weights.
    private static let leastEffectiveSize = 30.0

    /// Estimates the policy's value by weights of held-out episodes.
    mutating func weigh(_ episodes: [ComparedEpisode], _ data: ModelData, confidence: Double, seed: UInt64) {
        let ratios = ImportanceRatios(steps: episodes.map(\.ratios))
        let inputs = OffPolicyInputs(
            signal: data.episodeRows.map { Array(data.rewards[$0]) }, ratios: ratios, discount: 1)
        do throws(OffPolicyError) {
            let size = ratios.diagnostics.effectiveSize
            guard size >= Self.leastEffectiveSize else {
                throw .fewEffectiveEpisodes(size, least: Self.leastEffectiveSize)
            }
            let value = try inputs.estimate(.weightedPerDecision)
            let range = try inputs.interval(
                .weightedPerDecision, Resampling(confidence: confidence, seed: seed))
            weighted = value
            let interval = range.map {
                String(
                    format: ", %g %% interval %.3f to %.3f", 100 * confidence, $0.lowerBound, $0.upperBound)
            }
            weightedWords =
                String(format: "%.3f", value) + (interval ?? "")
                + String(
                    format: ", %.0f of %d episodes effective", size, episodes.count)
        } catch {
            weightedWords = "not estimated: \(error.description)"
        }
    }

    /// What the truth says against the policy.
    var objections: [Objection] {
        guard let truePolicy, let trueBehaviour, truePolicy <= trueBehaviour else { return [] }
        return [.notBetter(value: truePolicy, behaviour: trueBehaviour)]
    }

    /// Whether it is better, in words.
    func words(_ verdict: SafetyVerdict?) -> String {
        if let verdict {
            if !verdict.isCertified {
                return "not shown to be better than what it learned from: \(verdict.report.reasons.words)"
            }
            return "better than what it learned from"
                + (verdict.report.isApproximate ? " (approximate: the behaviour was estimated)" : "")
        }
        if let objection = objections.first {
            return "not better than what it learned from: \(objection.words)"
        }
        return truePolicy == nil || trueBehaviour == nil
            ? "not known to be better than what it learned from: \(untested)"
            : "better than what it learned from, in truth"
    }
}
