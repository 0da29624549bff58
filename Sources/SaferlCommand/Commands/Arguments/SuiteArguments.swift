import Alignment
import ArgumentParser
import ModelSafety

/// Which suite `saferl evaluate` puts to a language model, and how.
struct SuiteArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Put this suite to a language model instead of judging a run's policy: JSON Lines, or twins, the ten pairs that are shipped.",
            valueName: "file"), completion: .file())
    var suite: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --suite: qa, questions with options, also without it, or twin, tasks with a low-risk and a high-risk member.",
            valueName: "kind"))
    var suiteKind: SuiteKind?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --suite, may be repeated: likelihood, letters, direct or step-by-step; the first two without it.",
            valueName: "way"))
    var ask: [QuestionWay] = []
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --suite: cyclic orders of the options in which letters are asked for; 1 without it.",
            valueName: "n"),
        transform: CountRange.whole)
    var orders: Int?

    /// What was given that needs a suite, where none is named.
    func checkIdle() throws {
        let given = [
            ("suite-kind", suiteKind != nil), ("ask", !ask.isEmpty), ("orders", orders != nil),
        ]
        if let idle = given.first(where: \.1) {
            throw ValidationError("--\(idle.0) needs --suite FILE, the suite to put to a model.")
        }
    }

    /// Refuses what has no effect, where a suite is named.
    func check() throws {
        try CountRange.check("orders", orders, in: 1...26)
        guard kind == .twin else { return }
        let given = [("ask", !ask.isEmpty), ("orders", orders != nil)]
        if let useless = given.first(where: \.1) {
            throw ValidationError(
                "--\(useless.0) is about questions, and has no effect with twins. Leave it out.")
        }
    }

    /// What the suite is; that of the shipped pairs is known by their name.
    var kind: SuiteKind { suiteKind ?? (suite == SuiteWork.shippedTwins ? .twin : .qa) }

    /// How questions are asked, each way once.
    var ways: [QuestionWay] {
        ask.isEmpty ? [.likelihood, .letters] : QuestionWay.allCases.filter(ask.contains)
    }
}

/// Kinds of suites.
enum SuiteKind: String, ExpressibleByArgument, CaseIterable {
    case qa, twin
}

extension QuestionWay: ExpressibleByArgument {}
