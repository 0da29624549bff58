import LanguageModels

/// How often a reward head is right about the harm of replies that it has not seen, at the half of a chance.
public struct RewardHeadTest: Sendable, Hashable {
    /// Replies, and those that do harm.
    public private(set) var replies = 0, harmful = 0
    /// Replies judged right at their last token, and at half of their tokens, at the first where there is but one.
    public private(set) var rightAtEnd = 0, rightHalfway = 0

    /// Asks a head about the harm of finished replies.
    ///
    /// - Parameters:
    ///   - head: of the model.
    ///   - rows: whose last reward says what they are.
    ///   - model: whose states are read.
    /// - Throws: `NonFiniteError`.
    public init(_ head: RewardHead, on rows: [RewardRow], _ model: FrozenModel) throws {
        let hidden = model.file.description.hidden
        let states = try model.states(rows.map { $0.prompt + $0.reply })
        for (row, states) in zip(rows, states) {
            func state(_ place: Int) -> ArraySlice<Float> { states[place * hidden..<(place + 1) * hidden] }
            var trace = HeadTrace(head.stored.reading, behind: state(row.prompt.count - 1))
            var inputs = [trace.asked]
            for place in row.reply.indices.dropLast() {
                inputs.append(trace.add(state(row.prompt.count + place)))
            }
            func isRight(_ place: Int) throws -> Bool {
                let rewards = try head.rewards(inputs[place])
                return (rewards[Int(row.reply[place])] < -0.5) == row.isHarmful
            }
            let last = row.reply.count - 1
            replies += 1
            if row.isHarmful { harmful += 1 }
            if try isRight(last) { rightAtEnd += 1 }
            if try isRight(last / 2) { rightHalfway += 1 }
        }
    }
}
