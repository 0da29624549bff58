import Algorithms
import SafeRL
import SaferlBenchmarks

/// What `saferl bench` does.
struct BenchWork {
    let algorithm: Registry.AlgorithmType
    let observation: Int
    let action: Int
    /// Nothing for as many as suit the algorithm.
    let steps: Int?
    let isJSON: Bool

    func run() throws {
        if algorithm == FISOR.self { return try runFISOR() }
        guard
            let report = try UpdateBenchmark.run(
                algorithm.name, observation: observation, action: action, steps: steps,
                counting: Session.registry.allocationCounter)
        else { throw NoBenchmark(algorithm.name) }
        if isJSON { try Output.write(json: report) } else { try Output.write(aligned(report.lines)) }
    }

    private func runFISOR() throws {
        let report = try FISORBenchmark.run(
            observation: observation, action: action, steps: steps ?? 30,
            counting: Session.registry.allocationCounter)
        if isJSON { try Output.write(json: report) } else { try Output.write(report.text + "\n") }
    }
}

/// An algorithm whose updates are not timed.
struct NoBenchmark: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ name: String) {
        let names = [FISOR.name] + UpdateBenchmark.names
        description = "\(name): has no benchmark. Those that do: \(names.joined(separator: ", "))."
    }
}
