/// What `saferl bench` does.
struct BenchWork {
    let algorithm: Registry.AlgorithmType
    let observation: Int
    let action: Int
    let steps: Int
    let isJSON: Bool

    func run() throws {
        // Wire: synthetic data of `observation` and `action`, timed updates of the algorithm.
        throw NotWired("bench")
    }
}
