import Replay
import Tensors
import Testing

/// Gives the numbers it was made with for returns, and the first candidate for everything else.
private struct FixedDraws: DataDraws {
    let shares: [Double]

    mutating func sample(_ count: Int, of candidates: [Int]) -> [Int] { Array(candidates.prefix(count)) }
    mutating func integers(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
    mutating func positions(_ count: Int, weights: [Double]) -> [Int] { Array(repeating: 0, count: count) }
    mutating func uniforms(_ count: Int) -> [Double] { Array(shares.prefix(count)) }
    mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Float>) { values.update(repeating: 0) }
}

@Suite struct RelabellingTests {
    /// Costs 0, 1, 3 and returns 0, 10, 5; a polynomial of degree 0 through the front is 5.
    private static let outcomes = [(0, 0), (1, 10), (3, 5)].map { EpisodeOutcome(cost: $0.0, reward: $0.1) }

    private static func relabelling(_ pairing: EpisodeRelabelling.Pairing) -> EpisodeRelabelling {
        var relabelling = EpisodeRelabelling(maxReward: 10, maxRewardDecrease: 1)
        (relabelling.share, relabelling.degree, relabelling.minReward) = (1.34, 0, -5)
        relabelling.grid = EpisodeGrid(costBins: 1, returnBins: 1, most: 9, least: 0)
        relabelling.pairing = pairing
        return relabelling
    }

    /// Targets of cost 0, 1, 2, 3 and return 0, 10, 0, 10 are nearest to episodes 0, 1, 0, 1.
    @Test(arguments: [
        (EpisodeRelabelling.Pairing.published, [0, 0, 1, 1]), (.corrected, [0, 1, 0, 1]),
    ])
    func publishedPairsSlipBehindTheFirstRepetition(
        _ pairing: EpisodeRelabelling.Pairing, _ episodes: [Int]
    ) throws {
        var draws = FixedDraws(shares: [0, 1, 0, 1])
        let choice = try Self.relabelling(pairing).choose(among: Self.outcomes, using: &draws)
        #expect(choice.kept == [0, 1, 2])
        #expect(choice.frontier.map { ($0 * 1e9).rounded() } == [5e9])
        #expect(choice.targets.map(\.cost) == [0, 1, 2, 3])
        #expect(choice.targets.map { ($0.reward * 1e9).rounded() } == [0, 10e9, 0, 10e9])
        #expect(choice.targets.map(\.episode) == episodes)
    }

    @Test func tooFewEpisodesGiveNoCopies() throws {
        var draws = FixedDraws(shares: [])
        var relabelling = Self.relabelling(.corrected)
        relabelling.share = 0.2
        #expect(try relabelling.choose(among: Self.outcomes, using: &draws).targets.isEmpty)
        relabelling.grid = EpisodeGrid(costBins: 9, returnBins: 9, most: 9, least: 2)
        #expect(try relabelling.choose(among: Self.outcomes, using: &draws).kept.isEmpty)
    }

    /// A curve through points that lie on it.
    @Test func aPolynomialOfTheFrontGoesThroughIt() throws {
        var relabelling = Self.relabelling(.corrected)
        relabelling.degree = 2
        let outcomes: [EpisodeOutcome] = [3, 8, 15, 24, 35].enumerated().map {
            EpisodeOutcome(cost: Float($0.offset), reward: $0.element)
        }
        var draws = FixedDraws(shares: Array(repeating: 0, count: 9))
        let frontier = try relabelling.choose(among: outcomes, using: &draws).frontier
        #expect(zip(frontier, [1, 4, 3]).allSatisfy { abs($0 - $1) < 1e-9 })
    }
}
