/// Environments that are made from a name: all that is called `prefix:…`.
///
/// A package adds its own with `Saferl.main(families: [MyFamily()])`.
public protocol EnvironmentFamily: Sendable {
    /// What stands before the colon, such as `gymnasium`.
    var prefix: String { get }
    /// One line for `saferl env list`, such as `tasks of Bullet-Safety-Gym`.
    var summary: String { get }
    /// A complete name that exists, such as `bullet:SafetyBallRun-v0`.
    var example: String { get }
    /// Whether environments of this family can be made here; quick, and starts no process.
    var readiness: FamilyReadiness { get }
    /// The complete names that there are, in order; nil where they cannot be counted. May start a process.
    ///
    /// - Throws: an error with a remedy.
    func names() throws -> [String]?
    /// Whether the environment of a name can be made here; quick, and starts no process.
    ///
    /// - Parameter name: the whole name, one that `check` lets through.
    /// - Returns: by what, or the remedy.
    func readiness(of name: String) -> FamilyReadiness
    /// Checks a name as far as that goes without making the environment.
    ///
    /// - Parameter name: the whole name, prefix included.
    /// - Throws: an error about the name, with a suggestion.
    func check(_ name: String) throws
    /// Whether a name says itself which code is run, such as a module of Python that is looked for in the current folder.
    ///
    /// Such a name is taken from the command line and from a configuration that is trained. Where only a run's folder
    /// says it, which may be a stranger's, the user is asked for consent first. Names that choose among what is
    /// installed need none. True unless a family says otherwise.
    ///
    /// - Parameter name: the whole name, prefix included.
    /// - Returns: whether consent is needed.
    func runsNamedCode(_ name: String) -> Bool
    /// Makes environments.
    ///
    /// - Parameters:
    ///   - name: the whole name, prefix included.
    ///   - request: how many, and by how many workers.
    /// - Returns: at least one slot and at most `request.slots`.
    /// - Throws: an error with a remedy.
    func make(_ name: String, _ request: EnvironmentRequest) throws -> any VectorEnvironment
}

extension EnvironmentFamily {
    /// Unknown.
    public func names() throws -> [String]? { nil }

    /// As that of the family.
    public func readiness(of name: String) -> FamilyReadiness { readiness }

    /// True: not known to be harmless.
    public func runsNamedCode(_ name: String) -> Bool { true }
}

/// What is needed of an environment that is made from a name.
public struct EnvironmentRequest: Sendable, Equatable {
    /// Slots at most, at least 1.
    public var slots: Int
    /// Processes or threads that share the slots; nothing for one on each core.
    public var workers: Int?
    /// Whether `frame` will be asked for.
    public var drawsFrames: Bool

    /// Describes what is needed.
    public init(slots: Int = 1, workers: Int? = nil, drawsFrames: Bool = false) {
        precondition(slots >= 1 && workers.map { $0 >= 1 } ?? true, "\(slots) slots, \(workers ?? 1) workers")
        (self.slots, self.workers, self.drawsFrames) = (slots, workers, drawsFrames)
    }
}

/// What `saferl env setup NAME` installs.
public protocol EnvironmentKit: Sendable {
    /// The name on the command line.
    var name: String { get }
    /// One line for the help.
    var summary: String { get }
    /// Parts that can be installed one by one; empty where there are none.
    var suites: [String] { get }
    /// Installs, or completes an earlier installation.
    ///
    /// - Parameters:
    ///   - setup: what to install and with what.
    ///   - say: shows progress, one line a call.
    /// - Throws: an error with a remedy; nothing half-installed is taken for complete later.
    func install(_ setup: KitSetup, say: (String) -> Void) throws
}

/// What the command line says about an installation.
public struct KitSetup: Sendable, Equatable {
    /// The parts to install; empty for the kit's own choice.
    public var suites: [String]
    /// The Python interpreter to build on, for kits that need one; nothing for `python3`.
    public var python: String?

    /// Describes an installation.
    public init(suites: [String] = [], python: String? = nil) {
        (self.suites, self.python) = (suites, python)
    }
}
