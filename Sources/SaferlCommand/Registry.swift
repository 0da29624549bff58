import PerturbablePhysics
import SafeRL
import Serving

/// The environments and algorithms that commands know by name.
public struct Registry: Sendable {
    /// An environment, as `MyEnvironment.self`.
    public typealias EnvironmentType = any (Environment & SendableMetatype).Type
    /// An environment whose physics can be changed, as `MyEnvironment.self`.
    public typealias PerturbableType = any (PerturbableEnvironment & SendableMetatype).Type
    /// Runs its argument and returns how often memory was allocated meanwhile on the calling thread.
    public typealias AllocationCounter = @Sendable (_ body: () throws -> Void) throws -> Int
    /// Listens, answers by its argument, and returns when that asks for an end.
    public typealias HTTPServer = @Sendable (ServedProgram) throws -> Void
    /// An algorithm, as `MyAlgorithm.self`.
    public typealias AlgorithmType = any (Algorithm & SendableMetatype).Type

    /// The environments that are Swift types, in the order of `saferl env list`.
    public let environments: [EnvironmentType]
    /// The families that make environments from names such as `bullet:SafetyBallRun-v0`.
    public let families: [any EnvironmentFamily]
    /// Those of the environments whose physics `saferl assess` can change.
    public let perturbable: [PerturbableType]
    /// Those of the families.
    public let perturbableFamilies: [any PerturbableFamily]
    /// What `saferl env setup` installs.
    public let kits: [any EnvironmentKit]
    /// The algorithms.
    public let algorithms: [AlgorithmType]
    /// Counts allocations for `saferl bench`; nil where the program has no counter.
    var allocationCounter: AllocationCounter?
    /// Serves over sockets; nil where the program has none.
    var httpServer: HTTPServer?

    /// Makes a registry; of several entries with one name the last counts.
    public init(
        environments: [EnvironmentType], families: [any EnvironmentFamily] = [],
        kits: [any EnvironmentKit] = [], algorithms: [AlgorithmType],
        perturbable: [PerturbableType] = [], perturbableFamilies: [any PerturbableFamily] = []
    ) {
        self.environments = Self.lastOfEachName(environments) { $0.name }
        self.families = Self.lastOfEachName(families) { $0.prefix }
        self.kits = Self.lastOfEachName(kits) { $0.name }
        self.algorithms = Self.lastOfEachName(algorithms) { $0.name }
        self.perturbable = Self.lastOfEachName(perturbable) { $0.name }
        self.perturbableFamilies = Self.lastOfEachName(perturbableFamilies) { $0.prefix }
    }

    /// The same registry with more entries.
    public func adding(
        environments more: [EnvironmentType], families: [any EnvironmentFamily] = [],
        kits: [any EnvironmentKit] = [], algorithms others: [AlgorithmType],
        perturbable: [PerturbableType] = [], perturbableFamilies: [any PerturbableFamily] = []
    ) -> Registry {
        Registry(
            environments: environments + more, families: self.families + families, kits: self.kits + kits,
            algorithms: algorithms + others, perturbable: self.perturbable + perturbable,
            perturbableFamilies: self.perturbableFamilies + perturbableFamilies)
    }

    /// How environments of a name are made with changed physics; nothing where nobody says how.
    func physics(of name: String) -> PerturbablePhysics? {
        if let type = perturbable.first(where: { $0.name == name }) { return PerturbablePhysics(type) }
        let prefix = name.prefix { $0 != ":" }
        return perturbableFamilies.first { $0.prefix == prefix }?.physics(of: name)
    }

    /// The names of the environments that are Swift types.
    public var environmentNames: [String] { environments.map { $0.name } }
    /// The names of the algorithms.
    public var algorithmNames: [String] { algorithms.map { $0.name } }

    /// The environment of a name: a type's own, or one that a family takes.
    ///
    /// No process is started and nothing is made, so the simulator behind a family may still not know the name.
    ///
    /// - Throws: `UnknownName` with a suggestion, or the family's own error about the name.
    public func environment(named name: String) throws -> NamedEnvironment {
        if let found = environments.first(where: { $0.name == name }) {
            return NamedEnvironment(.type(found), name: name)
        }
        if let colon = name.firstIndex(of: ":") {
            let prefix = String(name[..<colon])
            guard let family = families.first(where: { $0.prefix == prefix }) else {
                throw UnknownName(prefix, isNone: "family of environments", of: families.map { $0.prefix })
            }
            try family.check(name)
            return NamedEnvironment(.family(family), name: name)
        }
        throw UnknownName(name, isNone: "environment", of: knownEnvironments)
    }

    /// The family of a prefix given on the command line, with or without its colon.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    func family(named name: String) throws(UnknownName) -> any EnvironmentFamily {
        let prefix = name.hasSuffix(":") ? String(name.dropLast()) : name
        if let found = families.first(where: { $0.prefix == prefix }) { return found }
        throw UnknownName(prefix, isNone: "family of environments", of: families.map { $0.prefix })
    }

    /// Every name and, for families, one that exists.
    private var knownEnvironments: [String] { environmentNames + families.map { $0.example } }

    /// The kit of a name given on the command line.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    public func kit(named name: String) throws(UnknownName) -> any EnvironmentKit {
        if let found = kits.first(where: { $0.name == name }) { return found }
        throw UnknownName(name, isNone: "kit", of: kits.map { $0.name })
    }

    /// The algorithm of a name given on the command line.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    public func algorithm(named name: String) throws(UnknownName) -> AlgorithmType {
        try algorithm(named: name, or: [])
    }

    /// The algorithm that a configuration names.
    ///
    /// - Throws: `ConfigurationError` where it names none or several, `UnknownName` with a suggestion.
    func algorithm(of document: RunDocument) throws -> AlgorithmType {
        try algorithm(named: try document.algorithm(among: algorithmNames))
    }

    /// The algorithm of a name, where other words are understood too and may be what was meant.
    func algorithm(named name: String, or others: [String]) throws(UnknownName) -> AlgorithmType {
        if let found = algorithms.first(where: { $0.name == name }) { return found }
        throw UnknownName(name, isNone: "algorithm", of: algorithmNames + others)
    }

    private static func lastOfEachName<Entry>(_ entries: [Entry], _ name: (Entry) -> String) -> [Entry] {
        entries.enumerated().filter { index, entry in
            !entries[(index + 1)...].contains { name($0) == name(entry) }
        }.map(\.element)
    }
}
