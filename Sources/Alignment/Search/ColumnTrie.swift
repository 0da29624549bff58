/// A network that computes one column for each token of a sequence: its keys and values in every block, and what it says there.
public protocol ColumnModel {
    /// What is computed of a token once, and read by all tokens behind it.
    associatedtype Column

    /// Computes the columns of some tokens, each behind columns of its own, in one batch.
    ///
    /// - Parameter tokens: each with the columns of all tokens before it, in order.
    /// - Returns: one for each.
    /// - Throws: what cannot be computed.
    mutating func columns(of tokens: [(token: Int, before: [Column])]) throws -> [Column]
}

/// The columns of sequences that share beginnings, computed once for each beginning.
///
/// A column depends on the tokens before it alone, so that answers are the same with and without; `isSharing` off computes every
/// token of every sequence, to show that.
public struct ColumnTrie<Model: ColumnModel> {
    private struct Node {
        let parent: Int?
        let column: Model.Column
        var children: [Int: Int] = [:]
    }

    /// The network.
    public private(set) var model: Model
    /// Whether beginnings are shared.
    public let isSharing: Bool
    /// How many tokens the network has computed.
    public private(set) var computed = 0
    /// How many batches that took.
    public private(set) var batches = 0
    private var nodes: [Node] = []
    private var roots: [Int: Int] = [:]

    /// Makes an empty trie.
    public init(_ model: Model, isSharing: Bool = true) { (self.model, self.isSharing) = (model, isSharing) }

    /// How many columns are kept.
    public var count: Int { nodes.count }

    /// The columns of the last tokens of some sequences.
    ///
    /// The first missing tokens of all sequences form one batch, then the second, and so on: a step that adds one token to each of
    /// some known sequences is one batch.
    ///
    /// - Parameter sequences: none empty.
    /// - Returns: one for each.
    /// - Throws: what the network throws; the columns that were computed before are kept.
    public mutating func columns(behind sequences: [[Int]]) throws -> [Model.Column] {
        precondition(sequences.allSatisfy { !$0.isEmpty }, "a sequence without tokens")
        if !isSharing { removeAll() }
        // How far each sequence is in the trie: its node, and the tokens that are known.
        var places = sequences.map { _ in (node: Int?.none, known: 0) }
        while true {
            var wanted: [(parent: Int?, token: Int)] = []
            var indices: [Edge: Int] = [:]
            for (index, sequence) in sequences.enumerated() {
                walk(sequence, &places[index])
                guard places[index].known < sequence.count else { continue }
                let edge = Edge(
                    parent: places[index].node, token: sequence[places[index].known],
                    owner: isSharing ? 0 : index)
                guard indices[edge] == nil else { continue }
                indices[edge] = wanted.count
                wanted.append((edge.parent, edge.token))
            }
            if wanted.isEmpty { break }
            let columns = try model.columns(of: wanted.map { ($0.token, path(to: $0.parent)) })
            precondition(columns.count == wanted.count, "\(columns.count) columns of \(wanted.count) tokens")
            computed += wanted.count
            batches += 1
            if isSharing {
                for (edge, column) in zip(wanted, columns) {
                    add(column, of: edge.token, behind: edge.parent)
                }
            } else {
                for (edge, index) in indices {
                    nodes.append(Node(parent: edge.parent, column: columns[index]))
                    places[edge.owner] = (nodes.count - 1, places[edge.owner].known + 1)
                }
            }
        }
        return places.compactMap { $0.node.map { nodes[$0].column } }
    }

    /// Forgets all columns, as at the start of another prompt.
    public mutating func removeAll() { (nodes, roots) = ([], [:]) }

    private struct Edge: Hashable {
        let parent: Int?
        let token, owner: Int
    }

    /// Goes along what is known.
    private func walk(_ sequence: [Int], _ place: inout (node: Int?, known: Int)) {
        while place.known < sequence.count {
            let children = place.node.map { nodes[$0].children } ?? roots
            guard let next = children[sequence[place.known]] else { return }
            place = (next, place.known + 1)
        }
    }

    private mutating func add(_ column: Model.Column, of token: Int, behind parent: Int?) {
        nodes.append(Node(parent: parent, column: column))
        if let parent {
            nodes[parent].children[token] = nodes.count - 1
        } else {
            roots[token] = nodes.count - 1
        }
    }

    /// The columns from the first token to a node.
    private func path(to node: Int?) -> [Model.Column] {
        var (columns, next) = ([Model.Column](), node)
        while let node = next {
            columns.append(nodes[node].column)
            next = nodes[node].parent
        }
        return columns.reversed()
    }
}
