import Foundation
import SafeRL
import ShippedConfigurations

/// What `saferl benchmark` does.
struct BenchmarkWork {
    let file: String
    let out: String?
    let jobs: Int?
    let onlyTable: Bool
    let registry: Registry

    func run() throws {
        let located = try ConfigurationFile.locate(file, shipped: ShippedConfigurations.benchmarks)
        var plan = try BenchmarkPlan(located) { try registry.benchmarkEnvironment(for: $0).name }
        let methods = try plan.methods.map { try BenchmarkMethod($0, in: registry) }
        let trials = plan.trials { methods[$0].learnsLimit }
        let folder = out ?? "Checkpoints/" + Self.name(of: file)
        for (number, task) in plan.tasks.enumerated() where task.recording != nil {
            plan.tasks[number].data = "\(folder)/data/\(BenchmarkPlan.folderName(task.name)).hdf5"
        }
        if onlyTable {
            try plan.readRanges()
            return try write(BenchmarkCommands(plan: plan, methods: methods, folder: folder), trials)
        }
        try check(plan, methods, trials, BenchmarkCommands(plan: plan, methods: methods, folder: folder))
        try SystemFiles().makeDirectories(folder + "/data")
        let lock = try lock(folder)
        try collect(plan)
        try plan.readRanges()
        let commands = BenchmarkCommands(plan: plan, methods: methods, folder: folder)
        let failures = try withExtendedLifetime(lock) {
            try BenchmarkRuns(commands, trials, cores: Cores.allowed, jobs: jobs).run()
        }
        try write(commands, trials)
        guard let first = failures.first else { return }
        for failure in failures { FileHandle.warn("\(failure.folder): \(failure.reason)") }
        throw CommandStatus(rawValue: first.status) ?? .internalFault
    }

    private func lock(_ folder: String) throws -> FileLock {
        do { return try FileLock(folder + "/lock", .refusing) } catch is FileLock.Held {
            throw ConfigurationError(
                .usage, at: oneLine(folder),
                "another saferl benchmark runs in this folder. Wait for it, or give --out.")
        }
    }

    /// Records what is to be recorded and is not there.
    private func collect(_ plan: BenchmarkPlan) throws {
        for task in plan.tasks {
            guard let recording = task.recording, let path = task.data,
                !FileManager.default.fileExists(atPath: path)
            else { continue }
            let place = try registry.environment(named: recording.environment)
            let behaviour = try place.behaviour(named: recording.behaviour ?? "")
            let amount = CollectionAmount.transitions(recording.transitions ?? place.standardTransitions)
            let episodes = try place.collect(amount, behaviour: behaviour, seed: recording.seed)
            try TransitionDataset(episodes).write(to: path)
        }
    }

    /// What the folder is called: the file's name without its ending.
    private static func name(of file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return name.hasSuffix(".json") ? String(name.dropLast(5)) : name
    }

    /// Says of a name that nothing has where it stands.
    private func named(_ key: String, of task: BenchmarkPlan.Task, _ find: () throws -> Void) throws {
        do { try find() } catch let error as UnknownName {
            throw ConfigurationError(
                at: oneLine(file), "task \(oneLine(task.name)): \(key) \(error.description)")
        }
    }

    /// Finds every wrong name, key, value and file before anything is trained.
    private func check(
        _ plan: BenchmarkPlan, _ methods: [BenchmarkMethod], _ trials: [BenchmarkPlan.Trial],
        _ commands: BenchmarkCommands
    ) throws {
        for task in plan.tasks {
            try named("environment", of: task) { _ = try registry.environment(named: task.environment) }
            if let recording = task.recording {
                try named("collect", of: task) {
                    _ = try registry.environment(named: recording.environment).behaviour(
                        named: recording.behaviour ?? "")
                }
            } else if let data = task.data, !FileManager.default.fileExists(atPath: data) {
                throw ConfigurationError(
                    .missingInput, at: oneLine(data),
                    "no such data file, which task \(oneLine(task.name)) names. Its path is relative to the current folder."
                )
            }
        }
        for trial in trials where trial.seed == plan.seeds[0] {
            try methods[trial.method].check(commands.overrides(of: trial), in: registry)
        }
    }

    private func write(_ commands: BenchmarkCommands, _ trials: [BenchmarkPlan.Trial]) throws {
        let table = BenchmarkTable(commands.plan, trials.flatMap(commands.scores))
        let files = SystemFiles()
        if !onlyTable || !table.cells.isEmpty {
            let texts = [
                ("md", table.markdown), ("csv", table.csv), ("json", table.json), ("tex", table.latex),
            ]
            for (ending, text) in texts {
                try files.replaceFile("\(commands.folder)/table.\(ending)", with: Array(text.utf8))
            }
        }
        try Output.write(table.markdown)
    }
}

/// A method of a benchmark with its algorithm.
struct BenchmarkMethod {
    let method: BenchmarkPlan.Method
    private let configuration: ConfigurationFile
    /// Whether the key that takes a limit acts in training, so that a policy serves one limit alone.
    let learnsLimit: Bool

    init(_ method: BenchmarkPlan.Method, in registry: Registry) throws {
        self.method = method
        configuration = try ConfigurationFile.locate(
            method.configuration, shipped: ShippedConfigurations.texts)
        let algorithm = try registry.algorithm(
            of: try RunDocument(configuration, overriding: method.overrides))
        learnsLimit =
            method.limitKey.map { key in
                !algorithm.actingOptions.contains { option in
                    let name = "\(algorithm.name).\(option)"
                    return key == name || key.hasPrefix(name + ".")
                }
            } ?? false
    }

    /// Resolves the configuration with overrides, as `train` will.
    func check(_ overrides: [String], in registry: Registry) throws {
        let document = try RunDocument(configuration, overriding: overrides)
        try check(try registry.algorithm(of: document), document, in: registry)
    }

    private func check<A: Algorithm>(_ type: A.Type, _ document: RunDocument, in registry: Registry) throws {
        let resolved = try document.resolve(A.Configuration.self, of: A.name, among: registry.algorithmNames)
        try resolved.checkNames(in: registry)
    }
}
