import Foundation
import SafeRL

/// What a run learns from, opened or collected as its configuration says.
struct RunData {
    /// The transitions, with the transforms that the configuration asks for.
    let dataset: TransitionDataset
    /// Where they are from, for the manifest: an absolute path, or how they were collected.
    let place: String
    /// What the run is about, for the name of its directory.
    let subject: String

    /// Opens the data file, or collects from the environment.
    ///
    /// - Parameters:
    ///   - run: what was asked for.
    ///   - registry: the environments there are.
    ///   - earlier: where the file lay when the run was started; used when the configuration's path leads nowhere from here.
    /// - Throws: `DatasetError` or `ConfigurationError`.
    init<Options>(_ run: ResolvedRun<Options>, in registry: Registry, earlier: String? = nil) throws {
        let (raw, place) = try Self.raw(run, in: registry, earlier: earlier)
        try self.init(raw, from: place, run)
    }

    /// Takes transitions that are there, and gives them the transforms that the configuration asks for.
    ///
    /// - Parameters:
    ///   - raw: without transforms.
    ///   - place: where they are from.
    ///   - run: what was asked for.
    /// - Throws: `ConfigurationError`.
    init<Options>(_ raw: TransitionDataset, from place: String, _ run: ResolvedRun<Options>) throws {
        (dataset, self.place) = (raw, place)
        let data = run.run.data
        let task = try run.task(fitting: dataset.observationSize, dataset.actionSize)
        subject = run.subject(task)
        var transforms = Transforms()
        switch data.rewards {
        case .task: if let task { transforms = Transforms.forTask(task) }
        case .recorded: transforms = Transforms.forReturns(of: dataset)
        case .raw: break
        }
        dataset.transforms = data.normalizeObservations ? transforms.standardising(dataset) : transforms
    }

    /// The transitions as they were recorded, without transforms, and where they are from.
    ///
    /// - Throws: `DatasetError` or `ConfigurationError`.
    static func raw<Options>(
        _ run: ResolvedRun<Options>, in registry: Registry, earlier: String? = nil
    ) throws -> (TransitionDataset, String) {
        let data = run.run.data
        if data.file.isEmpty { return try collected(run, in: registry) }
        let path =
            [data.file, earlier ?? data.file].first(where: FileManager.default.fileExists) ?? data.file
        let named = try? DSRLTask.named(data.task)
        let isNoTask = data.task == "none" && data.actions == .auto
        let dataset = try TransitionDataset(
            contentsOf: path, actions: isNoTask ? .refuse : data.actions, task: named)
        return (dataset, URL(fileURLWithPath: path).standardizedFileURL.path)
    }

    private static func collected<Options>(
        _ run: ResolvedRun<Options>, in registry: Registry
    ) throws -> (TransitionDataset, String) {
        guard let environment = try run.environment(in: registry) else {
            throw run.error("data.file", "no data to learn from. Name a file.")
        }
        let collect = run.run.data.collect
        let behaviour: String
        do throws(UnknownName) { behaviour = try environment.behaviour(named: collect.behaviour) } catch {
            throw run.error("data.collect.behaviour", error.reason)
        }
        let amount = collect.amount(standard: environment.standardTransitions)
        if let type = environment.type { try MemoryCheck(run).checkCollecting(amount, in: type) }
        let record = try environment.collect(amount, behaviour: behaviour, seed: collect.seed)
        let choice = collect.behaviour.isEmpty ? "" : " (\(behaviour))"
        let place = "collected from \(environment.name)\(choice): \(amount), seed \(collect.seed)"
        return (try TransitionDataset(record), place)
    }

    /// One line for the user.
    var summary: String { "\(place) (\(dataset.count) transitions, \(dataset.episodes.count) episodes)" }
}

extension NamedEnvironment {
    /// The names of the behaviours that data can be collected from, the default first; every environment has `random`.
    var behaviours: [String] {
        let own = type?.behaviours ?? []
        return own + [RandomBehaviour.name].filter { !own.contains($0) }
    }

    /// One of the behaviours by its name; the first for an empty one.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    func behaviour(named name: String) throws(UnknownName) -> String {
        if name.isEmpty { return behaviours[0] }
        guard behaviours.contains(name) else { throw UnknownName(name, isNone: "behaviour", of: behaviours) }
        return name
    }

    /// Transitions of the standard data set.
    var standardTransitions: Int { type?.standardTransitions ?? 10_000 }

    /// Records a behaviour.
    ///
    /// - Parameters:
    ///   - amount: how much.
    ///   - behaviour: one of `behaviours`.
    ///   - seed: the seed of every random choice.
    /// - Returns: exactly that much.
    /// - Throws: what the environment throws.
    func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        guard let type else {
            return try RandomBehaviour.collect(
                amount, in: try make(EnvironmentRequest(workers: 1)), seed: seed)
        }
        if type.behaviours.contains(behaviour) {
            return try type.collect(amount, behaviour: behaviour, seed: seed)
        }
        return try RandomBehaviour.collect(amount, in: type, seed: seed)
    }
}

extension ResolvedRun {
    /// What a run is about, in characters that suit the name of a directory.
    fileprivate func subject(_ task: DSRLTask?) -> String {
        let file = (run.data.file as NSString).lastPathComponent
        let name =
            task?.shortName ?? (file.isEmpty ? run.environment : (file as NSString).deletingPathExtension)
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_."))
        let plain = name.unicodeScalars.map {
            $0.isASCII && allowed.contains($0) ? String(Character($0)) : "-"
        }
        return plain.isEmpty ? "data" : plain.joined()
    }
}
