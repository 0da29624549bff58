import Algorithms
import Environments
import SafeRL
import TestSupport
import Testing

/// What HC-RLHF promises about bits, in every stage and with either method.
@Suite struct HCRLHFResumeTests {
    static let cases: [(name: String, options: HCRLHF.Configuration, isTask: Bool)] = [
        ("pairs", TinyLanguage.text(), false),
        (
            "tokens and a running baseline",
            TinyLanguage.text {
                ($0.preference.tokenWise, $0.candidate.samples, $0.candidate.languageLoss) = (true, 1, 0)
                $0.preference.signTerms = false
                $0.candidate.method = .hcRLHF(.with { $0.counting = .microBatch })
            }, false
        ),
        (
            "safe-rlhf",
            TinyLanguage.text { ($0.candidate.method, $0.candidate.samples) = (.safeRLHF(), 1) }, false
        ),
        ("task", TinyLanguage.task(), true),
        (
            "safe-rlhf in a task",
            TinyLanguage.task { ($0.candidate.method, $0.candidate.samples) = (.safeRLHF(), 1) }, true
        ),
    ]

    private static func run(_ number: Int) throws -> TrainedRun<HCRLHF> {
        let (_, options, isTask) = cases[number]
        return try TrainedRun(
            options, on: isTask ? LanguageData(HazardTokens.self) : TinyLanguage.pairs(),
            steps: isTask ? 5 : 11, log: 2)
    }

    @Test(arguments: cases.indices) func interruptionsLeaveNoTrace(_ number: Int) throws {
        // After every update.
        try Self.run(number).expectNoTraceOfInterruptions(
            after: Array(1..<(Self.cases[number].isTask ? 5 : 11)))
    }

    /// Whole weights of a hub directory, and adapters on it while it stays frozen.
    @Test(arguments: [0, 2]) func interruptionsLeaveNoTraceOnACheckpoint(_ rank: Int) throws {
        try TinyLanguage.inFolder { folder in
            try TinyLanguage.trained(TinyLanguage.text(), on: TinyLanguage.pairs(), steps: 9).export(
                to: folder)
            let options = TinyLanguage.text { options in
                (options.model.directory, options.model.rank, options.model.tokens) = (folder, rank, 192)
            }
            try TrainedRun<HCRLHF>(options, on: TinyLanguage.pairs(), steps: 11, log: 2)
                .expectNoTraceOfInterruptions(after: Array(1..<11))
        }
    }

    @Test func interruptionsLeaveNoTraceOnAGGUFFile() throws {
        let file = Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf").path
        let options = TinyLanguage.text { options in
            (options.model.directory, options.model.rank, options.model.tokens) = (file, 2, 128)
        }
        try TrainedRun<HCRLHF>(options, on: TinyLanguage.pairs(), steps: 11, log: 2)
            .expectNoTraceOfInterruptions(after: [1, 4, 7, 10])
    }

    @Test(arguments: [false, true]) func updatesThatAreGivenUpLeaveNoTrace(isBaseline: Bool) throws {
        let options = TinyLanguage.text {
            ($0.candidate.batch, $0.candidate.microBatch) = (4, 2)
            if isBaseline { ($0.candidate.method, $0.candidate.samples) = (.safeRLHF(), 1) }
        }
        try TrainedRun<HCRLHF>(options, on: TinyLanguage.pairs(), steps: 11, log: 2)
            .expectNoTraceOfGivenUpUpdates()
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(0).expectEqualBitsOfEqualSeeds()
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        try Self.run(0).expectEqualBitsForAnyThreads()
    }
}
