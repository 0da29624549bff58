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
        /// One of some alternatives with options of their own: a word, or an object that says which it is of.
        case variant([Kind])

        /// The keys of an object: of a choice those of every alternative; nil for what has none.
        package var inner: [Option]? {
            switch self {
            case .group(let inner): inner
            case .variant(let kinds): kinds.allOptions
            default: nil
            }
        }

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
    /// The key that it had in the version before, dotted, as seen from the section of its algorithm; nil where it had none.
    public let formerly: String?

    /// Describes a key.
    public init(_ key: String, _ domain: Domain, _ summary: String, formerly: String? = nil) {
        (self.key, self.domain, self.summary, self.formerly) = (key, domain, summary, formerly)
    }
}
