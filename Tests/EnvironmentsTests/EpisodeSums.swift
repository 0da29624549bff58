import SafeRL

/// Return, costs and length of every episode of a record.
struct EpisodeSums {
    var returns: [Double] = []
    /// `[channels][episodes]`.
    var costs: [[Double]]
    var lengths: [Double] = []

    init(_ record: CollectedTransitions) {
        costs = .init(repeating: [], count: record.costNames.count)
        var (sum, length) = (0.0, 0.0)
        var channels = [Double](repeating: 0, count: costs.count)
        for row in 0..<record.count {
            sum += Double(record.rewards[row])
            length += 1
            for channel in channels.indices { channels[channel] += Double(record.channelCosts[channel][row]) }
            guard record.terminals[row] || record.timeouts[row] else { continue }
            returns.append(sum)
            lengths.append(length)
            for channel in channels.indices { costs[channel].append(channels[channel]) }
            (sum, length, channels) = (0, 0, channels.map { _ in 0 })
        }
    }
}
