import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// The set of the newer baselines: one method's arrays, and its part of `newer.json`, where all sizes are.
struct GoldenNewer {
    let file: GoldenFile
    /// What is common to the methods, and the method's own settings.
    let config: [String: Any], own: [String: Any]
    /// What the method reported, by update.
    let steps: [[String: Double]]
    /// Everything else that is said of the method.
    let facts: [String: Any]

    init(_ name: String) throws {
        let path = Golden.directory("baselines").appendingPathComponent("newer.json")
        let root = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        config = try #require(root["config"] as? [String: Any])
        own = try #require(config[name] as? [String: Any])
        facts = try #require(root[name] as? [String: Any])
        steps = try #require(facts["steps"] as? [[String: Double]])
        file = try Golden.file("baselines", "\(name).safetensors")
    }

    /// A number of the method, else of what is common; a dot leads into a group.
    func number(_ key: String) throws -> Double {
        var (values, keys) = (own, key.split(separator: ".").map(String.init))
        while keys.count > 1 { values = try #require(values[keys.removeFirst()] as? [String: Any], "\(key)") }
        let value = values[keys[0]] ?? config[keys[0]]
        return try #require((value as? NSNumber)?.doubleValue, "\(key)")
    }

    func float(_ key: String) throws -> Float { Float(try number(key)) }
    func integer(_ key: String) throws -> Int { Int(try number(key)) }

    /// A data set of the set's sizes, of one row of zeros.
    func data() throws -> TransitionDataset {
        let (o, a) = (try integer("obs"), try integer("act"))
        var columns = TransitionColumns(observationSize: o, actionSize: a)
        let zeros = [Float](repeating: 0, count: max(o, a))
        columns.append(
            observation: zeros.prefix(o).map { $0 }, action: zeros.prefix(a).map { $0 },
            nextObservation: zeros.prefix(o).map { $0 }, reward: 0, cost: 0, terminated: true,
            truncated: false)
        return try TransitionDataset(columns)
    }

    /// Puts the transitions of an update into a batch.
    func fill(_ transitions: EpisodeBatches, step: Int) throws {
        let batch = transitions.batch
        for (tensor, name) in [
            (batch.observations.buffer, "observations"), (batch.actions.buffer, "actions"),
            (batch.nextObservations.buffer, "next_observations"), (batch.rewards.buffer, "rewards"),
            (batch.costs.buffer, "costs"), (batch.terminated.buffer, "done"),
        ] { _ = tensor.update(fromContentsOf: try file.floats("in.step\(step).\(name)")) }
        transitions.readEnds()
    }

    /// Sets a learner to parameters of the set.
    func copy<Body>(_ prefix: String, to learner: Learner<Body>, _ role: LearnerRole = .weights) throws {
        for entry in learner.layout.entries {
            _ = learner.elements(entry, role).update(
                fromContentsOf: try GoldenFISOR.values(prefix, entry.name, file))
        }
    }

    /// Expects what an update reported.
    func expect(_ reported: [String: Float], step: Int) throws {
        for (key, value) in reported {
            let expected = try #require(steps[step][key], "\(key)")
            // A zero is exact, and nothing else is near it.
            let error = abs(Double(value) - expected) / max(abs(expected), 1e-30)
            #expect(error <= 3e-5, "step \(step), \(key): \(value), not \(expected)")
        }
    }

    func constant(_ name: String, on tape: Tape) throws -> Variable {
        tape.matrix(try file.floats(name), try file.shape(name)[0])
    }
}
