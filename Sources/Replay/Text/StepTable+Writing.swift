import Storage

extension StepTable {
    /// Writes a data set, a row a step, under the names that `StepColumns(standardIn:)` knows; numbers in the fewest digits that read
    /// back to the same bits.
    ///
    /// The file appears whole or not at all.
    ///
    /// - Throws: `StorageError`.
    public func write(_ dataset: TransitionDataset, to path: String) throws {
        try dataset.requireHeld(by: self == .jsonLines ? .jsonLines : .commaSeparated)
        try SystemFiles().replaceFile(path) { sink in try write(dataset) { try sink.write($0) } }
    }

    /// Likewise, in pieces of about a megabyte.
    ///
    /// - Throws: what `put` throws.
    package func write(_ dataset: TransitionDataset, pieces put: ([UInt8]) throws -> Void) throws {
        let rows = StepRows(dataset)
        if self == .commaSeparated { try put(Array((rows.names.joined(separator: ",") + "\n").utf8)) }
        var buffer = ""
        for row in 0..<dataset.count {
            buffer += self == .commaSeparated ? rows.commaSeparated(row) : rows.json(row)
            rows.leave(row)
            if buffer.utf8.count > 1 << 20 {
                try put(Array(buffer.utf8))
                buffer = ""
            }
        }
        try put(Array(buffer.utf8))
    }
}

/// The rows of a data set as text.
private final class StepRows {
    private let dataset: TransitionDataset
    private let channels: [(name: String, costs: UnsafeBufferPointer<Float>)]
    /// The number of the episode of the row that comes next.
    private var episode = 0

    init(_ dataset: TransitionDataset) {
        self.dataset = dataset
        channels = dataset.hasNamedCosts ? dataset.costChannels.map { ($0.name, $0.costs) } : []
    }

    /// Goes on to the next row.
    func leave(_ row: Int) {
        if dataset.terminals[row] != 0 || dataset.timeouts[row] != 0 { episode += 1 }
        dataset.rest(after: dataset.byteCount / dataset.count)
    }

    var names: [String] {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        return ["episode"] + (0..<o).map { "observation_\($0)" } + (0..<a).map { "action_\($0)" } + ["reward"]
            + costNames + ["terminal", "timeout"] + (0..<o).map { "next_observation_\($0)" }
            + (dataset.constraintValues == nil ? [] : ["constraint_value"])
            + (dataset.actionChoices == nil ? [] : ["choices"])
    }

    /// The sum stands beside the channels: its rounding is that of who summed.
    private var costNames: [String] { ["cost"] + channels.map { "cost_\($0.name)" } }

    private func numbers(_ values: UnsafeBufferPointer<Float>, _ row: Int, _ width: Int) -> [String] {
        (row * width..<(row + 1) * width).map { "\(values[$0])" }
    }

    private func costs(_ row: Int) -> [String] {
        ["\(dataset.costs[row])"] + channels.map { "\($0.costs[row])" }
    }

    /// What few data sets have.
    private func rest(_ row: Int) -> [(name: String, value: String)] {
        (dataset.constraintValues.map { [("constraint_value", "\($0[row])")] } ?? [])
            + (dataset.actionChoices.map { [("choices", "\($0)")] } ?? [])
    }

    func commaSeparated(_ row: Int) -> String {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        let cells =
            ["\(episode)"] + numbers(dataset.observations, row, o) + numbers(dataset.actions, row, a)
            + ["\(dataset.rewards[row])"] + costs(row) + [
                "\(dataset.terminals[row])", "\(dataset.timeouts[row])",
            ]
            + numbers(dataset.nextObservations, row, o) + rest(row).map(\.value)
        return cells.joined(separator: ",") + "\n"
    }

    func json(_ row: Int) -> String {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        func list(_ values: UnsafeBufferPointer<Float>, _ width: Int) -> String {
            "[" + numbers(values, row, width).joined(separator: ",") + "]"
        }
        let costs = zip(costNames, costs(row)).map { "\"\($0)\":\($1)" }.joined(separator: ",")
        return "{\"episode\":\(episode),\"observation\":\(list(dataset.observations, o)),"
            + "\"action\":\(list(dataset.actions, a)),\"reward\":\(dataset.rewards[row]),\(costs),"
            + "\"terminal\":\(dataset.terminals[row] != 0),\"timeout\":\(dataset.timeouts[row] != 0),"
            + "\"next_observation\":\(list(dataset.nextObservations, o))"
            + rest(row).map { ",\"\($0.name)\":\($0.value)" }.joined() + "}\n"
    }
}
