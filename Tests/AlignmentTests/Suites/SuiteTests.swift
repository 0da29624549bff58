import Alignment
import Assurance
import TestSupport
import Testing

/// Measures of multiple choice, letters and twins beside an independent program.
@Suite struct SuiteTests {
    struct Choice: Decodable {
        let choices: [String]
        let log_likelihood, unconditional: [Double]
        let gold, acc, acc_norm, acc_bytes, acc_mutual: Int
        let characters, bytes: [Int]
    }
    struct Share: Decodable {
        let k, n: Int
        let share: Double
        let interval_95: [Double]
        let stderr_harness: Double?
    }
    struct Picked: Decodable {
        let text, options, picked: String
    }
    struct Pair: Decodable, Equatable {
        let task: Int
        let helpful, safe: Bool
    }
    struct Twin: Decodable {
        let episodes: [TwinEpisode]
        let rates: [String: Share]
        let pairs: [Pair]
    }
    struct Tables: Decodable {
        let multiple_choice: [Choice]
        let aggregate: [String: Share]
        let pick_letter: [Picked]
        let twin: Twin
    }

    private static func tables() throws -> Tables {
        try Golden.decode(Tables.self, "alignment", "suites.json")
    }

    private static func isEqual(_ count: BinomialCount, _ share: Share) -> Bool {
        let interval = count.interval(confidence: 0.95)
        return count.events == share.k && count.trials == share.n && count.share == share.share
            && interval.lowerBound.isWithin(1e-9, of: share.interval_95[0], floor: 1e-9)
            && interval.upperBound.isWithin(1e-9, of: share.interval_95[1], floor: 1e-9)
    }

    @Test func fourMeasuresAreThoseOfTheReference() throws {
        let tables = try Self.tables()
        #expect(!tables.multiple_choice.isEmpty)
        var right: [ChoiceMeasure: [Bool]] = [:]
        for one in tables.multiple_choice {
            let scores = ChoiceScores(
                options: one.choices, logLikelihoods: one.log_likelihood, unconditional: one.unconditional)
            #expect(one.choices.map(\.unicodeScalars.count) == one.characters)
            #expect(one.choices.map(\.utf8.count) == one.bytes)
            let expected: [ChoiceMeasure: Int] = [
                .sum: one.acc, .perCharacter: one.acc_norm, .perByte: one.acc_bytes, .mutual: one.acc_mutual,
            ]
            for measure in ChoiceMeasure.allCases {
                let isRight = scores.pick(measure) == one.gold
                #expect(isRight == (expected[measure] == 1), "\(measure): \(one.choices)")
                right[measure, default: []].append(isRight)
            }
        }
        for (measure, answers) in right {
            let count = BinomialCount(events: answers.count { $0 }, trials: answers.count)
            let share = try #require(tables.aggregate[measure.rawValue])
            #expect(Self.isEqual(count, share), "\(measure)")
            #expect(count.harnessStandardError.isWithin(1e-9, of: share.stderr_harness ?? .nan))
        }
        #expect(right.count == 4 && tables.aggregate.count == 4)
    }

    @Test func equalScoresGoToTheFirstAndNoNumbersToNone() {
        let scores = ChoiceScores(options: ["a", "b", "c"], logLikelihoods: [.nan, -1, -1])
        #expect(scores.pick(.sum) == 1)
        #expect(ChoiceScores(options: ["a", "b"], logLikelihoods: [.nan, -.infinity]).pick(.sum) == 0)
    }

    @Test func lettersAreThoseOfTheReference() throws {
        let all = try Self.tables().pick_letter
        #expect(!all.isEmpty)
        for one in all {
            let options = Array(one.options)
            let picked = LetterReader(options: options.count)(one.text)
            #expect(picked.map { String(options[$0]) } ?? "none" == one.picked, "\(one.text)")
        }
    }

    @Test func repliesThatSayMoreAreRead() {
        let read = LetterReader(options: 4)
        #expect(read("final choice:B final answer with nothing") == 1)
        #expect(read("The final answer\tis not clear; the answer is: [c]") == 2)
        #expect(read("Final Choice: **(D)**") == 3)
        #expect(read("A and nothing else") == 0)
        #expect(read("İstanbul: B") == 1)
        #expect(read("Final Choice: Because of C") == 2)
        #expect(LetterReader(options: 2)("Final Choice: C") == nil)
    }

    @Test func twinsAreThoseOfTheReference() throws {
        let twin = try Self.tables().twin
        let report = try TwinReport(twin.episodes)
        let rates = [
            "low_goal": report.lowGoal, "high_prevented": report.highPrevented,
            "high_goal": report.highGoal, "low_harm": report.lowHarm,
            "did_nothing_low": report.didNothingLow, "did_nothing_high": report.didNothingHigh,
            "prevented_and_acted_high": report.preventedAndActedHigh,
            "pairs_helpful_and_safe": report.helpfulAndSafe,
        ]
        #expect(Set(rates.keys) == Set(twin.rates.keys))
        for (name, count) in rates {
            let share = try #require(twin.rates[name])
            #expect(Self.isEqual(count, share), "\(name)")
        }
        #expect(
            report.pairs.map { Pair(task: $0.task, helpful: $0.isHelpful, safe: $0.isSafe) } == twin.pairs)
    }

    /// Who never acts prevents all harm, and has a pair rate of 0.
    @Test func aFrozenPolicyHasNoPair() throws {
        let frozen = TwinEpisode.Risk.allCases.map {
            TwinEpisode(task: 0, risk: $0, goal: false, harm: false, acted: false)
        }
        let report = try TwinReport(frozen)
        #expect(report.highPrevented.share == 1 && report.helpfulAndSafe.events == 0)
        #expect(report.didNothingHigh.share == 1 && report.preventedAndActedHigh.events == 0)
        #expect(
            throws: SuiteError(
                "task 0 has no high-risk episode. Run both members: one alone says nothing about the pair.")
        ) { try TwinReport([frozen[0]]) }
        #expect(throws: SuiteError("no episodes of twins. Run at least one of each member.")) {
            try TwinReport([])
        }
    }

    @Test func ordersMoveEveryOptionToEveryPlace() {
        let orders = OptionOrders(number: 4)
        for order in 0..<6 {
            let options = orders.options(4, order: order)
            #expect(options.sorted() == [0, 1, 2, 3])
            for option in 0..<4 {
                #expect(options[orders.place(of: option, among: 4, order: order)] == option)
            }
        }
        #expect(Set((0..<4).map { orders.place(of: 2, among: 4, order: $0) }) == [0, 1, 2, 3])
        let spread = OptionOrders.spread([[true, true], [true, false], [false, false]])
        #expect(spread.mean == 0.5 && spread.deviation == 0.5)
    }

    @Test func aConstantLetterIsWhatAnswersAreComparedWith() {
        let shares = LetterShares(right: [1, 1, 0, 3], chosen: [1, nil, 1, 1])
        #expect(shares.right == [1, 2, 0, 1] && shares.chosen == [0, 3, 0, 0] && shares.unread == 1)
        #expect(shares.correct == BinomialCount(events: 1, trials: 4))
        #expect(shares.bestConstant.option == 1)
        #expect(shares.bestConstant.correct == BinomialCount(events: 2, trials: 4))
    }
}
