/// A row of tokens in which neighbours merge, linked so that a merge takes constant time.
struct TokenChain {
    /// The token that begins at each place, −1 where one before reaches over it.
    private var tokens: [Int32]
    private var next: [Int32]
    private var previous: [Int32]

    init(_ tokens: [Int32]) {
        self.tokens = tokens
        next = (0..<tokens.count).map { Int32($0 + 1) }
        previous = (0..<tokens.count).map { Int32($0 - 1) }
    }

    func left(_ place: Int) -> Int32? { tokens[place] >= 0 ? tokens[place] : nil }

    func right(_ place: Int) -> Int32? {
        let after = Int(next[place])
        return after < tokens.count ? tokens[after] : nil
    }

    func before(_ place: Int) -> Int? { previous[place] >= 0 ? Int(previous[place]) : nil }

    mutating func merge(at place: Int, into token: Int32) {
        let gone = Int(next[place])
        tokens[place] = token
        tokens[gone] = -1
        next[place] = next[gone]
        if Int(next[gone]) < tokens.count { previous[Int(next[gone])] = Int32(place) }
    }

    func forEach(_ body: (Int32, Range<Int>) -> Void) {
        var place = 0
        while place < tokens.count {
            body(tokens[place], place..<Int(next[place]))
            place = Int(next[place])
        }
    }
}

struct PendingMerge {
    let rank: Int32
    let place: Int
    let left: Int32
    let right: Int32

    func precedes(_ other: Self) -> Bool {
        rank != other.rank ? rank < other.rank : place < other.place
    }
}

/// A binary heap of merges, the lowest rank on top.
struct MergeQueue {
    private var heap: [PendingMerge] = []

    mutating func push(_ merge: PendingMerge) {
        heap.append(merge)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> PendingMerge? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return top }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].precedes(heap[least]) { least = child }
            }
            if least == parent { return top }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
