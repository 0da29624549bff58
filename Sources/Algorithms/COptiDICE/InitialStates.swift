import SafeRL

/// Which transitions begin an episode, and how spread out the data are.
package final class InitialStates {
    /// 1 for the rows of a batch that begin an episode, else 0; `[rows, 1]`.
    package let isInitial: Tensor
    /// p_0: the share of all rows that begin an episode.
    package var share: Float
    /// Standard deviation of each column of observations and actions, `[1, O]` and `[1, A]`, as batches hold them.
    package let observationDeviation, actionDeviation: Tensor
    private let starts: [Bool]

    /// Looks through the rows of whole episodes.
    init(of data: TransitionDataset, rows: Int, count: Int) {
        var starts = [Bool](repeating: false, count: count)
        for episode in data.episodes { starts[episode.rows.lowerBound] = true }
        self.starts = starts
        share = Float(Double(data.episodes.count) / Double(count))
        isInitial = Tensor(rows, 1)
        let transforms = data.transforms
        observationDeviation = Self.deviation(of: data.observations, data.observationSize, count)
        if let scale = transforms.observationDeviation {
            for column in 0..<data.observationSize { observationDeviation[0, column] /= scale[column] }
        }
        actionDeviation = Self.deviation(
            of: data.actions, data.actionSize, count, limit: transforms.actionLimit)
    }

    /// The deviations of columns, in double precision: of all rows, not of a sample of them.
    private static func deviation(
        of values: UnsafeBufferPointer<Float>, _ width: Int, _ count: Int, limit: Float? = nil
    ) -> Tensor {
        let result = Tensor(1, width)
        let bound = Double(limit ?? .infinity)
        for column in 0..<width {
            func value(_ row: Int) -> Double { min(max(Double(values[row * width + column]), -bound), bound) }
            var (sum, squares) = (0.0, 0.0)
            for row in 0..<count { sum += value(row) }
            for row in 0..<count {
                let difference = value(row) - sum / Double(count)
                squares += difference * difference
            }
            result.buffer[column] = Float((squares / Double(count)).squareRoot())
        }
        return result
    }

    /// Reads which rows of a batch begin an episode.
    func read(_ batch: TransitionBatch) {
        for row in 0..<batch.rows { isInitial.buffer[row] = starts[Int(batch.indices[row])] ? 1 : 0 }
    }
}
