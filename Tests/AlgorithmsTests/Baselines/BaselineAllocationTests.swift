import Algorithms
import SafeRL
import TestSupport
import Testing

/// How often updates of the baselines allocate memory once their buffers have grown.
@Suite(.serialized) struct BaselineAllocationTests {
    /// One update of a learner by name.
    private static func update(_ name: String) throws -> () throws -> Void {
        let data = try randomTransitions()
        switch name {
        case BCQLag.name:
            let learner = try BCQLag(.tiny, on: data, seed: 1)
            return { _ = try learner.update() }
        case CPQ.name:
            let learner = try CPQ(.tiny, on: data, seed: 1)
            return { _ = try learner.update() }
        case COptiDICE.name:
            let learner = try COptiDICE(.tiny, on: data, seed: 1)
            return { _ = try learner.update() }
        case BEARLag.name:
            let learner = try BEARLag(.tiny, on: data, seed: 1)
            return { _ = try learner.update() }
        default: throw OptionIssue("algorithm", "no \(name) here. Add it.")
        }
    }

    @Test(
        .enabled(if: MallocCounter.worksInRelease, "needs a release build"),
        arguments: [BCQLag.name, CPQ.name, COptiDICE.name, BEARLag.name])
    func anUpdateAllocatesNothing(_ name: String) throws {
        let update = try Self.update(name)
        for _ in 0..<4 { try update() }
        let count = try MallocCounter.fewest { for _ in 0..<5 { try update() } }
        #expect(count == 0, "\(count) allocations in five updates")
    }
}
