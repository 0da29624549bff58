import Storage

/// What is wrong with a file of rules, where, and what to do.
public struct RuleError: Fault, Equatable {
    /// What kind of fault it is; the names of the language's definition.
    public enum Code: String, Sendable, CaseIterable {
        /// Another token belongs here.
        case expected
        /// A whole number belongs here.
        case integer
        /// The version of the language is not known.
        case version
        /// No declaration begins so.
        case item
        /// A word of the language stands as a name.
        case reserved
        /// A name, or an argument, is given twice.
        case twice
        /// No declaration has the name.
        case unknown
        /// An event or call that is not declared, or is used as something else.
        case event
        /// A parameter that the event does not have.
        case parameter
        /// A type that the language does not have, or another than the argument's.
        case type
        /// Something true or false belongs here.
        case flag
        /// A number belongs here.
        case number
        /// A text that does not end, or a text belongs here.
        case text
        /// Two types that are not compared.
        case compare
        /// A comparison of a comparison.
        case chain
        /// A window that is empty, too large, or lacks its end.
        case window
        /// Too few or too many arguments.
        case arguments
        /// A number outside what is allowed.
        case range
        /// A character that no rule contains.
        case character
        /// There is no rule.
        case empty
        /// A model of what is no next signal, or that reads one, or that is missing.
        case model
        /// Memory without bound.
        case unguarded
        /// No action can keep the rule.
        case preventable
        /// Larger than a limit of the language.
        case limit
    }

    /// The file's name, as it was given.
    public let file: String
    /// Line and column, from 1; columns count characters.
    public let position: TextPosition
    /// What kind of fault it is.
    public let code: Code
    /// One sentence: cause and remedy.
    public let message: String

    init(_ file: String, _ position: TextPosition, _ code: Code, _ message: String) {
        (self.file, self.position, self.code, self.message) = (file, position, code, message)
    }

    /// The configuration's.
    public var kind: FaultKind { .configuration }
    /// `FILE:LINE:COLUMN: sentence`.
    public var description: String { "\(file):\(position): \(message)" }
}
