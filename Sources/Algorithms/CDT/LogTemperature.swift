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
