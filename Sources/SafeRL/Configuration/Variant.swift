/// A choice whose alternatives have settings of their own, such as `{"kind": "kde", "bandwidth": 0.5}`.
///
/// A bare word stands for an alternative with its defaults. A setting of another alternative is no key of this one, so that
/// a configuration holds nothing without effect.
///
/// ```swift
/// enum Guardian: Variant {
///     case none, kde(Kernel = Kernel())
///     static let kinds: [VariantKind<Self>] = [.init("none", .none), .init("kde") { .kde($0) }]
///     var chosen: (kind: String, settings: any Defaulted) {
///         switch self {
///         case .none: ("none", NoSettings())
///         case .kde(let settings): ("kde", settings)
///         }
///     }
/// }
/// ```
public protocol Variant: Codable, Sendable {
    /// The alternatives, in the order shown to a user.
    static var kinds: [VariantKind<Self>] { get }
    /// The word of the alternative that was chosen, with its settings.
    var chosen: (kind: String, settings: any Defaulted) { get }
}

/// Settings of an alternative that has none.
public struct NoSettings: Defaulted, Equatable {
    /// Nothing.
    public init() {}
}

/// One alternative of a variant.
public struct VariantKind<Choice: Sendable>: Sendable {
    /// Its word, its keys and their defaults.
    let described: Option.Kind
    fileprivate let decode: @Sendable (any Decoder) throws -> Choice

    /// An alternative with settings.
    ///
    /// - Parameters:
    ///   - word: what a configuration calls it.
    ///   - make: the choice, made of its settings.
    public init<Settings: Defaulted>(_ word: String, _ make: @escaping @Sendable (Settings) -> Choice) {
        described = Option.Kind(word, Settings.self)
        decode = { make(try Settings(from: $0)) }
    }

    /// An alternative without settings.
    public init(_ word: String, _ choice: Choice) {
        described = Option.Kind(word, NoSettings.self)
        decode = { _ in choice }
    }
}

/// The key that says which alternative an object is of.
let kindKey = "kind"

private enum VariantKey: String, CodingKey { case kind }

extension Variant {
    /// Reads a bare word, or an object of `kind` and the settings that this kind has.
    ///
    /// - Throws: `DecodingError` for a word that is no kind.
    public init(from decoder: any Decoder) throws {
        let word =
            if let bare = try? decoder.singleValueContainer().decode(String.self) {
                bare
            } else {
                try decoder.container(keyedBy: VariantKey.self).decode(String.self, forKey: .kind)
            }
        guard let kind = Self.kinds.first(where: { $0.described.word == word }) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no kind is called \(word)"))
        }
        self = try kind.decode(decoder)
    }

    /// Writes a bare word where the kind has no settings, else an object.
    public func encode(to encoder: any Encoder) throws {
        let (word, settings) = chosen
        if settings is NoSettings {
            var container = encoder.singleValueContainer()
            return try container.encode(word)
        }
        var container = encoder.container(keyedBy: VariantKey.self)
        try container.encode(word, forKey: .kind)
        try settings.encode(to: encoder)
    }

    /// Checks the settings of the alternative that was chosen.
    ///
    /// - Throws: `OptionIssue` with the choice's key in front of that of the setting.
    public func validate(under key: String) throws { try chosen.settings.validate(under: key) }
}

extension Setting where Value: Variant {
    /// A choice with settings of its own.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(
            wrappedValue: wrappedValue, in: .variant(Value.kinds.map(\.described)), summary,
            formerly: formerly)
    }
}

extension Option {
    /// One alternative of a choice.
    public struct Kind: Sendable, Equatable {
        /// What a configuration calls it.
        public let word: String
        /// The keys that it has.
        public let options: [Option]
        /// Their defaults.
        let defaults: JSONValue

        /// Describes an alternative by the type of its settings.
        public init<Settings: Defaulted>(_ word: String, _ settings: Settings.Type) {
            (self.word, options) = (word, Settings.options)
            // Defaults that cannot be written fail where they are encoded with the choice.
            defaults = (try? JSONValue(encoding: Settings())) ?? .object([])
        }
    }
}

extension JSONValue {
    /// The word of a choice that is written as an object.
    package var variantWord: JSONValue? { self[kindKey] }
}

extension [Option.Kind] {
    /// The keys of all kinds, each once.
    package var allOptions: [Option] {
        reduce(into: []) { all, kind in
            all += kind.options.filter { option in !all.contains { $0.key == option.key } }
        }
    }

    /// The words of the kinds that have a key.
    package func words(with key: String) -> [String] {
        filter { $0.options.contains { $0.key == key } }.map(\.word)
    }

    /// The kind that a value of the choice is of, whether it is a bare word or an object.
    package func kind(of value: JSONValue?) -> Option.Kind? {
        let word = value?.string ?? value?[kindKey]?.string
        return first { $0.word == word }
    }
}
