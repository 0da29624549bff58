import Foundation
import Tensors

/// An episode that is to be copied with other labels.
public struct RelabelledEpisode: Sendable, Equatable {
    /// Position in the data set's `episodes`.
    public let episode: Int
    /// The cost that it is labelled with.
    public let cost: Double
    /// The return that it is labelled with.
    public let reward: Double

    /// States one.
    public init(episode: Int, cost: Double, reward: Double) {
        (self.episode, self.cost, self.reward) = (episode, cost, reward)
    }
}

/// Chooses episodes that are to be copied under better labels: returns above the best that is recorded at a cost.
///
/// A polynomial through the Pareto front of costs and returns says what is best; targets lie evenly over the costs, each above
/// the polynomial, and every target takes the nearest episode that costs no more.
///
/// - SeeAlso: Liu et al. 2023, arXiv:2302.07351, section 4.3.
public struct EpisodeRelabelling: Sendable, Equatable {
    /// Which target an episode is given.
    public enum Pairing: String, Codable, Sendable, CaseIterable {
        /// As in OSRL: an episode that is nearest to several targets is followed at once by what replaces it the second time, so
        /// that targets after the first repetition slip to episodes of other targets.
        case published
        /// Each target keeps its own.
        case corrected
    }

    /// Copies, as a share of the episodes that the grid keeps.
    public var share = 0.2
    /// Of the polynomial, at least 0.
    public var degree = 2
    /// A target's return is at least so much above the polynomial.
    public var minReward = 1.0
    /// A target's return is at most this.
    public var maxReward: Double
    /// An episode that is taken again is replaced by one whose return is at most so much lower.
    public var maxRewardDecrease: Double
    /// Added to distances where replacements are drawn, above 0.
    public var beta = 1.0
    /// Which target an episode is given.
    public var pairing = Pairing.published
    /// What thins out the episodes first.
    public var grid = EpisodeGrid(costBins: 10, returnBins: 50, most: 10, least: 2)

    /// States the two numbers that have no default.
    public init(maxReward: Double, maxRewardDecrease: Double) {
        (self.maxReward, self.maxRewardDecrease) = (maxReward, maxRewardDecrease)
    }

    /// What was chosen, and by what.
    public struct Choice: Sendable {
        /// Positions of the episodes that the grid kept.
        public let kept: [Int]
        /// Coefficients of the polynomial, that of the highest power first.
        public let frontier: [Double]
        /// The copies.
        public let targets: [RelabelledEpisode]
    }

    /// Chooses.
    ///
    /// - Parameters:
    ///   - outcomes: of all episodes, not empty.
    ///   - draws: samples of the grid, returns of the targets, replacements.
    /// - Returns: no targets where the grid keeps too few episodes.
    /// - Throws: `LinearAlgebraError` when no polynomial can be fitted.
    public func choose(
        among outcomes: [EpisodeOutcome], using draws: inout some DataDraws
    ) throws(LinearAlgebraError) -> Choice {
        let kept = grid.kept(of: outcomes, within: OutcomeRanges(of: outcomes), using: &draws)
        let points = kept.map { Point(outcomes[$0]) }
        guard !points.isEmpty else { return Choice(kept: kept, frontier: [], targets: []) }
        let front = points.indices.filter { index in !points.contains { $0.dominates(points[index]) } }
        let frontier = try polynomial(through: front.map { points[$0] })
        let targets = self.targets(over: points, frontier, using: &draws)
        let nearest = targets.map { self.nearest(to: $0, among: points) }
        let chosen = replacements(of: nearest, among: points, using: &draws)
        return Choice(
            kept: kept, frontier: frontier,
            targets: zip(chosen, targets).map {
                RelabelledEpisode(episode: kept[$0], cost: $1.cost, reward: $1.reward)
            })
    }

    private struct Point {
        let cost, reward: Double

        init(_ outcome: EpisodeOutcome) { (cost, reward) = (Double(outcome.cost), Double(outcome.reward)) }
        init(cost: Double, reward: Double) { (self.cost, self.reward) = (cost, reward) }

        func dominates(_ other: Point) -> Bool {
            cost <= other.cost && reward >= other.reward && (cost < other.cost || reward > other.reward)
        }

        func distance(to other: Point) -> Double { hypot(cost - other.cost, reward - other.reward) }
    }

    /// Least squares of returns over costs; of several solutions the one with the smallest scaled coefficients.
    private func polynomial(through points: [Point]) throws(LinearAlgebraError) -> [Double] {
        let count = degree + 1
        var powers = Matrix(points.count, count)
        for (row, point) in points.enumerated() {
            for column in 0..<count { powers[row, column] = pow(point.cost, Double(degree - column)) }
        }
        let norms = (0..<count).map { column in
            max((0..<points.count).reduce(0) { $0 + powers[$1, column] * powers[$1, column] }, 1e-300)
                .squareRoot()
        }
        var (normal, right) = (Matrix(count, count), [Double](repeating: 0, count: count))
        for (row, point) in points.enumerated() {
            for i in 0..<count {
                right[i] += powers[row, i] / norms[i] * point.reward
                for j in 0..<count { normal[i, j] += powers[row, i] / norms[i] * (powers[row, j] / norms[j]) }
            }
        }
        let eigen = try SymmetricEigen(normal)
        var solution = [Double](repeating: 0, count: count)
        for (number, value) in eigen.values.enumerated() where value > 1e-13 * (eigen.values.last ?? 0) {
            let share = (0..<count).reduce(0) { $0 + eigen.vectors[$1, number] * right[$1] } / value
            for i in 0..<count { solution[i] += share * eigen.vectors[i, number] }
        }
        return (0..<count).map { solution[$0] / norms[$0] }
    }

    private func targets(
        over points: [Point], _ frontier: [Double], using draws: inout some DataDraws
    ) -> [Point] {
        let count = Int(share * Double(points.count))
        let costs = points.map(\.cost)
        guard count > 0, let low = costs.min(), let high = costs.max() else { return [] }
        let shares = draws.uniforms(count)
        return (0..<count).map { number in
            let cost =
                count > 1 && number == count - 1
                ? high : low + Double(number) * ((high - low) / Double(max(count - 1, 1)))
            let least = frontier.reduce(0) { $0 * cost + $1 } + minReward
            return Point(cost: cost, reward: least + (maxReward - least) * shares[number])
        }
    }

    /// The nearest of those that cost no more, the first of equals.
    private func nearest(to target: Point, among points: [Point]) -> Int {
        var best = (index: 0, distance: Double.infinity)
        for (index, point) in points.enumerated() where point.cost <= target.cost {
            let distance = point.distance(to: target)
            if distance < best.distance { best = (index, distance) }
        }
        return best.index
    }

    /// Replaces an episode where it is taken again, drawing for one episode after the other as each appears first.
    private func replacements(
        of nearest: [Int], among points: [Point], using draws: inout some DataDraws
    ) -> [Int] {
        var places: [Int: [Int]] = [:]
        var order: [Int] = []
        for (place, index) in nearest.enumerated() {
            if places[index] == nil { order.append(index) }
            places[index, default: []].append(place)
        }
        var (moved, own) = ([Int](), nearest)
        for index in order {
            moved.append(index)
            guard let repeated = places[index]?.dropFirst(), !repeated.isEmpty else { continue }
            let candidates = points.indices.filter {
                points[$0].cost <= points[index].cost
                    && points[$0].reward >= points[index].reward - maxRewardDecrease
            }
            let drawn = draws.positions(
                repeated.count,
                weights: candidates.map { 1 / (points[$0].distance(to: points[index]) + beta) })
            moved += drawn.map { candidates[$0] }
            for (place, position) in zip(repeated, drawn) { own[place] = candidates[position] }
        }
        return pairing == .published ? moved : own
    }
}
