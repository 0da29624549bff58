import Assurance
import Foundation

/// What a model reaches on a suite of questions, with what it must be read beside.
public struct QuestionReport: Sendable, Encodable {
    /// A share with its exact two-sided interval.
    public struct Rate: Sendable, Hashable, Encodable {
        /// Events of trials.
        public let events, trials: Int
        /// Their share, and both ends of its interval at 95 %.
        public let share, low, high: Double

        /// Bounds a count.
        public init(_ count: BinomialCount) {
            let interval = count.interval(confidence: 0.95)
            (events, trials, share) = (count.events, count.trials, count.share)
            (low, high) = (interval.lowerBound, interval.upperBound)
        }

        var cell: String {
            String(
                format: "%.1f %% (%.1f to %.1f), %d of %d", 100 * share, 100 * low, 100 * high, events, trials
            )
        }
    }

    /// What was measured, such as `acc_norm` or `letters written`.
    public let measure: String
    /// SHA-256 of the suite's file.
    public let suite: String
    /// Right answers with the options in the order of the file.
    public let correct: Rate
    /// The best constant letter, and how often it is right.
    public let constantLetter: String
    /// See `constantLetter`.
    public let constantCorrect: Rate
    /// How often each letter is right, and how often it was chosen.
    public let rightLetters, chosenLetters: [Int]
    /// Answers without a letter that could be read.
    public let unread: Int
    /// Right answers of each category and level.
    public let categories, levels: [String: Rate]
    /// Shares of right answers over the orders of the options, and their standard deviation; one order has none.
    public let orders: [Double]
    /// See `orders`.
    public let spread: Double

    /// Counts answers.
    ///
    /// - Parameters:
    ///   - file: the questions.
    ///   - answers: for each order of `OptionOrders`, the index of the chosen option of each question, as in the file; nothing where none
    ///     could be read. At least one order.
    ///   - measure: what was measured.
    public init(_ file: QuestionFile, answers: [[Int?]], measure: String) {
        let right = file.questions.map(\.answer)
        precondition(
            !answers.isEmpty && answers.allSatisfy { $0.count == right.count }, "answers to other questions")
        let shares = LetterShares(right: right, chosen: answers[0])
        let results = answers.map { zip($0, right).map { $0 == $1 } }
        self.measure = measure
        suite = file.hash
        correct = Rate(shares.correct)
        constantLetter = String(LetterReader.letter(shares.bestConstant.option))
        constantCorrect = Rate(shares.bestConstant.correct)
        (rightLetters, chosenLetters, unread) = (shares.right, shares.chosen, shares.unread)
        func rates(_ names: (Question) -> [String]) -> [String: Rate] {
            var counts: [String: (events: Int, trials: Int)] = [:]
            for (question, isRight) in zip(file.questions, results[0]) {
                for name in Set(names(question)) {
                    counts[name, default: (0, 0)].trials += 1
                    if isRight { counts[name]?.events += 1 }
                }
            }
            return counts.mapValues { Rate(BinomialCount(events: $0.events, trials: $0.trials)) }
        }
        categories = rates(\.categories)
        levels = rates { $0.level.map { [$0] } ?? [] }
        orders = results.map { Double($0.count { $0 }) / Double($0.count) }
        spread = SampleMean(orders).deviation
    }

    /// The report as a table.
    public var markdown: String {
        var rows = [
            ("right (\(measure))", correct.cell), ("always \(constantLetter)", constantCorrect.cell),
            ("no letter, counted as wrong", "\(unread)"),
        ]
        if orders.count > 1 {
            let shares = orders.map { String(format: "%.1f %%", 100 * $0) }.joined(separator: ", ")
            rows.append(
                ("orders of the options", shares + String(format: "; deviation %.1f %%", 100 * spread)))
        }
        for letter in rightLetters.indices {
            rows.append(
                (
                    "letter \(LetterReader.letter(letter))",
                    "right \(rightLetters[letter]) times, chosen \(chosenLetters[letter]) times"
                ))
        }
        for (name, rate) in levels.sorted(by: { $0.key < $1.key })
            + categories.sorted(by: { $0.key < $1.key })
        {
            rows.append((name, rate.cell))
        }
        let lines = rows.map { "| \(Self.cell($0)) | \($1) |\n" }
        return "| | |\n|---|---|\n" + lines.joined() + "\nSuite, SHA-256: `\(suite)`\n"
    }

    /// A name from a file as a table's cell: on one line and without a bar.
    private static func cell(_ name: String) -> String {
        name.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
    }
}
