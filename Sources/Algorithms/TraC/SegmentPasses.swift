import SafeRL

/// Passes over all segments, each in a random order of its own; the last batch of a pass may be shorter.
struct SegmentPasses {
    /// What the next batch depends on: the order follows from the stream at the start of its pass.
    struct State: StoredValue {
        /// The stream from which the order of the pass was drawn.
        var stream: RandomStream
        /// Segments of the pass that were taken.
        var taken: Int

        func check() throws(UnsoundValue) {
            try Sound.check(taken, "the number of segments taken", in: 0...Int(Int32.max))
        }
    }

    private(set) var state: State
    /// The numbers of all segments in the order of the pass.
    private(set) var order: [Int32]
    private var stream: RandomStream

    /// At the start of the first pass.
    init(_ count: Int, _ stream: RandomStream) {
        order = (0..<Int32(count)).map(\.self)
        state = State(stream: stream, taken: 0)
        self.stream = stream
        begin()
    }

    /// Takes the next segments.
    ///
    /// - Parameter most: how many at most.
    /// - Returns: places in `order`.
    mutating func next(atMost most: Int) -> Range<Int> {
        if state.taken >= order.count { begin() }
        let end = min(state.taken + most, order.count)
        defer { state.taken = end }
        return state.taken..<end
    }

    /// Draws the order of a pass; the swaps are those of Fisher and Yates.
    private mutating func begin() {
        state = State(stream: stream, taken: 0)
        for index in order.indices { order[index] = Int32(index) }
        for last in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(last, stream.nextInteger(below: last + 1))
        }
    }

    /// Goes on from a state.
    ///
    /// - Throws: `UnsoundValue` of one that is of other segments.
    mutating func restore(_ state: State) throws(UnsoundValue) {
        try Sound.check(state.taken, "the number of segments taken", in: 0...order.count)
        stream = state.stream
        begin()
        self.state = state
    }
}
