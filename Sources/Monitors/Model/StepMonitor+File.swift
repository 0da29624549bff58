import Foundation
import Networks
import Storage
import Tensors

extension StepMonitor {
    /// Format that is written.
    static let format = 1
    private static let key = "saferl.monitor"

    /// What stands in the header beside the tensors.
    private struct Stored: Codable {
        var format: Int
        var facts: Facts
        /// Of the facts and of the tensors' bytes, in the order of the file.
        var sha256: String
    }

    /// Tensors in the order of the file.
    private var tensors: [(name: String, shape: [Int], values: [Float])] {
        var layout = Layout()
        _ = MonitorNetwork(facts.plan, in: &layout)
        let width = facts.features.count
        return [
            ("feature.mean", [width], scaling.mean), ("feature.deviation", [width], scaling.deviation),
        ]
            + layout.entries.map {
                ($0.name, [$0.shape.rows, $0.shape.columns], parameters[$0.name] ?? [])
            }
    }

    /// The monitor as a safetensors file, with what is known of it in the header.
    ///
    /// - Throws: `EncodingError`.
    public func encoded() throws -> [UInt8] {
        let text = try JSONEncoder.compact.text(of: facts)
        let data = tensors.flatMap { TensorBytes.bytes($0.values) }
        let stored = Stored(
            format: Self.format, facts: facts, sha256: TensorBytes.digest(text, data))
        var file = TensorBytes(Self.key, try JSONEncoder.compact.text(of: stored))
        for tensor in tensors { file.add(tensor.name, "F32", tensor.shape, tensor.values) }
        return file.file
    }

    /// Reads a monitor.
    ///
    /// - Throws: `StorageError`, `SafetensorsError`; `MonitorError.malformed`, `.laterFormat`.
    public init(contentsOf path: String) throws {
        let file = try SafetensorsFile(contentsOf: path)
        func refuse(_ reason: String) -> MonitorError {
            .malformed(path, reason: reason + ". Train it again, or restore the file from a copy")
        }
        guard let text = file.metadata[Self.key], let value = try? JSONValue(parsing: Array(text.utf8)) else {
            throw refuse("it is no step monitor: its header does not describe one")
        }
        guard let format = value["format"]?.number?.int else { throw refuse("its format has no number") }
        guard format <= Self.format else {
            throw MonitorError.laterFormat(path, stored: format, known: Self.format)
        }
        guard let stored = try? value.decode(Stored.self), stored.facts.isConsistent else {
            throw refuse("what its header says of it cannot be read")
        }
        let width = stored.facts.features.count
        var layout = Layout()
        _ = MonitorNetwork(stored.facts.plan, in: &layout)
        let names = ["feature.mean", "feature.deviation"] + layout.entries.map(\.name)
        guard file.names == names else { throw refuse("its tensors are not those of its network") }
        var parameters: [String: [Float]] = [:]
        var data: [UInt8] = []
        for name in names {
            parameters[name] = try file.floats(name)
            data += try file.withBytes(of: name) { Array($0) }
        }
        for entry in layout.entries where parameters[entry.name]?.count != entry.shape.count {
            throw refuse("its tensor \(entry.name) has another size than its network needs")
        }
        guard let mean = parameters["feature.mean"], let deviation = parameters["feature.deviation"],
            mean.count == width, deviation.count == width
        else { throw refuse("its features have other sizes than its network needs") }
        guard TensorBytes.digest(try JSONEncoder.compact.text(of: stored.facts), data) == stored.sha256 else {
            throw refuse("its bytes have changed since it was written (SHA-256)")
        }
        guard parameters.values.allSatisfy({ $0.allSatisfy(\.isFinite) }), deviation.allSatisfy({ $0 > 0 })
        else {
            throw refuse("it holds numbers that are not finite")
        }
        let own = parameters.filter { $0.key != "feature.mean" && $0.key != "feature.deviation" }
        self.init(stored.facts, MonitorScaling(mean: mean, deviation: deviation), parameters: own)
    }

    /// Refuses steps of another size than it was made for.
    ///
    /// - Parameters:
    ///   - observation: numbers of an observation.
    ///   - action: numbers of an action.
    ///   - choices: how many an action is one of; nil for real numbers.
    ///   - path: of the monitor, for the message.
    /// - Throws: `MonitorError.otherSize`.
    public func mustFit(observation: Int, action: Int, choices: Int?, path: String) throws(MonitorError) {
        let asked = MonitorFeatures(observationSize: observation, actionSize: action, actionChoices: choices)
        guard asked == facts.features else {
            throw .otherSize(path, fitted: facts.features.count, asked: asked.count)
        }
    }
}

extension StepMonitor.Facts {
    /// Whether its sizes can be those of a network.
    fileprivate var isConsistent: Bool {
        let sizes = [plan.features, plan.normWidth] + plan.widths
        return features.observationSize >= 1 && features.actionSize >= 1 && plan.features == features.count
            && plan.classes == StepClass.allCases.count && plan.channels == costs.count
            && sizes.allSatisfy { 1...100_000 ~= $0 } && plan.widths.count <= 16
            && temperature > 0 && temperature.isFinite
    }
}
