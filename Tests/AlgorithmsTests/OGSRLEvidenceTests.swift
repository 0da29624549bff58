import Algorithms
import Assurance
import Environments
import Guardians
import SafeRL
import Testing

/// What a run of OGSRL says of its policy beside what it learned from.
@Suite struct OGSRLEvidenceTests {
    private static func options(
        _ change: (inout OGSRL.Configuration) -> Void = { _ in }
    ) -> OGSRL.Configuration {
        Field.options {
            ($0.model, $0.mode, $0.inputs) = (.tabular, .reject, .table)
            ($0.optimiser, $0.discount) = (.exact(), 0.99)
            $0.guardian = .count(.with { $0.visits = 100 })
            ($0.testShare, $0.horizon, $0.reportRollouts) = (0.5, 20, 500)
            change(&$0)
        }
    }

    private static func conclusion<Task: TabularEnvironment>(
        _ type: Task.Type, _ options: OGSRL.Configuration, episodes: Int, seed: UInt64 = 3
    ) throws -> (lines: [String: TrainingReport.Line], notes: [String], verdict: SafetyVerdict?) {
        try options.validate()
        let data = try TransitionDataset(
            try type.collect(.episodes(episodes), behaviour: "clinician", seed: seed))
        let ogsrl = try OGSRL(options, on: data, seed: seed)
        for stage in ogsrl.stages(steps: 8) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        let truth = KnownTruth(in: type, behaviour: "clinician")
        let conclusion = try #require(try ogsrl.conclusion(knowing: truth))
        let lines = conclusion.report.sections.flatMap(\.lines)
        return (
            Dictionary(uniqueKeysWithValues: lines.map { ($0.key, $0) }), conclusion.report.notes,
            conclusion.improvement
        )
    }

    @Test func confoundedRecordsAreFoundOutAndCertifyNothing() throws {
        let (lines, notes, verdict) = try Self.conclusion(GumbelSepsis.self, Self.options(), episodes: 5000)
        let report = try #require(verdict).report
        #expect(!report.isCertified && report.reasons.contains { $0.reason == .confounded })
        #expect(try #require(lines["confounding_actions"]).text.hasPrefix("yes, action on the earlier "))
        #expect(notes.contains { $0.hasPrefix("Warning: recorded actions depend on the past although ") })
        #expect(
            try #require(lines["improvement_verdict"]).text.hasPrefix(
                "not shown to be better than what it learned from: "))
    }

    @Test func whereTheObservationHasWhatTheCliniciansSeeNothingIsConfounded() throws {
        let (lines, notes, verdict) = try Self.conclusion(
            GumbelSepsisObserved.self, Self.options(), episodes: 4000)
        #expect(!notes.contains { $0.hasPrefix("Warning: ") }, "\(notes)")
        func value(_ key: String) throws -> Double { try #require(lines[key]?.value, "\(key)") }
        #expect(try value("true_return") > value("behaviour_true_return") + 0.014)
        #expect(try abs(value("behaviour_true_return") - 0.1738) < 1e-3)
        #expect(try abs(value("clone_true_return") - value("behaviour_true_return")) < 0.02)
        // The standard error of the mean of 2,000 returns is 0.016, of the weighted one about 0.025.
        #expect(try abs(value("behaviour_return") - value("behaviour_true_return")) < 0.08)
        #expect(try abs(value("off_policy_return") - value("true_return")) < 0.13)
        let gained = try value("true_return") - value("behaviour_true_return")
        #expect(try abs(value("improvement") - gained) < 0.05)
        let report = try #require(verdict).report
        #expect(report.isApproximate && report.count == 2000)
        #expect(!report.reasons.contains { $0.reason != .notBetter })
        #expect(try #require(lines["improvement"]).text.contains(", at least "))
    }

    /// Where no pair is recorded often enough, `spibb` returns the recorded behaviour: nothing is gained, nothing certified.
    @Test func theRecordedBehaviourIsNotBetterThanItself() throws {
        let (lines, _, verdict) = try Self.conclusion(
            GumbelSepsisObserved.self,
            Self.options {
                ($0.optimiser, $0.guardian) = (Field.spibb(leastRecords: 100_000_000), .count())
            },
            episodes: 1000)
        let report = try #require(verdict).report
        #expect(!report.isCertified)
        #expect(report.reasons.contains { $0.reason == .notBetter })
        #expect(try #require(lines["improvement"]?.value) < 0.05)
    }

    @Test func withoutEpisodesKeptApartTheTruthAloneSpeaks() throws {
        let (lines, _, verdict) = try Self.conclusion(
            GumbelSepsis.self, Self.options { $0.testShare = 0 }, episodes: 1000)
        #expect(verdict == nil)
        #expect(
            try #require(lines["improvement_verdict"]).text.hasPrefix(
                "not better than what it learned from: in truth the policy is worth "))
        #expect(try #require(lines["off_policy_return"]).text == "not estimated: testShare keeps none")
    }

    @Test func aGaussianCannotBeWeighed() {
        let options = Self.options { ($0.actions, $0.optimiser, $0.mode) = (.gaussian, .cpo(), .terminate()) }
        #expect(throws: OptionIssue.self) { try options.validate() }
        #expect(OGSRL.improvementObstacle(Self.options { $0.testShare = 0 })?.key == "ogsrl.testShare")
        #expect(OGSRL.improvementObstacle(Self.options()) == nil)
        let gaussian = Self.options { ($0.actions, $0.testShare) = (.gaussian, 0) }
        #expect(OGSRL.improvementObstacle(gaussian)?.key == "ogsrl.actions")
        #expect(BehaviourCloning.improvementObstacle(BehaviourCloning.Configuration())?.key == "algorithm")
    }
}
