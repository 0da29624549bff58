import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// One learner of the set of baselines: its arrays, and sizes and figures from the set's own `scalars.json`.
struct GoldenBaseline {
    let file: GoldenFile
    /// Sizes that all learners share.
    let sizes: [String: Any]
    /// What is this learner's own.
    let own: [String: Any]
    /// What is known before the first update.
    let start: [String: Double]
    /// Losses and statistics of each update.
    let steps: [[String: Double]]

    /// Reads a learner's file.
    ///
    /// - Parameters:
    ///   - name: such as `bcql`.
    ///   - key: its key under `config`; its name unless given.
    ///   - number: its place where there are several of that key.
    /// - Throws: what reading throws.
    init(_ name: String, key: String? = nil, number: Int? = nil) throws {
        file = try Golden.file("baselines", name + ".safetensors")
        let path = Golden.directory("baselines").appendingPathComponent("scalars.json")
        let root = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        sizes = try #require(root["config"] as? [String: Any])
        let several = sizes[key ?? name]
        own = try #require(number.flatMap { (several as? [[String: Any]])?[$0] } ?? several as? [String: Any])
        let figures = try #require(root[name] as? [String: Any])
        start = figures["start"] as? [String: Double] ?? [:]
        steps = try #require(figures["steps"] as? [[String: Double]])
    }

    func number(_ key: String) throws -> Float {
        Float(try #require((own[key] ?? sizes[key]) as? NSNumber, "\(key)").doubleValue)
    }
    func integer(_ key: String) throws -> Int {
        try #require((own[key] ?? sizes[key]) as? NSNumber, "\(key)").intValue
    }
    func widths(_ key: String) throws -> [Int] { try #require(sizes[key] as? [Int], "\(key)") }
    func word(_ key: String) throws -> String { try #require(own[key] as? String, "\(key)") }
    func rate(_ key: String) throws -> Float {
        Float(try #require((own["lr"] as? [String: Double])?[key], "\(key)"))
    }

    /// What all baselines share, at rewards times 1.
    func shared() throws -> OfflineSettings {
        var c = OfflineSettings()
        (c.rows, c.rewardScale, c.discount) = (try integer("rows"), 1, try number("gamma"))
        (c.costLimit, c.episodeLength) = (try number("cost_limit"), try integer("episode_len"))
        (c.actorRate, c.actorWidths) = (try rate("actor"), try widths("actor"))
        return c
    }

    /// What those with critics share.
    func critics() throws -> CriticSettings {
        var c = CriticSettings()
        (c.criticRate, c.autoencoderRate) = (try rate("critic"), try rate("vae"))
        (c.targetRate, c.divergenceWeight) = (try number("tau"), try number("beta"))
        (c.criticWidths, c.autoencoderWidth) = (try widths("critic"), try integer("vae"))
        (c.rewardMembers, c.costMembers) = (try integer("num_q"), try integer("num_qc"))
        return c
    }

    /// What those with a PID multiplier share.
    func lagrangian() throws -> LagrangianSettings {
        var c = LagrangianSettings()
        (c.samples, c.smallerShare) = (try integer("samples"), try number("lmbda"))
        let gains = try #require(own["PID"] as? [Double]).map { Float($0) }
        (c.proportionalGain, c.integralGain, c.derivativeGain) = (gains[0], gains[1], gains[2])
        return c
    }

    /// A data set of the set's sizes, of one row; what is learned from are the set's batches.
    func data() throws -> TransitionDataset {
        let (o, a) = (try integer("obs"), try integer("act"))
        var columns = TransitionColumns(observationSize: o, actionSize: a)
        let state = [Float](repeating: 0, count: o)
        columns.append(
            observation: state, action: [Float](repeating: 0, count: a), nextObservation: state, reward: 0,
            cost: 0, terminated: true, truncated: false)
        return try TransitionDataset(columns)
    }

    /// Puts an array of the set into a tensor's memory.
    func put(_ name: String, into buffer: UnsafeMutableBufferPointer<Float>) throws {
        let values = try file.floats(name)
        try #require(values.count == buffer.count, "\(name)")
        _ = buffer.update(fromContentsOf: values)
    }

    /// Puts the batch of an update in place; what the set calls done ends an episode.
    func put(_ step: Int, into batch: TransitionBatch) throws {
        for (name, buffer) in [
            ("observations", batch.observations.buffer), ("actions", batch.actions.buffer),
            ("next_observations", batch.nextObservations.buffer), ("rewards", batch.rewards.buffer),
            ("costs", batch.costs.buffer), ("done", batch.terminated.buffer),
        ] { try put("in.step\(step).\(name)", into: buffer) }
        batch.truncated.buffer.update(repeating: 0)
    }

    /// The array of the set that one of our parameters is part of, and which part: members of an ensemble are stacked.
    func place(_ prefix: String, _ name: String) throws -> (array: String, range: Range<Int>) {
        let parts = name.split(separator: ".")
        let array = ([prefix] + parts.filter { Int($0) == nil }.map(String.init)).joined(separator: ".")
        let shape = try file.shape(array)
        let all = shape.reduce(1, *)
        guard let member = parts.lazy.compactMap({ Int($0) }).first else { return (array, 0..<all) }
        let each = all / shape[0]
        return (array, member * each..<(member + 1) * each)
    }

    /// Puts weights of the set, and averages where there are any, into networks.
    func load(_ networks: [GoldenNetwork]) throws {
        for network in networks { try network.load(self) }
    }

    /// Expects networks to agree after the first update and after the last.
    ///
    /// - Parameters:
    ///   - moved: compared in gradients and moments too.
    ///   - all: compared in weights and averages; those that are moved unless given.
    ///   - update: makes an update on the rows and draws of the set, and compares its figures.
    ///   - check: compares what else there is of the first.
    /// - Throws: what reading the set throws.
    func expectUpdates(
        of moved: [GoldenNetwork], all: [GoldenNetwork]? = nil, _ update: (Int) throws -> Void,
        afterFirst check: () throws -> Void
    ) throws {
        func expect(_ networks: [GoldenNetwork], _ role: LearnerRole, _ prefix: String, _ tolerance: Double)
            throws
        {
            for network in networks { try network.expect(self, role, prefix, tolerance) }
        }
        let (all, tolerance) = (all ?? moved, BaselineTolerance.parameters)
        for step in 0..<(try integer("steps")) {
            try update(step)
            guard step == 0 else { continue }
            try check()
            try expect(moved, .gradient, "grad", BaselineTolerance.gradients)
            for role in [LearnerRole.weights, .target] { try expect(all, role, "after1", tolerance) }
        }
        for role in [LearnerRole.weights, .target] { try expect(all, role, "after3", tolerance) }
        try expect(moved, .firstMoment, "after3.adam.m", BaselineTolerance.moments)
        try expect(moved, .secondMoment, "after3.adam.v", BaselineTolerance.moments)
    }

    /// Puts weights of the set into a learner.
    func load<Body>(_ prefix: String, into learner: Learner<Body>, _ role: LearnerRole = .weights) throws {
        for entry in learner.layout.entries {
            let place = try place(prefix, entry.name)
            let values = try file.floats(place.array)[place.range]
            try #require(values.count == entry.shape.count, "\(prefix).\(entry.name)")
            _ = learner.elements(entry, role).update(fromContentsOf: values)
        }
    }

    /// Expects all parameters of a learner to agree, relative to the largest magnitude in the same array of the set.
    func expect<Body>(
        _ learner: Learner<Body>, _ role: LearnerRole, _ prefix: String, within tolerance: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for entry in learner.layout.entries {
            let place = try place(prefix, entry.name)
            let all = try file.floats(place.array)
            let scale = Double(max(all.map { abs($0) }.max() ?? 0, .leastNormalMagnitude))
            let error =
                zip(learner.elements(entry, role), all[place.range]).map { Double(abs($0 - $1)) }.max() ?? 0
            #expect(
                error <= tolerance * scale, "\(prefix).\(entry.name): \(error / scale)",
                sourceLocation: sourceLocation)
        }
    }

    /// Expects figures of an update to agree with those of the set's names.
    func expect(
        _ figures: [String: Float], ofStep step: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for (key, value) in figures.sorted(by: { $0.key < $1.key }) {
            let expected = Float(try #require(steps[step][key], "\(key)"))
            expectAgreement(
                [value], [expected], within: 3e-5, "\(key) of update \(step)", sourceLocation: sourceLocation)
        }
    }

    /// Expects numbers to agree with an array of the set.
    func expect(
        _ values: some Collection<Float>, _ name: String, within tolerance: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try file.floats(name)
        try #require(values.count == expected.count, "\(name)")
        expectAgreement(values, expected, within: tolerance, name, sourceLocation: sourceLocation)
    }

    /// Expects what a policy does, with and without noise, to agree.
    func expectActions(of policy: any Policy, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let (states, tolerance) = (try file.floats("act.obs"), BaselineTolerance.actions)
        try expect(
            try actions(of: policy, for: states), "act.deterministic", within: tolerance,
            sourceLocation: sourceLocation)
        let squashed = try #require(policy as? SquashedPolicy)
        let drawn = squashed.draws(for: states, noise: try file.floats("act.noise"))
        try expect(drawn.actions, "act.sample", within: tolerance, sourceLocation: sourceLocation)
        try expect(drawn.logDensities, "act.log_prob", within: tolerance, sourceLocation: sourceLocation)
    }
}

/// A learner with its name in the set.
struct GoldenNetwork {
    let load: (GoldenBaseline) throws -> Void
    /// Expects one role to agree with the arrays of a prefix; of a learner without averages nothing for those.
    let expect: (GoldenBaseline, LearnerRole, _ prefix: String, _ tolerance: Double) throws -> Void

    init<Body>(_ name: String, _ learner: Learner<Body>) {
        load = {
            try $0.load("param.\(name)", into: learner)
            if learner.hasTarget { try $0.load("param.\(name)_target", into: learner, .target) }
        }
        expect = { golden, role, prefix, tolerance in
            let suffix = role == .target ? "_target" : ""
            guard role != .target || learner.hasTarget else { return }
            try golden.expect(learner, role, "\(prefix).\(name)\(suffix)", within: tolerance)
        }
    }
}

/// How far numbers may be from the set's, as its README suggests.
enum BaselineTolerance {
    static let targets = 2e-5, actions = 1e-5, gradients = 5e-5, parameters = 2e-5, moments = 1e-4
}
