import Algorithms
import SafeRL
import SaferlBenchmarks

/// What `saferl bench` does.
struct BenchWork {
    let algorithm: Registry.AlgorithmType
    let observation: Int
    let action: Int
    let steps: Int
    let isJSON: Bool

    func run() throws {
        guard algorithm == FISOR.self else { throw NoBenchmark(algorithm.name) }
        let report = try FISORBenchmark.run(
            observation: observation, action: action, steps: steps,
            counting: Session.registry.allocationCounter)
        guard isJSON else { return try Output.write(report.text + "\n") }
        try Output.write(json: report)
    }
}

/// An algorithm whose updates are not timed.
struct NoBenchmark: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ name: String) { description = "\(name): has no benchmark." }
}
