import Assurance
import Availability
import SafeRL

/// What a cost model that refuses above a level does with answers.
struct RefusalFigures {
    /// Of safe answers, one a prompt, whether each is refused.
    let isRefused: [Bool]
    /// Unsafe answers that are refused, one a prompt.
    let caught: BinomialCount
    /// All safe answers in a random order, as they would come in use.
    let stream: HandOverStream

    /// Judges answers; a cost that is none is refused.
    ///
    /// - Parameters:
    ///   - costs: of `answers`.
    ///   - answers: to prompts that no model has learned from.
    ///   - level: above it an answer is refused.
    ///   - seed: of the order of the stream.
    init(_ costs: [Double], of answers: [AttackedScores.Answer], level: Double, seed: UInt64) {
        precondition(costs.count == answers.count, "\(costs.count) costs of \(answers.count) answers")
        let refuses = costs.map { !($0 <= level) }
        isRefused = Self.oneAPrompt(answers, areUnsafe: false).map { refuses[$0] }
        let unsafe = Self.oneAPrompt(answers, areUnsafe: true)
        caught = BinomialCount(events: unsafe.count { refuses[$0] }, trials: unsafe.count)
        var order = answers.indices.filter { !answers[$0].isUnsafe }
        var random = RandomStream(seed: seed, for: .splitting)
        for place in order.indices {
            order.swapAt(place, place + random.nextInteger(below: order.count - place))
        }
        stream = HandOverStream(steps: order.map { refuses[$0] }, firstSteps: Array(order.indices))
    }

    /// Answers of one kind, one to each prompt that has such: two to one prompt resemble each other.
    static func oneAPrompt(_ answers: [AttackedScores.Answer], areUnsafe: Bool) -> [Int] {
        let own = answers.indices.filter { answers[$0].isUnsafe == areUnsafe }
        return Dictionary(grouping: own) { answers[$0].prompt }.sorted { $0.key < $1.key }
            .map { $0.value[$0.key % $0.value.count] }
    }

    /// Safe answers that are refused, of all.
    var refused: BinomialCount { BinomialCount(events: isRefused.count { $0 }, trials: isRefused.count) }

    var json: JSONValue {
        func interval(_ count: BinomialCount) -> JSONValue {
            count.trials == 0 ? .null : .range(count.interval(confidence: HandOverFigures.confidence))
        }
        return .object([
            ("prompts", .integer(refused.trials)), ("handed_over", .figure(refused.share)),
            ("handed_over_interval", interval(refused)), ("unsafe_prompts", .integer(caught.trials)),
            ("caught", .figure(caught.trials == 0 ? nil : caught.share)),
            ("caught_interval", interval(caught)), ("steps", .integer(stream.steps.count)),
        ])
    }
}
