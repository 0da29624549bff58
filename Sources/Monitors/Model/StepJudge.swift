import Foundation
import Networks
import Tensors

extension StepMonitor {
    /// The class of one step.
    ///
    /// - Parameter features: as `MonitorFeatures.values` gives them.
    /// - Returns: the most probable class.
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func flag(features: Span<Float>) throws -> StepClass {
        try judge().judge(features: features).stepClass
    }

    /// What judges steps with these numbers, one after the other.
    public func judge() -> StepJudge { StepJudge(self) }
}

/// A step monitor ready to judge, one thread at a time: its network and the memory that it computes in.
public final class StepJudge {
    /// What it judges by.
    public let monitor: StepMonitor
    private let network: Network<MonitorNetwork>
    private let tape = Tape(floats: 1 << 12, nodes: 32)
    private let temperature: Double
    /// The latest step's features, standardised, and the probabilities of its classes: memory that steps share.
    private var values: [Float]
    private var probabilities: [Double]

    init(_ monitor: StepMonitor) {
        self.monitor = monitor
        temperature = monitor.facts.temperature
        values = [Float](repeating: 0, count: monitor.facts.features.count)
        probabilities = [Double](repeating: 0, count: monitor.facts.plan.classes)
        network = Network({ MonitorNetwork(monitor.facts.plan, in: &$0) }) { entry, values in
            _ = values.update(fromContentsOf: monitor.parameters[entry.name] ?? [])
        }
    }

    /// Judges a step.
    ///
    /// - Parameters:
    ///   - observation: in which it is taken.
    ///   - action: what would be done.
    /// - Returns: class and probabilities.
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func judge(_ observation: Span<Float>, _ action: Span<Float>) throws -> StepJudgement {
        try fill(observation, action)
        return try judgement(infer())
    }

    /// Judges a step by its features.
    ///
    /// - Parameter features: as `MonitorFeatures.values` gives them.
    /// - Returns: class and probabilities.
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func judge(features: Span<Float>) throws -> StepJudgement {
        guard features.count == values.count else {
            throw MonitorError.otherSize("the step monitor", fitted: values.count, asked: features.count)
        }
        for place in values.indices { values[place] = features[place] }
        return try judgement(infer())
    }

    /// The most probable class of a step; nothing is allocated.
    ///
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func stepClass(
        _ observation: Span<Float>, _ action: Span<Float>
    ) throws(MonitorError) -> StepClass {
        try fill(observation, action)
        _ = try infer()
        return mostProbable
    }

    /// The score of danger of a step, in [0, 1]; nothing is allocated.
    ///
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func score(_ observation: Span<Float>, _ action: Span<Float>) throws(MonitorError) -> Double {
        try fill(observation, action)
        _ = try infer()
        return 1 - probabilities[0]
    }

    private func judgement(_ output: Variable) -> StepJudgement {
        let channels = output.values[probabilities.count..<output.shape.columns]
        return StepJudgement(
            stepClass: mostProbable, probabilities: probabilities,
            channels: channels.map { 1 / (1 + exp(-Double($0))) })
    }

    private var mostProbable: StepClass {
        if probabilities[0] > probabilities[1] && probabilities[0] > probabilities[2] { return .safe }
        return probabilities[1] > probabilities[2] ? .controversial : .unsafe
    }

    private func fill(_ observation: Span<Float>, _ action: Span<Float>) throws(MonitorError) {
        let features = monitor.facts.features
        guard observation.count == features.observationSize, action.count == features.actionSize else {
            throw .otherSize(
                "the step monitor", fitted: features.observationSize + features.actionSize,
                asked: observation.count + action.count)
        }
        features.write(observation, action, into: &values)
    }

    /// Runs the network on the features, and leaves the probabilities of the classes.
    private func infer() throws(MonitorError) -> Variable {
        for value in values where !value.isFinite { throw .notFinite("the step monitor") }
        monitor.scaling.scale(&values)
        tape.reset()
        let x = values.withUnsafeBufferPointer { tape.constant($0, 1, $0.count) }
        let output = network(x), logits = output.values
        var (largest, sum) = (-Double.infinity, 0.0)
        for place in probabilities.indices {
            probabilities[place] = Double(logits[place]) / temperature
            largest = max(largest, probabilities[place])
        }
        for place in probabilities.indices {
            probabilities[place] = exp(probabilities[place] - largest)
            sum += probabilities[place]
        }
        for place in probabilities.indices {
            probabilities[place] /= sum
            guard probabilities[place].isFinite else { throw .notFinite("the step monitor's network") }
        }
        return output
    }
}
