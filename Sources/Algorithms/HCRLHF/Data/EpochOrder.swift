import Tensors

/// Rows in an order that is drawn anew for every pass; how many were taken is all its state.
struct EpochOrder {
    private let count: Int
    private let seed: UInt64
    private let lane: UInt32
    /// Rows taken so far.
    var taken = 0
    private var pass = -1
    private var order: [Int] = []

    /// - Parameters:
    ///   - count: rows, at least 1.
    ///   - seed: of the run.
    ///   - lane: which of several orders of one run, below 256.
    init(_ count: Int, seed: UInt64, lane: UInt32) {
        precondition(count > 0 && lane < 256, "\(count) rows, lane \(lane)")
        (self.count, self.seed, self.lane) = (count, seed, lane)
    }

    /// The next rows, of an update in parts this part's among those of all; a pass may end among them.
    mutating func next(_ rows: Int) -> [Int] {
        let drawn = (0..<DataShard.total(of: rows)).map { _ in
            if taken / count != pass { shuffle(pass: taken / count) }
            defer { taken += 1 }
            return order[taken % count]
        }
        let first = (DataShard.current?.number ?? 0) * rows
        return Array(drawn[first..<first + rows])
    }

    private mutating func shuffle(pass: Int) {
        self.pass = pass
        order = Array(0..<count)
        var stream = RandomStream(
            seed: seed, for: .sampling, index: lane << 24 | UInt32(truncatingIfNeeded: pass) & 0xFF_FFFF)
        for last in order.indices.dropFirst().reversed() {
            order.swapAt(last, stream.nextInteger(below: last + 1))
        }
    }
}
