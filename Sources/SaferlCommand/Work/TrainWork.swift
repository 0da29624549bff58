import SafeRL

/// What `saferl train` does.
struct TrainWork {
    let document: RunDocument
    let directory: String?
    let resumes: Bool
    let isQuiet: Bool
    let registry: Registry

    func run() throws {
        try train(try registry.algorithm(named: try document.algorithm(among: registry.algorithmNames)))
    }

    private func train<A: Algorithm>(_ type: A.Type) throws {
        let resolved = try document.resolve(A.Configuration.self, of: A.name, among: registry.algorithmNames)
        let environment = try resolved.environment(in: registry)
        // Wire: open or collect the data that `resolved.run.data` names, make the run directory (`directory`, else one
        // under Checkpoints/) with `resolved.file.bytes` and `resolved.resolvedJSON().pretty`, call Trainer.run, then
        // evaluate in `environment` and draw the pictures. A signal ends in CommandStatus.interrupted or .terminated.
        _ = environment
        throw NotWired("train")
    }
}

/// What `saferl resume` does.
struct ResumeWork {
    let directory: String
    let isQuiet: Bool
    let registry: Registry

    func run() throws {
        // Wire: open the run directory, read its resolved configuration as a `ConfigurationFile`, go on as `TrainWork`.
        throw NotWired("resume")
    }
}
