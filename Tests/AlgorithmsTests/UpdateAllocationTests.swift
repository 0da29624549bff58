import Algorithms
import Environments
import SafeRL
import TestSupport
import Testing

/// How often whole updates allocate memory once their buffers have grown; roll-outs and responses are new arrays each time.
@Suite struct WholeUpdateAllocationTests {
    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateOfThePolicyInTheGuardedModelAllocatesLittle() throws {
        let options = Field.options { $0.guardian = .count() }
        let ogsrl = try OGSRL(options, on: Field.recordings(episodes: 200), seed: 1)
        let stages = ogsrl.stages(steps: 12)
        for stage in stages.dropLast() { while !stage.isComplete { _ = try stage.update() } }
        let policy = try #require(stages.last)
        for _ in 0..<4 { _ = try policy.update() }
        let count = try MallocCounter.count { _ = try policy.update() }
        #expect(count <= 1400, "\(count) allocations")
    }

    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateOfACandidateAllocatesLittle() throws {
        let hcrlhf = try HCRLHF(TinyLanguage.task(), on: LanguageData(HazardTokens.self), seed: 1)
        let candidate = try #require(hcrlhf.stages(steps: 12).first { $0.name == "candidate" })
        for _ in 0..<4 { _ = try candidate.update() }
        let count = try MallocCounter.count { _ = try candidate.update() }
        #expect(count <= 240, "\(count) allocations")
    }
}
