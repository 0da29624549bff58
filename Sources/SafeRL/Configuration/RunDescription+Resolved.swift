extension RunDescription {
    /// Describes the run of a configuration.
    ///
    /// - Parameters:
    ///   - type: the algorithm.
    ///   - resolved: its configuration.
    ///   - data: where the data lie, and their SHA-256.
    ///   - subject: environment or data set, for the directory's name.
    /// - Throws: nothing for a configuration that was resolved.
    public init<A: Algorithm>(
        of type: A.Type, _ resolved: ResolvedRun<A.Configuration>, on data: RunManifest.DataSource,
        subject: String
    ) throws {
        try self.init(
            algorithm: resolved.algorithm, subject: subject, version: ProgramIdentity.version,
            seed: resolved.run.seed, data: data, blas: .init(kernel: BLAS.kernel, threads: BLAS.threads),
            given: resolved.file.bytes, resolved: resolved.resolvedJSON().pretty)
        movable = Set(A.fileKeys)
        growth = A.growth(of: resolved.options)
        respelling = RunDocument.respelling(as: A.Configuration.self, of: A.name)
    }
}

extension Algorithm {
    /// The dotted keys that name what a run learns from.
    package static var fileKeys: [String] { ["data.file"] + fileOptions.map { "\(name).\($0)" } }
}
