import SafeRL

/// The environments and algorithms that commands know by name.
public struct Registry: Sendable {
    /// An environment, as `MyEnvironment.self`.
    public typealias EnvironmentType = any (Environment & SendableMetatype).Type
    /// An algorithm, as `MyAlgorithm.self`.
    public typealias AlgorithmType = any (Algorithm & SendableMetatype).Type

    /// The environments, in the order of `saferl env list`.
    public let environments: [EnvironmentType]
    /// The algorithms.
    public let algorithms: [AlgorithmType]
    /// Counts allocations for `saferl bench`; nil where the program has no counter.
    var allocationCounter: Saferl.AllocationCounter?

    /// Makes a registry; of several entries with one name the last counts.
    public init(environments: [EnvironmentType], algorithms: [AlgorithmType]) {
        self.environments = Self.lastOfEachName(environments) { $0.name }
        self.algorithms = Self.lastOfEachName(algorithms) { $0.name }
    }

    /// The same registry with more entries.
    public func adding(environments more: [EnvironmentType], algorithms others: [AlgorithmType]) -> Registry {
        Registry(environments: environments + more, algorithms: algorithms + others)
    }

    /// The names of the environments.
    public var environmentNames: [String] { environments.map { $0.name } }
    /// The names of the algorithms.
    public var algorithmNames: [String] { algorithms.map { $0.name } }

    /// The environment of a name given on the command line.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    public func environment(named name: String) throws(UnknownName) -> EnvironmentType {
        if let found = environments.first(where: { $0.name == name }) { return found }
        throw UnknownName(name, isNone: "environment", of: environmentNames)
    }

    /// The algorithm of a name given on the command line.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    public func algorithm(named name: String) throws(UnknownName) -> AlgorithmType {
        if let found = algorithms.first(where: { $0.name == name }) { return found }
        throw UnknownName(name, isNone: "algorithm", of: algorithmNames)
    }

    private static func lastOfEachName<Entry>(_ entries: [Entry], _ name: (Entry) -> String) -> [Entry] {
        entries.enumerated().filter { index, entry in
            !entries[(index + 1)...].contains { name($0) == name(entry) }
        }.map(\.element)
    }
}

/// A name on the command line that the registry does not have.
public struct UnknownName: Error, Equatable, CustomStringConvertible {
    /// One sentence, with the name that was probably meant.
    public let description: String

    init(_ name: String, isNone kind: String, of names: [String]) {
        description =
            "\(oneLine(name)): unknown \(kind). \(suggestion(for: name, among: names, called: kind + "s"))"
    }
}
