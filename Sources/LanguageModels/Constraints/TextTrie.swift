/// Texts as a tree of their bytes.
struct TextTrie: Sendable {
    /// A place that is no node.
    static let outside: Int32 = -1
    /// In front of the first byte.
    static let root: Int32 = 0

    private var byte: [UInt8] = [0]
    private var first: [Int32] = [-1]
    private var sibling: [Int32] = [-1]
    private var ends: [Bool] = [false]

    /// Whether it has no text.
    var isEmpty: Bool { byte.count == 1 && !ends[0] }

    /// Adds a text.
    mutating func insert(_ text: some Sequence<UInt8>) {
        var node: Int32 = 0
        for next in text {
            if let known = child(of: node, next) {
                node = known
                continue
            }
            let new = Int32(byte.count)
            byte.append(next)
            first.append(-1)
            sibling.append(first[Int(node)])
            ends.append(false)
            first[Int(node)] = new
            node = new
        }
        ends[Int(node)] = true
    }

    /// The node behind a byte; nothing where no text goes on so.
    func child(of node: Int32, _ next: UInt8) -> Int32? {
        guard node >= 0 else { return nil }
        var child = first[Int(node)]
        while child >= 0 {
            if byte[Int(child)] == next { return child }
            child = sibling[Int(child)]
        }
        return nil
    }

    /// The bytes with which texts go on behind a node.
    func bytes(behind node: Int32) -> [UInt8] {
        var found: [UInt8] = []
        var child = first[Int(node)]
        while child >= 0 {
            found.append(byte[Int(child)])
            child = sibling[Int(child)]
        }
        return found
    }

    /// Whether a text ends at a node.
    func isEnd(_ node: Int32) -> Bool { ends[Int(node)] }
}
