import Foundation
import LanguageModels
import Networks
import Reliability
import SafeRL
import Tensors

extension LanguageLearner {
    /// Texts whose logits are kept at once: of a large vocabulary they are most of the memory.
    private static let together = 4

    /// The likeliest token in the place of each of some responses' own.
    ///
    /// - Throws: `NonFiniteError`.
    func likeliest(_ responses: [Response], on tape: Tape) throws -> [LikeliestToken] {
        var found: [LikeliestToken] = []
        for first in stride(from: 0, to: responses.count, by: Self.together) {
            let part = Array(responses[first..<min(first + Self.together, responses.count)])
            tape.reset()
            let law = logLaw(of: part, on: tape)
            guard Vectors.areFinite(law.values) else { throw NonFiniteError("logits of a decoder") }
            let width = law.shape.columns
            let values = Array(law.values)
            var row = 0
            for (place, response) in part.enumerated() {
                for token in response.tokens {
                    let own = values[row * width..<(row + 1) * width]
                    let best = own.indices.reduce(own.startIndex) { own[$1] > own[$0] ? $1 : $0 }
                    found.append(
                        LikeliestToken(
                            text: first + place, probability: exp(Double(own[best])),
                            isRight: best - own.startIndex == Int(token)))
                    row += 1
                }
            }
        }
        return found
    }

    /// Mean of −ln p over the tokens of each response, none of them empty.
    func surprise(of responses: [Response], on tape: Tape) -> [Double] {
        responseLogProbabilities(responses, on: tape).rows.map { -$0.reduce(0, +) / Double(max($0.count, 1)) }
    }
}
