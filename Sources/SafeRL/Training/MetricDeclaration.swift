import Pictures

/// What a number in `metrics.jsonl` is: the name and unit that figures show, and which values it can take.
public struct MetricDeclaration: Sendable, Equatable {
    /// Which values a metric can take.
    public typealias Domain = Curve.Domain

    /// The name in `metrics.jsonl`; with a star at its end that of all metrics that begin so, such as `cost_*`.
    public let key: String
    /// The name that figures show, with `_{h}` for a lowered and `^{2}` for a raised part; a star stands for the rest of
    /// the name.
    public let title: String
    /// The unit, such as `steps`; nothing for a pure number.
    public let unit: String?
    /// Which values it can take.
    public let domain: Domain

    /// Declares a metric.
    public init(_ key: String, _ title: String, unit: String? = nil, _ domain: Domain = .number) {
        (self.key, self.title, self.unit, self.domain) = (key, title, unit, domain)
    }

    /// The declaration of a metric that nobody declared: its name in words, any number.
    public init(undeclared key: String) {
        let words = key.split(separator: "_").joined(separator: " ")
        self.init(key, words.prefix(1).uppercased() + words.dropFirst())
    }

    /// The declaration for one metric, without a star.
    ///
    /// - Returns: nothing where it is for others.
    public func matching(_ name: String) -> MetricDeclaration? {
        guard key.hasSuffix("*") else { return key == name ? self : nil }
        let stem = key.dropLast()
        guard name.hasPrefix(stem), name.count > stem.count else { return nil }
        let rest = String(name.dropFirst(stem.count))
        return MetricDeclaration(name, title.replacing("*", with: rest), unit: unit, domain)
    }
}

extension Sequence<MetricDeclaration> {
    /// The declaration of a metric: the first that is for it, else one made from its name.
    public func declaration(of name: String) -> MetricDeclaration {
        for declaration in self {
            if let found = declaration.matching(name) { return found }
        }
        return MetricDeclaration(undeclared: name)
    }
}
