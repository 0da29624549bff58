import Alignment
import LanguageModels
import Networks
import Tensors

/// A trained reward head beside its policy.
///
/// Belongs to one isolation domain, as its tape does.
public final class RewardHead {
    /// The head.
    public let stored: StoredRewardHead
    /// Tokens that no reply it learned from has: a search must not trust it about them.
    public let unseen: Set<Int>
    /// The token that ends a reply; nothing where the model has none.
    public let end: Int?
    private let head: Network<RewardHeadLayers>
    private let network: Network<Decoder>
    private let tape = Tape()
    private let mayFollow: [Bool]

    /// Puts a head that was checked against its model beside the model.
    ///
    /// - Throws: the errors of the model's format.
    public init(_ stored: StoredRewardHead, on file: ModelFile, _ tokenizer: Tokenizer) throws {
        let description = file.description
        self.stored = stored
        unseen = Set(stored.unseen)
        network = try file.network()
        // A search knows one end: that which replies had, and no other follows.
        let ends = description.endTokens.map(Int.init)
        end = ends.first { !stored.unseen.contains($0) } ?? ends.first
        let others = Set(ends).subtracting([end].compactMap { $0 })
        mayFollow = (0..<description.vocabulary).map {
            tokenizer.token(Int32($0)) != nil && !others.contains($0)
        }
        var place = 0
        head = Network {
            RewardHeadLayers(
                hidden: description.hidden, inputs: description.hidden * stored.reading.states,
                inner: stored.inner, vocabulary: description.vocabulary, in: &$0)
        } load: { _, values in
            _ = values.update(fromContentsOf: stored.numbers[place])
            place += 1
        }
    }

    /// What policy and head say behind a column; rows that no token has never follow.
    ///
    /// - Throws: `NonFiniteError`.
    public func look(_ column: DecoderColumns.Column) throws -> SearchLook {
        tape.reset()
        let logits = network.body.logits(row(column.state), network.weights(on: tape)).values
        guard Vectors.areFinite(logits) else { throw NonFiniteError("logits of a decoder") }
        let known = zip(logits, mayFollow).map { $1 ? Double($0) : -.infinity }
        return SearchLook(logits: known, rewards: try rewards(column.input(stored.reading)))
    }

    /// The rewards of every next token.
    ///
    /// - Parameter input: as a `HeadTrace` of the head's reading has it.
    /// - Returns: one for each token of the vocabulary.
    /// - Throws: `NonFiniteError`.
    func rewards(_ input: [Float]) throws -> [Double] {
        tape.reset()
        let rewards = head.body(
            row(input), head.weights(on: tape), policy: network.body, network.weights(on: tape)
        ).values
        guard Vectors.areFinite(rewards) else { throw NonFiniteError("rewards of a head") }
        return rewards.map(Double.init)
    }

    private func row(_ numbers: [Float]) -> Variable {
        numbers.withUnsafeBufferPointer { tape.constant($0, 1, numbers.count) }
    }

    /// Operations of a look: the policy's output layer; the head, which ends in the same layer.
    var operations: (policy: Double, head: Double) {
        let description = network.body.description
        let output = 2 * Double(description.hidden * description.vocabulary)
        return (output, output + 2 * Double(stored.numbers[0].count + stored.numbers[2].count))
    }
}

/// A policy with a reward head behind a trie of its columns.
public struct HeadedSearch: SearchModel {
    /// The columns.
    public private(set) var trie: ColumnTrie<DecoderColumns>
    private let head: RewardHead
    private let goOn: () throws -> Void

    /// Puts a head behind columns of its policy.
    ///
    /// - Parameters:
    ///   - columns: which know where the reply begins.
    ///   - head: of the same model.
    ///   - isSharing: as the trie has it.
    ///   - goOn: asked before every step; what it throws ends the search.
    public init(
        _ columns: DecoderColumns, _ head: RewardHead, isSharing: Bool = true,
        asking goOn: @escaping () throws -> Void = {}
    ) {
        (trie, self.head) = (ColumnTrie(columns, isSharing: isSharing), head)
        self.goOn = goOn
    }

    /// What policy and head say behind sequences.
    ///
    /// - Throws: `NonFiniteError`; what `goOn` throws.
    public mutating func looks(behind sequences: [[Int]]) throws -> [SearchLook] {
        try goOn()
        return try trie.columns(behind: sequences).map { try head.look($0) }
    }
}
