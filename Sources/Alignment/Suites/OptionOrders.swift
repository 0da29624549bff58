import Assurance

/// Cyclic orders of a question's options, by which a preference for positions shows.
public struct OptionOrders: Sendable, Hashable {
    /// How many orders, at least 1; order r puts option (i + r) mod n at place i.
    public let number: Int

    /// Describes orders.
    public init(number: Int) {
        precondition(number >= 1, "\(number) orders")
        self.number = number
    }

    /// The options in an order, as their indices.
    public func options(_ count: Int, order: Int) -> [Int] { (0..<count).map { ($0 + order) % count } }

    /// The place of an option in an order.
    public func place(of option: Int, among count: Int, order: Int) -> Int {
        (option - order % count + count) % count
    }

    /// Mean and spread of what a model reaches over the orders.
    ///
    /// - Parameter right: whether each question was answered rightly, for each order; as many questions in each.
    /// - Returns: of the shares of right answers.
    public static func spread(_ right: [[Bool]]) -> SampleMean {
        precondition(
            right.allSatisfy { $0.count == right[0].count && !$0.isEmpty }, "orders of other questions")
        return SampleMean(right.map { Double($0.count { $0 }) / Double($0.count) })
    }
}

/// What answers are compared with: how often each letter is right, and how often it was chosen.
public struct LetterShares: Sendable, Hashable {
    /// Questions whose right answer has each letter.
    public let right: [Int]
    /// Questions for which each letter was chosen.
    public let chosen: [Int]
    /// Questions without a choice that could be read; they count as wrong.
    public let unread: Int
    /// Questions that were answered rightly, of all.
    public let correct: BinomialCount

    /// Counts answers.
    ///
    /// - Parameters:
    ///   - right: index of the right option of each question, at least one question.
    ///   - chosen: index of the chosen option; nothing where none could be read.
    public init(right: [Int], chosen: [Int?]) {
        precondition(
            !right.isEmpty && right.count == chosen.count, "\(right.count) and \(chosen.count) answers")
        let letters = (right + chosen.compactMap { $0 }).reduce(0, max) + 1
        self.right = (0..<letters).map { letter in right.count { $0 == letter } }
        self.chosen = (0..<letters).map { letter in chosen.count { $0 == letter } }
        unread = chosen.count { $0 == nil }
        correct = BinomialCount(events: zip(right, chosen).count { $0 == $1 }, trials: right.count)
    }

    /// The letter that is right most often, the first of equals, and how often.
    ///
    /// A result means something only beside it.
    public var bestConstant: (option: Int, correct: BinomialCount) {
        let option = right.indices.reduce(0) { right[$1] > right[$0] ? $1 : $0 }
        return (option, BinomialCount(events: right[option], trials: right.reduce(0, +)))
    }
}
