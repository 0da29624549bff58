/// One key of a configuration, declared where its value stands: what it does, which values it takes, and its default.
///
/// ```swift
/// struct Configuration: Defaulted {
///     @Setting(1...4096, "Hidden units.") var width = 64
///     @Setting(0..<1, "Discount of rewards (gamma).") var discount: Float = 0.99
/// }
/// ```
///
/// The property's name is the key. Reader, `config explain` and the tables of the documentation read the rest off the
/// default value: see `Defaulted.options`.
@propertyWrapper
public struct Setting<Value: Codable & Sendable>: Codable, Sendable {
    /// The value itself.
    public var wrappedValue: Value
    /// What is known of the key; nil in a value that was decoded, whose type's default value knows it.
    let declaration: SettingDeclaration?

    /// Declares a key by a domain that its type alone does not give.
    ///
    /// - Parameters:
    ///   - wrappedValue: the default.
    ///   - domain: which values it takes.
    ///   - summary: what it does, in one line, with unit and paper symbol where there is one.
    ///   - formerly: the key that it had in the version before, as seen from the section of its algorithm; it is read still.
    public init(
        wrappedValue: Value, in domain: Option.Domain, _ summary: String, formerly: String? = nil
    ) {
        self.wrappedValue = wrappedValue
        declaration = SettingDeclaration(domain, summary, formerly)
    }

    /// Decodes the value alone.
    public init(from decoder: any Decoder) throws {
        wrappedValue = try Value(from: decoder)
        declaration = nil
    }

    /// Encodes the value alone.
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension Setting: Equatable where Value: Equatable {
    /// Compares the values, wherever they were declared.
    public static func == (a: Self, b: Self) -> Bool { a.wrappedValue == b.wrappedValue }
}

/// What a key is, apart from its value; shared by the copies of a configuration.
final class SettingDeclaration: Sendable {
    let domain: Option.Domain
    let summary: String
    let formerly: String?

    init(_ domain: Option.Domain, _ summary: String, _ formerly: String?) {
        (self.domain, self.summary, self.formerly) = (domain, summary, formerly)
    }
}

/// A property that declares its key.
private protocol DeclaredSetting {
    var declaration: SettingDeclaration? { get }
}

extension Setting: DeclaredSetting {}

extension Defaulted {
    /// The keys that the default value declares by `@Setting`, in the order of its properties.
    public static var options: [Option] {
        Mirror(reflecting: Self()).children.compactMap { child in
            // A wrapper is stored under its property's name and an underscore.
            guard let name = child.label, name.hasPrefix("_"),
                let declaration = (child.value as? any DeclaredSetting)?.declaration
            else { return nil }
            return Option(
                String(name.dropFirst()), declaration.domain, declaration.summary,
                formerly: declaration.formerly)
        }
    }
}

// MARK: Domains that types give

/// Numbers between two bounds, the lower of which does not belong to them.
public struct Interval<Bound: BinaryFloatingPoint & Sendable>: Sendable {
    let lower, upper: Bound
    let hasUpper: Bool

    /// Numbers in `(lower, upper)`.
    public static func open(_ lower: Bound, _ upper: Bound) -> Self {
        Self(lower: lower, upper: upper, hasUpper: false)
    }

    /// Numbers in `(lower, upper]`.
    public static func above(_ lower: Bound, upTo upper: Bound = .infinity) -> Self {
        Self(lower: lower, upper: upper, hasUpper: true)
    }
}

extension Setting where Value: BinaryFloatingPoint {
    /// A number from one bound to another, both allowed.
    public init(wrappedValue: Value, _ range: ClosedRange<Value>, _ summary: String, formerly: String? = nil)
    {
        self.init(
            wrappedValue: wrappedValue,
            in: .number(minimum: Double(range.lowerBound), maximum: Double(range.upperBound)), summary,
            formerly: formerly)
    }

    /// A number from one bound to less than another.
    public init(wrappedValue: Value, _ range: Range<Value>, _ summary: String, formerly: String? = nil) {
        self.init(
            wrappedValue: wrappedValue,
            in: .number(
                minimum: Double(range.lowerBound), maximum: Double(range.upperBound), excludingMaximum: true),
            summary, formerly: formerly)
    }

    /// A number above one bound.
    public init(wrappedValue: Value, _ interval: Interval<Value>, _ summary: String, formerly: String? = nil)
    {
        self.init(
            wrappedValue: wrappedValue,
            in: .number(
                minimum: Double(interval.lower), maximum: Double(interval.upper), excludingMinimum: true,
                excludingMaximum: !interval.hasUpper),
            summary, formerly: formerly)
    }
}

extension Setting where Value == Int {
    /// A whole number from one bound to another.
    public init(wrappedValue: Value, _ range: ClosedRange<Int>, _ summary: String, formerly: String? = nil) {
        self.init(
            wrappedValue: wrappedValue, in: .integer(minimum: range.lowerBound, maximum: range.upperBound),
            summary, formerly: formerly)
    }
}

extension Setting where Value == UInt64 {
    /// What decides random numbers.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .seed, summary, formerly: formerly)
    }
}

extension Setting where Value == Bool {
    /// True or false.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .boolean, summary, formerly: formerly)
    }
}

extension Setting where Value == String {
    /// Any text.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .text, summary, formerly: formerly)
    }
}

extension Setting where Value == [Int] {
    /// Widths.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .sizes, summary, formerly: formerly)
    }
}

extension Setting where Value == [String: Double] {
    /// Numbers in a range, under names that the user chooses.
    public init(wrappedValue: Value, _ range: ClosedRange<Double>, _ summary: String, formerly: String? = nil)
    {
        self.init(
            wrappedValue: wrappedValue, in: .named(minimum: range.lowerBound, maximum: range.upperBound),
            summary, formerly: formerly)
    }
}

extension Setting where Value: CaseIterable & RawRepresentable<String> {
    /// One of the words of a type.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .words(of: Value.self), summary, formerly: formerly)
    }
}

extension Setting where Value: RawRepresentable<String> {
    /// One of some words of a type.
    public init(wrappedValue: Value, oneOf words: [Value], _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .choice(words.map(\.rawValue)), summary, formerly: formerly)
    }
}

extension Setting where Value: Defaulted {
    /// Settings of its own.
    public init(wrappedValue: Value, _ summary: String, formerly: String? = nil) {
        self.init(wrappedValue: wrappedValue, in: .group(Value.options), summary, formerly: formerly)
    }
}
