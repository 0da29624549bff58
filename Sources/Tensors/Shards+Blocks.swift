extension Shards {
    /// Runs `body` on consecutive blocks of at most `most` rows, on several threads; `body` must not touch what another
    /// block writes.
    ///
    /// The blocks are the same for every number of threads. For work so long that handing it out, which allocates, does
    /// not matter.
    package static func overBlocks(_ rows: Int, of most: Int, _ body: @escaping (Range<Int>) -> Void) {
        guard rows > 0 else { return }
        let blocks = (rows - 1) / most + 1
        let parts = min(blocks, mostParts)
        run(parts, on: body) { body, shard in
            for block in range(shard, of: parts, rows: blocks) {
                body(block * most..<min(rows, (block + 1) * most))
            }
        }
    }

    /// Enough for every thread to find work until the end.
    private static let mostParts = 1 << 10
}
