/// Options whose defaults are code: a configuration file is an overlay on `init()`.
///
/// Every key that the default value encodes is described once in `options`; the strict reader rejects all others.
public protocol Defaulted: Codable, Sendable {
    /// The documented defaults.
    init()
    /// One description for each key, in the order shown to a user.
    static var options: [Option] { get }
    /// Whether an algorithm with these options has data of its own where a run names neither file nor environment.
    static var bringsData: Bool { get }
    /// Checks what one key alone cannot show.
    ///
    /// - Throws: `OptionIssue` naming the key to change.
    func validate() throws
}

extension Defaulted {
    /// None.
    public static var bringsData: Bool { false }

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

/// One key of a configuration: what it means and which values it takes.
public struct Option: Sendable, Equatable {
    /// Which values a key takes.
    public enum Domain: Sendable, Equatable {
        /// A number; `minimum` and `maximum` are allowed values unless the matching flag says that they are not.
        case number(
            minimum: Double, maximum: Double, excludingMinimum: Bool = false, excludingMaximum: Bool = false)
        /// A whole number.
        case integer(minimum: Int, maximum: Int)
        /// A whole number, or one word in its place.
        case integerOr(String, minimum: Int, maximum: Int)
        /// A whole number of 64 bits that decides random numbers, 0 to 2^64 - 1.
        case seed
        /// `true` or `false`.
        case boolean
        /// Any text.
        case text
        /// One of some words.
        case choice([String])
        /// A list of widths: 1 to `mostSizes` whole numbers from 1 to `largestSize`.
        case sizes
        /// An object of numbers under names that the user chooses, such as budgets of constraints.
        case named(minimum: Double, maximum: Double)
        /// An object of options of its own.
        case group([Option])

        /// One of the words of a type.
        public static func words<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> Domain
        {
            .choice(type.allCases.map(\.rawValue))
        }
    }

    /// The key as written in the file.
    public let key: String
    /// What it does, in one line, with unit and paper symbol where there is one.
    public let summary: String
    /// Which values it takes.
    public let domain: Domain

    /// Describes a key.
    public init(_ key: String, _ domain: Domain, _ summary: String) {
        (self.key, self.domain, self.summary) = (key, domain, summary)
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
