import Foundation
import Tensors

/// A mixture of kernels around parameters that were tried, each a product over parameters, and a wide one over all.
///
/// After Watanabe 2023, arXiv:2304.11127, multivariate with the neighbour rule for widths.
package struct ParzenMixture {
    /// The kernels of one parameter.
    package enum Kernels: Equatable {
        case numbers([TruncatedNormal])
        /// A row of probabilities for each kernel.
        case choices([[Double]])
    }

    package let space: [SearchParameter]
    /// Of the kernels; the last is that of the wide one.
    package let weights: [Double]
    /// For each parameter.
    package let kernels: [Kernels]

    /// Puts kernels around parameters.
    ///
    /// - Parameters:
    ///   - observations: values for each parameter of the space, by rising trial number.
    ///   - space: the parameters.
    package init(_ observations: [[Double]], over space: [SearchParameter]) {
        let raw = Self.weights(of: observations.count) + [1]
        let sum = raw.reduce(0, +)
        weights = raw.map { $0 / sum }
        kernels = space.enumerated().map { index, parameter in
            Self.kernels(parameter, observations.map { $0[index] })
        }
        self.space = space
    }

    /// Weights by age, the oldest first: 1 for the newest 25, rising to that before.
    package static func weights(of count: Int) -> [Double] {
        guard count > 25 else { return [Double](repeating: 1, count: count) }
        let (ramp, first) = (count - 25, 1 / Double(count))
        return (0..<ramp).map { ramp == 1 ? first : first + (1 - first) * Double($0) / Double(ramp - 1) }
            + [Double](repeating: 1, count: 25)
    }

    private static func kernels(_ parameter: SearchParameter, _ values: [Double]) -> Kernels {
        if case .choices(let choices) = parameter.domain {
            let base = 1 / Double(values.count + 1)
            let rows = values.map { value in
                let row = choices.indices.map { base + ($0 == Int(value) ? 1 : 0) }
                let sum = row.reduce(0, +)
                return row.map { $0 / sum }
            }
            return .choices(rows + [[Double](repeating: 1 / Double(choices.count), count: choices.count)])
        }
        let range = parameter.axis
        let width = range.upperBound - range.lowerBound
        let places = values.map(parameter.place)
        let widths = deviations(places, in: range)
        let middle = (range.lowerBound + range.upperBound) / 2
        return .numbers(
            zip(places, widths).map { TruncatedNormal(mean: $0, deviation: $1, range: range) }
                + [TruncatedNormal(mean: middle, deviation: width, range: range)])
    }

    /// The larger distance to a neighbour, kept within bounds; ties in the order of trials.
    private static func deviations(_ places: [Double], in range: ClosedRange<Double>) -> [Double] {
        let order = places.indices.sorted { (places[$0], $0) < (places[$1], $1) }
        let width = range.upperBound - range.lowerBound
        let least = width / Double(min(100, places.count + 2))
        var deviations = [Double](repeating: 0, count: places.count)
        for (rank, index) in order.enumerated() {
            let below = rank == 0 ? nil : places[index] - places[order[rank - 1]]
            let above = rank + 1 == order.count ? nil : places[order[rank + 1]] - places[index]
            let distance =
                places.count == 1
                ? max(places[index] - range.lowerBound, range.upperBound - places[index])
                : max(below ?? 0, above ?? 0)
            deviations[index] = min(max(distance, least), width)
        }
        return deviations
    }

    // MARK: Densities

    /// The logarithm of the density at a value for each parameter; of values with steps that of the probability.
    package func logDensity(at values: [Double]) -> Double {
        let logs = weights.indices.map { kernel in
            kernels.indices.reduce(log(weights[kernel])) { sum, index in
                sum + logDensity(index, kernel, values[index])
            }
        }
        let largest = logs.max() ?? -.infinity
        guard largest > -.infinity else { return largest }
        return largest + log(logs.reduce(0) { $0 + exp($1 - largest) })
    }

    private func logDensity(_ parameter: Int, _ kernel: Int, _ value: Double) -> Double {
        switch kernels[parameter] {
        case .choices(let rows): return log(rows[kernel][Int(value)])
        case .numbers(let laws):
            if let cell = space[parameter].cell(of: value) { return laws[kernel].logShare(of: cell) }
            return laws[kernel].logDensity(at: space[parameter].place(of: value))
        }
    }

    /// Draws a value for each parameter.
    func sample(_ random: inout RandomStream) -> [Double] {
        let kernel = Self.pick(weights, random.nextPreciseUniform())
        return kernels.indices.map { index in
            let share = random.nextPreciseUniform()
            switch kernels[index] {
            case .choices(let rows): return Double(Self.pick(rows[kernel], share))
            case .numbers(let laws): return space[index].value(at: laws[kernel].quantile(share))
            }
        }
    }

    /// The first index at which the running sum is beyond a share.
    static func pick(_ weights: [Double], _ share: Double) -> Int {
        var sum = 0.0
        for (index, weight) in weights.enumerated() {
            sum += weight
            if share < sum { return index }
        }
        return weights.count - 1
    }
}
