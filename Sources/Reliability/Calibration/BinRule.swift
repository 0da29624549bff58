/// How rows are put into bins by their confidence.
public enum BinRule: Sendable, Hashable {
    /// Bin m of M holds confidences in (m/M, (m + 1)/M]; 0 belongs to bin 0.
    case equalWidth(Int)
    /// Sorted by confidence, stable, the row of rank r of n goes to bin ⌊r·M/n⌋; equal confidences may be split.
    case equalMass(Int)

    /// Number of bins, at least 1.
    public var bins: Int {
        switch self {
        case .equalWidth(let bins), .equalMass(let bins): bins
        }
    }

    /// The bin of every row.
    ///
    /// - Parameter confidence: in [0, 1].
    /// - Returns: one number in 0 ..< `bins` a row.
    func places(_ confidence: [Double]) -> [Int] {
        precondition(bins >= 1, "\(bins) bins")
        switch self {
        case .equalWidth(let bins):
            return confidence.map { value in
                // The product may be rounded across an edge, so its neighbours are asked.
                var bin = min(max(Int((value * Double(bins)).rounded(.up)) - 1, 0), bins - 1)
                while bin > 0 && value <= Double(bin) / Double(bins) { bin -= 1 }
                while bin < bins - 1 && value > Double(bin + 1) / Double(bins) { bin += 1 }
                return bin
            }
        case .equalMass(let bins):
            var places = [Int](repeating: 0, count: confidence.count)
            for (rank, row) in risingOrder(confidence).enumerated() {
                places[row] = rank * bins / confidence.count
            }
            return places
        }
    }
}

/// Row numbers by rising value; equal ones stay in the order of rows.
func risingOrder(_ values: [Double]) -> [Int] {
    values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
}
