import SafeRL

/// A probability, what came of it, and the prompt that it belongs to.
struct AnswerRow {
    let probability: Double
    let isHit: Bool
    let prompt, tokens: Int

    /// The larger of both probabilities of an order, and whether it is that of people.
    static func ordered(_ pairs: [AnswerModels.Pair]) -> [AnswerRow] {
        pairs.map {
            AnswerRow(
                probability: sigmoid(abs($0.difference)), isHit: $0.difference > 0, prompt: $0.prompt,
                tokens: $0.tokens)
        }
    }

    /// Prompts by number, of which every second makes and the others judge.
    static func halves(_ rows: [AnswerRow]) -> (made: [AnswerRow], judged: [AnswerRow]) {
        let order = Set(rows.map(\.prompt)).sorted()
        let first = Set(order.prefix(order.count / 2))
        return (rows.filter { first.contains($0.prompt) }, rows.filter { !first.contains($0.prompt) })
    }
}

extension AnswerModels {
    /// σ(cost) against what people say is unsafe.
    var labelled: [AnswerRow] {
        hasSigns
            ? costs.compactMap { answer in
                answer.isUnsafe.map {
                    AnswerRow(
                        probability: sigmoid(answer.score), isHit: $0, prompt: answer.prompt,
                        tokens: answer.tokens)
                }
            } : []
    }
}
