/// What `saferl bench` does.
struct BenchWork {
    let algorithm: Registry.AlgorithmType
    let observation: Int
    let action: Int
    let steps: Int
    let isJSON: Bool

    func run() throws { throw NoBenchmark(algorithm.name) }
}

/// An algorithm whose updates are not timed.
struct NoBenchmark: Error, CustomStringConvertible {
    let description: String

    init(_ name: String) { description = "\(name): has no benchmark." }
}
