import PerturbablePhysics
import Reliability

/// A fault or change at rising levels.
struct PerturbationKind {
    /// What is put between policy and world, or changed in it.
    enum Change {
        case fault(Perturbation)
        case physics(PhysicalFactors)
    }

    let name: String
    let levels: [Double]
    let make: (Double) -> Change
    /// Whether levels rise from none to much; entries of an observation do not.
    var isScale = true

    /// Entries that are stuck, at most.
    private static let mostEntries = 8
    private static let shares = [0.05, 0.1, 0.2, 0.4]
    private static let delays = [1.0, 2, 4, 8]

    /// Faults of sensors with some columns.
    static func sensors(columns: Int) -> [PerturbationKind] {
        func sensor(_ name: String, _ inSpreads: Bool = false, _ fault: @escaping (Double) -> SensorFault)
            -> PerturbationKind
        {
            PerturbationKind(name: name, levels: shares) {
                .fault(.sensor(fault($0), inSpreads: inSpreads))
            }
        }
        return [
            sensor("noise") { .noise(level: $0) }, sensor("bias") { .bias(level: $0) },
            sensor("scale") { .scale(level: $0) },
            sensor("dropout-hold") { .heldDropout(probability: $0) },
            sensor("dropout-zero") { .zeroDropout(probability: $0) },
            sensor("quantise", true) { .quantised(step: $0) },
            PerturbationKind(name: "delay", levels: delays) { .fault(.sensor(.delay(steps: Int($0)))) },
            PerturbationKind(
                name: "stuck", levels: (0..<min(columns, mostEntries)).map(Double.init),
                make: { .fault(.sensor(.stuck(entry: Int($0), from: 0))) }, isScale: false),
        ]
    }

    /// Faults of actuators whose actions are numbers in [−1, 1].
    static var actuators: [PerturbationKind] {
        func actuator(_ name: String, _ fault: @escaping (Double) -> ActuatorFault) -> PerturbationKind {
            PerturbationKind(name: name, levels: shares) { .fault(.actuator(fault($0))) }
        }
        return [
            actuator("gain") { .gain(factor: 1 - $0) }, actuator("action-bias") { .bias(level: $0) },
            actuator("dead-zone") { .deadZone(width: $0) }, actuator("lag") { .lag(rate: 1 - $0) },
            PerturbationKind(name: "action-delay", levels: delays) {
                .fault(.actuator(.delay(steps: Int($0))))
            },
        ]
    }

    /// More and less of each quantity, by a factor of 1 + level and 1 − level.
    static func physics(_ quantities: [PhysicalQuantity]) -> [PerturbationKind] {
        quantities.flatMap { quantity in
            [("more", 1.0), ("less", -1.0)].map { name, sign in
                PerturbationKind(name: "\(quantity.rawValue)-\(name)", levels: shares) {
                    .physics(PhysicalFactors(quantity, times: 1 + sign * $0))
                }
            }
        }
    }
}
