/// Options whose defaults are code: a configuration file is an overlay on `init()`.
///
/// Its properties are settings (`Setting`), from which `options` are read off; the strict reader rejects all other keys.
public protocol Defaulted: Codable, Sendable {
    /// The documented defaults.
    init()
    /// One description for each key, in the order shown to a user.
    static var options: [Option] { get }
    /// Whether an algorithm with these options has data of its own where a run names neither file nor environment.
    static var bringsData: Bool { get }
    /// Whether an algorithm with these options learns by acting in an environment, and reads no file.
    static var learnsByActing: Bool { get }
    /// Checks what one key alone cannot show.
    ///
    /// - Throws: `OptionIssue` naming the key to change.
    func validate() throws
    /// The keys that have no effect at the values which others have; what a user says of one of them is refused.
    var idleSettings: [IdleSetting] { get }
}

extension Defaulted {
    /// None.
    public static var bringsData: Bool { false }

    /// It learns from records.
    public static var learnsByActing: Bool { false }

    /// None.
    public var idleSettings: [IdleSetting] { [] }

    /// The defaults with some of them changed.
    public static func with(_ change: (inout Self) -> Void) -> Self {
        var settings = Self()
        change(&settings)
        return settings
    }

    /// Accepts everything.
    public func validate() throws {}

    /// Checks a group inside other options, so that an issue names the key as seen from there.
    ///
    /// - Throws: `OptionIssue` with the group's name in front of its key.
    public func validate(under group: String) throws {
        do { try validate() } catch let issue as OptionIssue {
            throw OptionIssue("\(group).\(issue.key)", issue.message)
        }
    }
}

/// A value that fits its own domain but not the rest of the configuration.
public struct OptionIssue: Fault, Equatable {
    /// The key, relative to the options that complain, such as `batch.critics`.
    public let key: String
    /// What is wrong and what to do.
    public let message: String
    /// Names the key and the remedy.
    public init(_ key: String, _ message: String) { (self.key, self.message) = (key, message) }
    /// What kind of fault it is.
    public var kind: FaultKind { .configuration }

    /// One line.
    public var description: String { "\(key): \(message)" }
}
