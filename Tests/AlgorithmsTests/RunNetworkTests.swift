import Algorithms
import PolicyOptimisation
import SafeRL
import Testing

/// What a run offers to be verified is what the run computes: bounds hold the single-precision results of its own policy.
@Suite struct RunNetworkTests {
    private static let observations = 10_000
    private typealias Rows = [[Float]]

    /// Random rows of numbers between −2 and 2.
    private static func rows(of size: Int) -> Rows {
        var stream = RandomStream(seed: 31, for: .testing)
        return (0..<observations).map { _ in (0..<size).map { _ in stream.nextUniform(in: -2..<2) } }
    }

    private static func stored<A: Algorithm>(_ algorithm: A) throws -> CheckpointReader {
        var writer = CheckpointWriter()
        try algorithm.save(to: &writer)
        return try CheckpointReader(of: writer)
    }

    /// Data whose observations are far from 0 and of different widths, so that leaving their normalisation out shows.
    private static func data() throws -> TransitionDataset {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        return data
    }

    /// Holds results against bounds of the whole box and of single points; `clip` is what the run does to the network's outputs.
    private static func expect(
        _ network: VerifiableNetwork, _ inputs: Rows, give outputs: Rows,
        clip: (Double) -> Double = { $0 }
    ) {
        let reach = inputs.reduce(0) { max($0, $1.reduce(0) { max($0, abs($1)) }) }
        let side = ClosedInterval(-Double(reach), Double(reach))
        let box = [ClosedInterval](repeating: side, count: network.inputs)
        let whole = OutputBounds.over(box, network, .float32)
        var outside = 0
        for row in outputs {
            outside += zip(row, whole).count { Double($0) < clip($1.low) || Double($0) > clip($1.high) }
        }
        #expect(outside == 0)
        for index in stride(from: 0, to: inputs.count, by: 50) {
            let point = inputs[index].map { ClosedInterval(Double($0), Double($0)) }
            for (value, bound) in zip(outputs[index], OutputBounds.over(point, network, .float32)) {
                let (low, high) = (clip(bound.low), clip(bound.high))
                #expect(Double(value) >= low && Double(value) <= high, "\(value) in \(bound)")
                #expect(high - low < 1e-3 * max(1, abs(low)), "bounds of a point are wide: \(bound)")
            }
        }
    }

    private static func split(_ values: [Float], _ size: Int) -> Rows {
        stride(from: 0, to: values.count, by: size).map { Array(values[$0..<$0 + size]) }
    }

    private static func unit(_ x: Double) -> Double { min(max(x, -1), 1) }

    private static func network<A: Algorithm>(
        _ name: String, _ type: A.Type, _ c: A.Configuration, _ reader: CheckpointReader
    ) throws -> VerifiableNetwork {
        try RunNetwork.named(name, among: A.networks(c, from: reader), of: "run")
    }

    @Test func theActorOfBehaviourCloningIsItsPolicy() throws {
        let c = BehaviourCloning.Configuration.with { ($0.rows, $0.widths) = (16, [24, 24]) }
        let bc = try BehaviourCloning(c, on: try Self.data(), seed: 3)
        for _ in 0..<5 { _ = try bc.stages(steps: 5)[0].update() }
        let inputs = Self.rows(of: 3)
        let acted = try actions(of: bc.makePolicy(), for: inputs.flatMap { $0 })
        Self.expect(
            try Self.network("actor", BehaviourCloning.self, c, try Self.stored(bc)), inputs,
            give: Self.split(acted, 2))
    }

    @Test(arguments: [false, true]) func theFeasibilityValueOfFISORIsThatOfItsPolicy(_ isCostValue: Bool)
        throws
    {
        var c = FISOR.Configuration.tiny
        if isCostValue { c.objective = .costValue(.init()) }
        let fisor = try FISOR(c, on: try Self.data(), seed: 3)
        let stage = fisor.stages(steps: 5)[0]
        for _ in 0..<5 { _ = try stage.update() }
        let inputs = Self.rows(of: 3)
        let policy = try fisor.makePolicy()
        let seen = inputs.flatMap { $0 }
        let judged = policy.feasibilityValues(of: seen.span)
        let values = try #require(judged)
        Self.expect(
            try Self.network("vh", FISOR.self, c, try Self.stored(fisor)), inputs,
            give: Self.split(values, 1))
    }

    @Test func theActorOfTheFlowIsItsPolicyOfOneDraw() throws {
        let c = FISOR.Configuration.tinyFlow
        let fisor = try FISOR(c, on: try Self.data(), seed: 3)
        let stage = fisor.stages(steps: 5)[0]
        for _ in 0..<5 { _ = try stage.update() }
        let seen = Self.rows(of: 3)
        let acted = try actions(of: fisor.makePolicy(), for: seen.flatMap { $0 })
        // What `actions` draws for each row.
        let inputs = seen.enumerated().map { index, row in
            var stream = RandomStream(seed: 0, for: .action, index: UInt32(index))
            var noise: [Float] = [0, 0]
            noise.withUnsafeMutableBufferPointer { stream.fillNormal($0) }
            return row + noise
        }
        Self.expect(
            try Self.network("actor", FISOR.self, c, try Self.stored(fisor)), inputs,
            give: Self.split(acted, 2), clip: Self.unit)
    }

    @Test func theHeadsOfCAPSAreItsProposals() throws {
        let c = CAPS.Configuration.with { ($0.rows, $0.widths, $0.heads) = (16, [12, 12], 2) }
        let data = try Self.data()
        let caps = try CAPS(c, on: data, seed: 3)
        let stage = caps.stages(steps: 5)[0]
        for _ in 0..<5 { _ = try stage.update() }
        let inputs = Self.rows(of: 3)
        let policy = try #require(try caps.makePolicy() as? SwitchingPolicy)
        let seen = Tensor(inputs.count, 3)
        for (index, value) in inputs.joined().enumerated() { seen.buffer[index] = value }
        data.transforms.normalise(observations: seen.buffer)
        let proposals = policy.proposals(in: seen)
        let reader = try Self.stored(caps)
        for (head, proposal) in proposals.enumerated() {
            Self.expect(
                try Self.network("head\(head)", CAPS.self, c, reader), inputs,
                give: Self.split(Array(proposal.action.values), 2))
        }
    }

    @Test func theMeanOfPPOIsItsPolicyBeforeItIsClipped() throws {
        var c = OnPolicy<PPOLagrangianMethod>.Configuration()
        (c.costLimit, c.rollout.steps, c.rollout.slots) = (3, 400, 4)
        (c.policy.widths, c.values.widths) = ([8], [8])
        let ppo = try OnPolicy(
            c, on: try Interaction(NamedEnvironment(PushedPoint.self), slots: 4), seed: 3)
        for _ in 0..<3 { _ = try ppo.update() }
        let inputs = Self.rows(of: 1).map { $0.map { 20 * $0 } }  // far enough for the scale to clip
        let acted = try actions(of: ppo.makePolicy(), for: inputs.flatMap { $0 })
        Self.expect(
            try Self.network("actor", OnPolicy<PPOLagrangianMethod>.self, c, try Self.stored(ppo)), inputs,
            give: Self.split(acted, 1), clip: Self.unit)
    }

    @Test func aNameThatARunLacksIsAnsweredWithThoseItHas() throws {
        let fisor = try FISOR(.tiny, on: try Self.data(), seed: 3)
        let reader = try Self.stored(fisor)
        let error = #expect(throws: VerificationError.self) {
            try Self.network("vq", FISOR.self, .tiny, reader)
        }
        #expect(error?.description == "run: no network \"vq\". It has vh, vr, qh, qr.")
    }
}
