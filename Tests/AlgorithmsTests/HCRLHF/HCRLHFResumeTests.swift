import Algorithms
import Environments
import SafeRL
import Testing

/// What HC-RLHF promises about bits, in every stage and with either method.
@Suite struct HCRLHFResumeTests {
    static let cases: [(name: String, options: HCRLHF.Configuration, isTask: Bool)] = [
        ("pairs", TinyLanguage.text(), false),
        (
            "tokens and a running baseline",
            TinyLanguage.text {
                ($0.preference.tokenWise, $0.candidate.samples, $0.candidate.languageLoss) = (true, 1, 0)
                ($0.preference.signTerms, $0.candidate.counting) = (false, .microBatch)
            }, false
        ),
        (
            "safe-rlhf",
            TinyLanguage.text { ($0.candidate.method, $0.candidate.samples) = (.safeRLHF, 1) }, false
        ),
        ("task", TinyLanguage.task(), true),
        (
            "safe-rlhf in a task",
            TinyLanguage.task { ($0.candidate.method, $0.candidate.samples) = (.safeRLHF, 1) }, true
        ),
    ]

    private static func run(_ number: Int) throws -> TrainedRun<HCRLHF> {
        let (_, options, isTask) = cases[number]
        return try TrainedRun(
            options, on: isTask ? LanguageData(HazardTokens.self) : TinyLanguage.pairs(),
            steps: isTask ? 5 : 11, log: 2)
    }

    @Test(arguments: cases.indices) func interruptionsLeaveNoTrace(_ number: Int) throws {
        let run = try Self.run(number)
        try run.train("whole")
        while case .interrupted = try run.train("cut", stopAfter: 1) {}
        #expect(try run.results("cut") == run.results("whole"), "\(Self.cases[number].name)")
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        let run = try Self.run(0)
        for name in ["a", "b"] { try run.train(name) }
        #expect(try run.results("a") == run.results("b"))
        try run.train("c", seed: 8)
        #expect(try run.results("a")[1] != run.results("c")[1])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let run = try Self.run(0)
        let before = BLAS.threads
        defer { BLAS.threads = before }
        for (name, threads) in [("alone", 1), ("together", max(before, 2))] {
            BLAS.threads = threads
            try run.train(name)
        }
        #expect(try run.results("alone") == run.results("together"))
    }
}
