import Foundation

/// A grid over costs and returns that thins the episodes of its full cells and drops those of its nearly empty ones.
///
/// - SeeAlso: Liu et al. 2023, arXiv:2306.09303, the density filter.
public struct EpisodeGrid: Sendable, Equatable {
    /// Cells along the costs, at least 1.
    public let costBins: Int
    /// Cells along the returns, at least 1.
    public let returnBins: Int
    /// Most episodes that a cell keeps, at least 1.
    public let most: Int
    /// A cell with so few episodes keeps none, at least 0.
    public let least: Int

    /// States a grid.
    public init(costBins: Int, returnBins: Int, most: Int, least: Int) {
        precondition(
            costBins > 0 && returnBins > 0 && most > 0 && least >= 0,
            "a grid of \(costBins) × \(returnBins) cells that keep \(least) to \(most)")
        (self.costBins, self.returnBins, self.most, self.least) = (costBins, returnBins, most, least)
    }

    /// The episodes that are kept: cell by cell, in the order in which cells were met first.
    ///
    /// - Parameters:
    ///   - outcomes: of all episodes, not empty.
    ///   - ranges: episodes outside are dropped; where the outcomes span less, the grid does too.
    ///   - draws: one sample for each cell with too many.
    /// - Returns: positions in `outcomes`.
    public func kept(
        of outcomes: [EpisodeOutcome], within ranges: OutcomeRanges, using draws: inout some DataDraws
    ) -> [Int] {
        let costs = Axis(outcomes.map(\.cost), ranges.cost, cells: costBins)
        let returns = Axis(outcomes.map(\.reward), ranges.reward, cells: returnBins)
        var cells: [[Double]: Int] = [:]
        var members: [[Int]] = []
        for (episode, outcome) in outcomes.enumerated() {
            guard let c = costs.cell(of: outcome.cost), let r = returns.cell(of: outcome.reward) else {
                continue
            }
            let cell = cells[[c, r], default: members.count]
            if cell == members.count {
                cells[[c, r]] = cell
                members.append([])
            }
            members[cell].append(episode)
        }
        return members.flatMap { episodes in
            if episodes.count > most { return draws.sample(most, of: episodes) }
            return episodes.count > least ? episodes : []
        }
    }

    /// One side of the grid.
    private struct Axis {
        let lower, upper, step: Double

        init(_ values: [Float], _ range: ClosedRange<Double>, cells: Int) {
            lower = max(Double(values.min() ?? 0), range.lowerBound)
            upper = min(Double(values.max() ?? 0), range.upperBound)
            step = (upper - lower) / Double(cells)
        }

        /// Number of the cell, the value at the upper end in one of its own or, by rounding, in the last.
        func cell(of value: Float) -> Double? {
            let value = Double(value)
            guard value >= lower && value <= upper else { return nil }
            return step > 0 ? flooredQuotient(value - lower, step) : 0
        }
    }
}

/// ⌊a / b⌋ for a ≥ 0, b > 0, as Python's `//` rounds it: from the remainder, which is exact.
private func flooredQuotient(_ a: Double, _ b: Double) -> Double {
    let quotient = (a - fmod(a, b)) / b
    let floor = quotient.rounded(.down)
    return quotient - floor > 0.5 ? floor + 1 : floor
}
