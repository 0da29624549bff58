import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// A FISOR of the golden set's sizes and weights; every size is read from the set's own files.
struct GoldenFISOR {
    let settings: [String: Double]
    let criticWidths: [Int], timeWidths: [Int]
    let scalars: [String: [[String: [String: Double]]]]
    let units: [String: Any]
    let networks: GoldenFile

    init() throws {
        let path = Golden.directory("fisor").appendingPathComponent("scalars.json")
        let root = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        let config = try #require(root["config"] as? [String: Any])
        settings = config.compactMapValues { ($0 as? NSNumber)?.doubleValue }
        criticWidths = try #require(config["ch"] as? [Int])
        timeWidths = try #require(config["cond"] as? [Int])
        scalars = try #require(root["scalars"] as? [String: [[String: [String: Double]]]])
        units = try #require(root["units"] as? [String: Any])
        networks = try Golden.file("fisor", "networks.safetensors")
    }

    func number(_ key: String) throws -> Float { Float(try #require(settings[key])) }
    func integer(_ key: String) throws -> Int { Int(try #require(settings[key])) }

    func configuration(policyRows: Int, criticRows: Int, dropout: Bool) throws -> FISOR.Configuration {
        var c = FISOR.Configuration()
        (c.criticWidths, c.timeWidths) = (criticWidths, timeWidths)
        (c.width, c.blocks, c.timeFeatures) = (try integer("sh"), try integer("nb"), try integer("td"))
        (c.diffusionSteps, c.candidates) = (try integer("T"), try integer("N"))
        (c.discount, c.rewardExpectile, c.feasibilityExpectile) = (
            try number("disc"), try number("er"), try number("ec")
        )
        (c.rewardTemperature, c.feasibilityTemperature) = (try number("rt"), try number("ct"))
        (c.feasibilityWeightCap, c.violation) = (try number("ub"), try number("hpos"))
        (c.learningRate, c.policyDecayUpdates) = (try number("lr"), try integer("decay"))
        (c.criticTargetRate, c.policyTargetRate) = (try number("tau"), try number("atau"))
        (c.temperature, c.dropout) = (try number("temp"), dropout ? try number("drop") : 0)
        (c.policyRows, c.policyUpdates, c.criticRows) = (policyRows, 2, criticRows)
        return c
    }

    /// Learners with the set's starting weights.
    func fisor(policyRows: Int, criticRows: Int, dropout: Bool) throws -> FISOR {
        let (o, a) = (try integer("obs"), try integer("act"))
        var columns = TransitionColumns(observationSize: o, actionSize: a)
        let zeros = [Float](repeating: 0, count: max(o, a))
        columns.append(
            observation: zeros.prefix(o).map { $0 }, action: zeros.prefix(a).map { $0 },
            nextObservation: zeros.prefix(o).map { $0 }, reward: 0, cost: 0, terminated: true,
            truncated: false)
        let fisor = try FISOR(
            try configuration(policyRows: policyRows, criticRows: criticRows, dropout: dropout),
            on: try TransitionDataset(columns), seed: 0)
        try load(fisor)
        return fisor
    }

    func load(_ fisor: FISOR) throws {
        try copy("param.score", networks, to: fisor.policy, .weights)
        try copy("param.score_target", networks, to: fisor.policy, .target)
        try copy("param.q", networks, to: fisor.qr, .weights)
        try copy("param.q_target", networks, to: fisor.qr, .target)
        try copy("param.qh", networks, to: fisor.qh, .weights)
        try copy("param.qh_target", networks, to: fisor.qh, .target)
        try copy("param.v", networks, to: fisor.vr, .weights)
        try copy("param.vh", networks, to: fisor.vh, .weights)
    }

    func copy<Body>(_ prefix: String, _ file: GoldenFile, to learner: Learner<Body>, _ role: LearnerRole)
        throws
    {
        for entry in learner.layout.entries {
            _ = learner.elements(entry, role).update(
                fromContentsOf: try Self.values(prefix, entry.name, file))
        }
    }

    /// Values of one of our parameters in the set, where ensemble members are stacked.
    static func values(_ prefix: String, _ name: String, _ file: GoldenFile) throws -> [Float] {
        let parts = name.split(separator: ".", maxSplits: 1)
        guard let member = Int(parts[0]) else { return try file.floats("\(prefix).\(name)") }
        let stacked = "\(prefix).\(parts[1])"
        let all = try file.floats(stacked)
        let each = all.count / (try #require(try file.shape(stacked).first))
        return Array(all[member * each..<(member + 1) * each])
    }
}

/// Expects every parameter of a learner to agree, relative to the largest magnitude in the same array of the set.
func expectAgreement<Body>(
    _ learner: Learner<Body>, _ role: LearnerRole, _ prefix: String, _ file: GoldenFile,
    within tolerance: Double,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for entry in learner.layout.entries {
        let parts = entry.name.split(separator: ".", maxSplits: 1)
        let array = Int(parts[0]) == nil ? "\(prefix).\(entry.name)" : "\(prefix).\(parts[1])"
        let scale = try file.floats(array).map { abs($0) }.max() ?? 0
        let expected = try GoldenFISOR.values(prefix, entry.name, file)
        let actual = Array(learner.elements(entry, role))
        let error = zip(actual, expected).map { Double(abs($0 - $1)) }.max() ?? 0
        #expect(
            error <= tolerance * Double(max(scale, .leastNormalMagnitude)), "\(prefix).\(entry.name)",
            sourceLocation: sourceLocation)
    }
}

/// Expects values to agree, relative to the largest magnitude expected.
func expectAgreement(
    _ actual: some Collection<Float>, _ expected: [Float], within tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let error = relativeError(actual, expected)
    #expect(error <= tolerance, "\(what): \(error)", sourceLocation: sourceLocation)
}
