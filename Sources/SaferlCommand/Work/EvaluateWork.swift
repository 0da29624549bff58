/// What `saferl evaluate` does.
struct EvaluateWork {
    let directory: String
    let episodes: Int?
    let seed: UInt64?
    let environment: String?
    let out: String?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        // Wire: the run's resolved configuration, its newest good checkpoint, `A.policy(_:from:)`, Evaluator, report.
        throw NotWired("evaluate")
    }
}
