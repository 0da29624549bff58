import SafeRL
import Tensors
import Testing

/// A bead on a rail that moves by what it is told; leaves a trail.
struct Bead: Environment {
    static let name = "bead"
    static let frameRate: Int? = 10
    var observationSpace: Space { .box(1, in: -.infinity ... .infinity) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 12 }
    var place = 0.0

    var scene: Scene? {
        var scene = Scene(x: -10...10, y: -1...1)
        scene.add(.trail(x: place, y: 0, width: 0.5), .blue)
        return scene
    }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        place = Double(stream.nextUniform(in: -1..<1))
        observation[0] = Float(place)
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        place += Double(action[0])
        observation[0] = Float(place)
        return StepOutcome(
            reward: action[0], cost: place < 0 ? 1 : 0, end: place > 6 ? .terminated : nil)
    }
}

@Suite struct SceneTrailTests {
    private func reset(_ beads: EnvironmentVector<Bead>, _ slots: [Int]) throws {
        var observations = [Float](repeating: 0, count: slots.count)
        var span = observations.mutableSpan
        try beads.reset(slots, seeds: slots.map { UInt64($0) }, observations: &span)
    }

    private func step(_ beads: EnvironmentVector<Bead>, _ slots: [Int], _ actions: [Float]) throws {
        var observations = [Float](repeating: 0, count: slots.count)
        var span = observations.mutableSpan
        _ = try beads.step(slots, actions: actions.span, observations: &span)
    }

    /// Pixels that are not white.
    private func drawn(_ frame: Frame?) throws -> Int {
        let pixels = try #require(frame).pixels
        return stride(from: 0, to: pixels.count, by: 3).count { pixels[$0] < 255 }
    }

    @Test func aTrailGrowsFromTheStartOfTheEpisodeWhetherOrNotItIsLookedAt() throws {
        let (beads, others) = (
            EnvironmentVector(Bead.self, slots: 2, drawsFrames: true),
            EnvironmentVector(Bead.self, slots: 2, drawsFrames: true)
        )
        for vector in [beads, others] { try reset(vector, [0, 1]) }
        let dot = try drawn(beads.frame(of: 0))
        var before = dot
        for _ in 0..<4 {
            for vector in [beads, others] { try step(vector, [0], [1]) }
            let now = try drawn(beads.frame(of: 0))
            // A metre is 24 pixels, the line is 12 pixels wide.
            #expect(now - before > 200 && now - before < 400)
            before = now
        }
        #expect(try others.frame(of: 0) == beads.frame(of: 0))
        #expect(try drawn(beads.frame(of: 1)) < 2 * dot)
        try reset(beads, [0])
        #expect(try drawn(beads.frame(of: 0)) == dot)
    }

    @Test func onlyWhoAsksForFramesGetsThem() throws {
        let beads = EnvironmentVector(Bead.self, slots: 1)
        try reset(beads, [0])
        #expect(try beads.frame(of: 0) == nil)
        #expect(beads.frameRate == 10)
    }
}
