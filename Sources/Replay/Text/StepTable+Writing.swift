import Storage

extension StepTable {
    /// Writes a data set, a row a step, under the names that `StepColumns(standardIn:)` knows; numbers in the fewest digits that read
    /// back to the same bits.
    ///
    /// The file appears whole or not at all.
    ///
    /// - Throws: `StorageError`.
    public func write(_ dataset: TransitionDataset, to path: String) throws {
        let rows = StepRows(dataset)
        try SystemFiles().replaceFile(path) { sink in
            if self == .commaSeparated {
                try sink.write(Array((rows.names.joined(separator: ",") + "\n").utf8))
            }
            var buffer = ""
            for row in 0..<dataset.count {
                buffer += self == .commaSeparated ? rows.commaSeparated(row) : rows.json(row)
                if buffer.utf8.count > 1 << 20 {
                    try sink.write(Array(buffer.utf8))
                    buffer = ""
                }
            }
            try sink.write(Array(buffer.utf8))
        }
    }
}

/// The rows of a data set as text.
private final class StepRows {
    private let dataset: TransitionDataset
    private let channels: [(name: String, costs: UnsafeBufferPointer<Float>)]
    /// The number of the episode of each row.
    private let episodes: [Int]

    init(_ dataset: TransitionDataset) {
        self.dataset = dataset
        channels = dataset.hasNamedCosts ? dataset.costChannels.map { ($0.name, $0.costs) } : []
        var (numbers, number) = ([Int](), 0)
        numbers.reserveCapacity(dataset.count)
        for row in 0..<dataset.count {
            numbers.append(number)
            if dataset.terminals[row] != 0 || dataset.timeouts[row] != 0 { number += 1 }
        }
        episodes = numbers
    }

    var names: [String] {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        return ["episode"] + (0..<o).map { "observation_\($0)" } + (0..<a).map { "action_\($0)" } + ["reward"]
            + (channels.isEmpty ? ["cost"] : channels.map { "cost_\($0.name)" }) + ["terminal", "timeout"]
            + (0..<o).map { "next_observation_\($0)" }
    }

    private func numbers(_ values: UnsafeBufferPointer<Float>, _ row: Int, _ width: Int) -> [String] {
        (row * width..<(row + 1) * width).map { "\(values[$0])" }
    }

    private func costs(_ row: Int) -> [String] {
        channels.isEmpty ? ["\(dataset.costs[row])"] : channels.map { "\($0.costs[row])" }
    }

    func commaSeparated(_ row: Int) -> String {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        let cells =
            ["\(episodes[row])"] + numbers(dataset.observations, row, o) + numbers(dataset.actions, row, a)
            + ["\(dataset.rewards[row])"] + costs(row) + [
                "\(dataset.terminals[row])", "\(dataset.timeouts[row])",
            ]
            + numbers(dataset.nextObservations, row, o)
        return cells.joined(separator: ",") + "\n"
    }

    func json(_ row: Int) -> String {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        func list(_ values: UnsafeBufferPointer<Float>, _ width: Int) -> String {
            "[" + numbers(values, row, width).joined(separator: ",") + "]"
        }
        let names = channels.isEmpty ? ["cost"] : channels.map { "cost_\($0.name)" }
        let costs = zip(names, costs(row)).map { "\"\($0)\":\($1)" }.joined(separator: ",")
        return "{\"episode\":\(episodes[row]),\"observation\":\(list(dataset.observations, o)),"
            + "\"action\":\(list(dataset.actions, a)),\"reward\":\(dataset.rewards[row]),\(costs),"
            + "\"terminal\":\(dataset.terminals[row] != 0),\"timeout\":\(dataset.timeouts[row] != 0),"
            + "\"next_observation\":\(list(dataset.nextObservations, o))}\n"
    }
}
