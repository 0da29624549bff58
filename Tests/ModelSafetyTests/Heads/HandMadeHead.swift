import Alignment
import LanguageModels
import ModelSafety
import Tensors

/// Stream heads whose numbers are chosen, for the tiny model.
enum HandMadeHead {
    static let hidden = (try? ModelFile(TinyModel.path).description.hidden) ?? 0

    /// A tower that calls a state unsafe where it has a positive product with a direction; controversial is out of the question.
    static func tower(_ direction: [Double], categories: Int) -> StreamTower {
        StreamTower(
            pre: [direction], norm: [1], risk: [[-3], [3], [0]],
            category: [[Double]](repeating: [0], count: categories))
    }

    /// Both towers with one direction each, bound to the tiny model.
    static func head(reply: [Double], prompt: [Double]) throws -> StoredHead {
        StoredHead(
            TrainedHead(
                .token, readers: [],
                towers: StreamHead(
                    response: tower(reply, categories: StoredHead.replyCategories.count),
                    prompt: tower(prompt, categories: StoredHead.promptCategories.count), epsilon: 1e-6)),
            model: try ModelFile(TinyModel.path).identity(),
            training: .init(source: "by hand", rows: 1, leftOut: 0, rollouts: 0, seed: 0))
    }

    /// Directions drawn from a seed.
    static func drawn(_ seed: UInt64) throws -> StoredHead {
        var stream = RandomStream(seed: seed, for: .testing)
        let numbers = (0..<2 * hidden).map { _ in Double(stream.nextNormal()) }
        return try head(reply: Array(numbers[..<hidden]), prompt: Array(numbers[hidden...]))
    }

    /// A head that knows nothing: every label has a third, so that a threshold decides.
    static func indifferent() throws -> StoredHead {
        let nothing = [Double](repeating: 0, count: hidden)
        return try head(reply: nothing, prompt: nothing)
    }
}
