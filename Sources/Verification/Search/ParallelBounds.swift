import Tensors

/// Memory for bounds of several boxes at once; what is found of a box does not depend on the number of threads.
final class ParallelBounds {
    /// Parts that work is shared out in, whatever the number of threads.
    static let parts = 8

    let network: VerifiableNetwork
    private let spaces: [BoxBounds]

    /// Memory for a network.
    init(_ network: VerifiableNetwork, _ semantics: Semantics) {
        self.network = network
        spaces = (0..<Self.parts).map { _ in BoxBounds(network, semantics) }
    }

    /// Memory for one box, for the thread that searches.
    var single: BoxBounds { spaces[0] }

    /// Does something for each of several boxes, on all threads.
    func map<Result>(_ count: Int, _ body: @escaping (BoxBounds, Int) -> Result) -> [Result] {
        var results = [Result?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { slots in
            let slots = slots
            let spaces = spaces
            Shards.run(min(Self.parts, max(count, 1)), on: count) { count, shard in
                for index in stride(from: shard, to: count, by: Self.parts) {
                    slots[index] = body(spaces[shard], index)
                }
            }
        }
        return results.compactMap { $0 }
    }
}
