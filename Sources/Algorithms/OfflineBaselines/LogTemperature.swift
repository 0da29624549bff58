import Foundation
import SafeRL

/// ln α of the entropy's temperature: one number in double precision.
package struct LogTemperature: Sendable {
    private let parameter: Parameter

    package init(initial: Double, in layout: inout Layout) {
        parameter = layout.add("log_temperature", 1, 1, .constant(log(initial)))
    }

    /// α.
    package func value(_ w: WeightsOf<Double>) -> Double { exp(w[parameter].scalar) }

    /// α·(entropy − target): falls while the entropy is above its target.
    package func loss(entropy: Double, target: Double, _ w: WeightsOf<Double>) -> VariableOf<Double> {
        w[parameter].exp().scaled(by: entropy - target)
    }
}

/// A temperature with its optimiser, as checkpoints hold it.
struct TemperatureState: StoredValue {
    private var logarithm, firstMoment, secondMoment: Double
    private var updates: Int

    init(of learner: LearnerOf<LogTemperature, Double>) {
        func number(_ role: LearnerRole) -> Double { learner.numbers(role)[0] }
        (logarithm, updates) = (number(.weights), learner.updates)
        (firstMoment, secondMoment) = (number(.firstMoment), number(.secondMoment))
    }

    func check() throws(UnsoundValue) {
        guard [logarithm, firstMoment, secondMoment].allSatisfy(\.isFinite), secondMoment >= 0, updates >= 0
        else { throw UnsoundValue("the temperature is no sound state of Adam") }
    }

    /// Makes a learner go on from here.
    func restore(_ learner: LearnerOf<LogTemperature, Double>) {
        learner.numbers(.weights)[0] = logarithm
        learner.numbers(.firstMoment)[0] = firstMoment
        learner.numbers(.secondMoment)[0] = secondMoment
        learner.restore(updates: updates)
    }
}
