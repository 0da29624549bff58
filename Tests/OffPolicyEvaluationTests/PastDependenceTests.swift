import OffPolicyEvaluation
import Replay
import Tensors
import Testing

/// Whether the past says something that the present does not.
@Suite struct PastDependenceTests {
    /// Rows of ten presents; the response depends on the present, and for some of the rows on the second column of the past.
    private func dependence(_ rows: Int, share: Double, seed: UInt64) -> PastDependence? {
        var stream = RandomStream(seed: seed, for: .testing)
        var (present, response, first, second) = ([Int](), [Int](), [Int](), [Int]())
        for _ in 0..<rows {
            let state = stream.nextInteger(below: 10)
            let past = (stream.nextInteger(below: 3), stream.nextInteger(below: 2 + state % 2))
            let own = Double(stream.nextUniform()) < 0.2 ? 2 : state % 2
            present.append(state)
            first.append(past.0)
            second.append(past.1)
            response.append(Double(stream.nextUniform()) < share ? past.1 : own)
        }
        return PastDependence(
            of: [CategoryColumn("response", response)],
            on: [CategoryColumn("first", first), CategoryColumn("second", second)], given: present, seed: seed
        )
    }

    /// At most 5 % of 300 are expected; 33 or more have a probability below 10⁻⁵ at exactly that.
    @Test func whereThePresentSaysAllItRarelyRejects() {
        let rejected = (0..<300).count { (dependence(200, share: 0, seed: UInt64($0))?.p ?? 1) <= 0.05 }
        #expect(rejected < 33, "\(rejected)")
    }

    @Test func aDependenceIsFoundAndNamed() throws {
        for seed in 0..<20 {
            let found = try #require(dependence(2000, share: 0.15, seed: UInt64(seed)))
            #expect(found.p == 1 / 200.0 && found.past == "second" && found.response == "response")
            #expect(found.rows == 2000 && found.strata == 10)
        }
    }

    @Test func rowsThatAllDifferSayNothing() {
        let column = CategoryColumn("x", distinct: [0.5, 0.25, 0.5])
        #expect(column.values == [0, 1, 0])
        #expect(PastDependence(of: [column], on: [column], given: [0, 1, 2], seed: 1) == nil)
    }
}
