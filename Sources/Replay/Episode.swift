/// One whole episode of a data set.
public struct Episode: Sendable, Equatable {
    /// How an episode ended.
    public typealias Ending = EpisodeEnd

    /// Its transitions, in order.
    public let rows: Range<Int>
    /// Undiscounted sum of rewards.
    public let totalReward: Double
    /// Undiscounted sum of costs.
    public let totalCost: Double
    /// How it ended; a row with both flags counts as terminated.
    public let ending: Ending

    /// Number of steps.
    public var length: Int { rows.count }
}

extension ColumnBuffers {
    /// Cuts the rows into episodes: one ends at every row whose terminal or timeout is set.
    func split() -> (episodes: [Episode], unendedTail: Range<Int>?) {
        var episodes: [Episode] = []
        var start = 0
        for row in terminals.indices {
            image.rest(after: 2)
            guard terminals[row] != 0 || timeouts[row] != 0 else { continue }
            let rows = start..<(row + 1)
            episodes.append(
                Episode(
                    rows: rows, totalReward: sum(rewards, rows), totalCost: sum(costs, rows),
                    ending: terminals[row] != 0 ? .terminated : .truncated))
            start = row + 1
        }
        return (episodes, start < terminals.count ? start..<terminals.count : nil)
    }

    private func sum(_ values: UnsafeMutableBufferPointer<Float>, _ rows: Range<Int>) -> Double {
        var total = 0.0
        for row in rows {
            total += Double(values[row])
            image.rest(after: 4)
        }
        return total
    }
}
