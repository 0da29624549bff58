import Algorithms
import SafeRL
import Testing

/// Which rows BC-Safe learns from.
@Suite struct BehaviourCloningEpisodesTests {
    /// Episodes of every kind, and rows after the last end.
    ///
    /// Rows 0–2: cost 0, terminated. 3–5: cost 2, timed out. 6–9: cost 3, terminated. 10–11: cost 2, ended both ways.
    /// 12: cost 5, timed out. 13–15: cost 1, cut by the end of the recording. 16–18: no end, cost 0.
    private static func mixed(tail: Int = 3) throws -> TransitionDataset {
        let costs: [Float] =
            [0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0, 2, 5, 0, 0, 1] + .init(repeating: 0, count: tail)
        return try numberedTransitions(costs: costs, terminals: [2, 9, 11], timeouts: [5, 11, 12, 15])
    }

    private static func kept(_ c: BehaviourCloning.Configuration, of data: TransitionDataset) throws -> [Int]
    {
        try BehaviourCloning(c, on: data, seed: 1).kept.map { Int($0) }
    }

    @Test(
        arguments: [
            (0, [0..<3]), (0.5, [0..<3]), (1, [0..<3, 13..<16]), (2, [0..<6, 10..<12, 13..<16]),
            (3, [0..<12, 13..<16]), (5, [0..<16]),
        ] as [(Float, [Range<Int>])])
    func wholeEpisodesWithinTheLimitAreKeptAndNothingElse(_ limit: Float, _ rows: [Range<Int>]) throws {
        #expect(try Self.kept(.safe(limit), of: Self.mixed()) == rows.flatMap { Array($0) })
    }

    @Test func withoutSelectionEveryRowIsDrawnFrom() throws {
        #expect(try Self.kept(.init(), of: Self.mixed()) == Array(0..<19))
        #expect(try BehaviourCloning(.init(), on: try Self.mixed(), seed: 1).selection == nil)
    }

    @Test func batchesHoldAllRowsThatAreKeptAndNoOther() throws {
        let data = try Self.mixed()
        let bc = try BehaviourCloning(.safe(2), on: data, seed: 1)
        bc.drawBatch()
        let seen = (0..<bc.batch.rows).map { bc.batch.observations[$0, 0] }
        #expect(seen == bc.batch.indices.map { Float($0) })  // an observation is its row's number
        #expect(Set(seen) == Set(bc.kept.map { Float($0) }))
        // 512 uniform draws of 11 rows: a count is 46.5 on average with a deviation of 6.5.
        for row in bc.kept { #expect(abs(bc.batch.indices.count { $0 == row } - 46) < 33) }
    }

    @Test func roundingOfStoredCostsDoesNotMoveTheLimit() throws {
        // In double precision ten times 0.1 (a Float) are 1.0000000149.
        let data = try numberedTransitions(costs: .init(repeating: 0.1, count: 10), timeouts: [9])
        #expect(try Self.kept(.safe(1), of: data).count == 10)
        #expect(throws: OptionIssue.self) { try Self.kept(.safe(Float(1).nextDown), of: data) }
    }

    @Test func whatIsKeptIsSaidInOneLine() throws {
        func line(_ limit: Float, tail: Int) throws -> String? {
            try BehaviourCloning(.safe(limit), on: try Self.mixed(tail: tail), seed: 1).selection
        }
        #expect(
            try line(2, tail: 3)
                == "4 of 6 episodes, 11 of 19 transitions: those whose cost is at most 2; 3 after the last end are left out"
        )
        #expect(
            try line(0.5, tail: 0)
                == "1 of 6 episodes, 3 of 16 transitions: those whose cost is at most 0.5")
    }

    @Test func anEmptySelectionNamesTheSmallestCost() throws {
        let data = try numberedTransitions(costs: [4, 0, 2.7, 1, 0, 0], timeouts: [1, 3])
        let issue = OptionIssue(
            "episodes.costLimit",
            "none of the 2 episodes costs so little: the smallest cost is 3.7. Raise it to that or more, or set "
                + "episodes to \"all\".")
        #expect(throws: issue) { try Self.kept(.safe(3.6), of: data) }
        // The number it names does keep an episode.
        #expect(try Self.kept(.safe(3.7), of: data) == [2, 3])
    }
}
