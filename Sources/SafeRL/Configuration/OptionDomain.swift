extension Option.Domain {
    /// The largest number in a list of sizes: a product of two still fits into an `Int` by far.
    public static var largestSize: Int { 1_000_000 }
    /// The most numbers in a list of sizes.
    public static var mostSizes: Int { 64 }

    /// The allowed values in words, such as `a number in (0, 1)`; follows "must be".
    public var allowed: String {
        switch self {
        case .number(let minimum, let maximum, let noMinimum, let noMaximum):
            switch (minimum.isFinite, maximum.isFinite) {
            case (false, false): "a number"
            case (true, false): "a number \(noMinimum ? "greater than" : "of at least") \(plain(minimum))"
            case (false, true): "a number \(noMaximum ? "less than" : "of at most") \(plain(maximum))"
            case (true, true):
                "a number in \(noMinimum ? "(" : "[")\(plain(minimum)), \(plain(maximum))\(noMaximum ? ")" : "]")"
            }
        case .integer(let minimum, let maximum):
            switch (minimum == .min, maximum == .max) {
            case (true, true): "a whole number"
            case (false, true): "a whole number of at least \(minimum)"
            case (true, false): "a whole number of at most \(maximum)"
            case (false, false): "a whole number from \(minimum) to \(maximum)"
            }
        case .integerOr(let word, let minimum, let maximum):
            Self.integer(minimum: minimum, maximum: maximum).allowed + ", or \(quoted(word))"
        case .seed: "a whole number from 0 to \(UInt64.max)"
        case .boolean: "true or false"
        case .text: "text in quotation marks"
        case .choice(let words): listed(words.map(quoted), "or")
        case .variant(let kinds): listed(kinds.map { quoted($0.word) }, "or")
        case .sizes:
            "a list of 1 to \(Self.mostSizes) whole numbers from 1 to \(Self.largestSize), such as [256, 256]"
        case .named(let minimum, let maximum):
            "an object of names with numbers in [\(plain(minimum)), \(plain(maximum))], such as {\"speed\": \(plain(minimum))}"
        case .group: "an object in braces"
        }
    }

    /// Whether a value is allowed; a group only has to be an object, its members are checked one by one.
    package func allows(_ value: JSONValue) -> Bool {
        switch self {
        case .number(let minimum, let maximum, let noMinimum, let noMaximum):
            guard let number = value.number?.double else { return false }
            return (noMinimum ? number > minimum : number >= minimum)
                && (noMaximum ? number < maximum : number <= maximum)
        case .integer(let minimum, let maximum):
            guard let number = value.number?.int else { return false }
            return number >= minimum && number <= maximum
        case .integerOr(let word, let minimum, let maximum):
            return value.string == word || Self.integer(minimum: minimum, maximum: maximum).allows(value)
        case .seed: return value.number?.uint64 != nil
        case .boolean: return value.bool != nil
        case .text: return value.string != nil
        case .choice(let words): return value.string.map(words.contains) ?? false
        case .sizes:
            guard let elements = value.elements, 1...Self.mostSizes ~= elements.count else { return false }
            return elements.allSatisfy { 1...Self.largestSize ~= $0.number?.int ?? 0 }
        case .named(let minimum, let maximum):
            guard let members = value.members else { return false }
            return members.allSatisfy { member in
                guard let number = member.value.number?.double else { return false }
                return !member.key.isEmpty && number >= minimum && number <= maximum
            }
        case .group: return value.members != nil
        case .variant(let kinds):
            return value.members != nil || kinds.contains { $0.word == value.string }
        }
    }

    /// The value with whole numbers written in digits, so that `1e6` and `1000000` are one value.
    package func canonical(_ value: JSONValue) -> JSONValue {
        switch self {
        case .integer, .integerOr:
            value.number?.int.map { .init(JSONValue.integer($0).content, at: value.position) } ?? value
        case .seed:
            value.number?.uint64.map { .init(JSONValue.integer($0).content, at: value.position) } ?? value
        case .sizes:
            JSONValue(
                .list(
                    (value.elements ?? []).map {
                        Option.Domain.integer(minimum: 1, maximum: .max).canonical($0)
                    }),
                at: value.position)
        default: value
        }
    }

    /// What is wrong with a value, and what to write instead; `nil` when it is allowed.
    package func fault(in value: JSONValue, default standard: JSONValue?) -> String? {
        if allows(value) { return nil }
        var message = "must be \(allowed)"
        let words: [String]? =
            switch self {
            case .choice(let words): words
            case .variant(let kinds): kinds.map(\.word)
            default: nil
            }
        if let words, let text = value.string, let near = nearest(to: text, among: words) {
            return message + ". Did you mean \(quoted(near))?"
        }
        if case .group = self { return message }
        if let standard = standard?[kindKey] ?? standard { message += ". The default is \(standard.compact)" }
        return message
    }
}

/// A bound without a useless fraction.
private func plain(_ bound: Double) -> String { Int(exactly: bound).map(String.init) ?? "\(bound)" }

/// `a`, `a or b`, `a, b or c`.
package func listed(_ words: [String], _ conjunction: String) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}

extension Defaulted {
    /// What is inconsistent between the default value and its description, one sentence each; empty when all is well.
    ///
    /// An algorithm's tests expect `[]`: keys that the default value encodes but `options` does not describe (or the
    /// reverse), keys described twice, and defaults that are not allowed.
    public static func inconsistencies() throws -> [String] {
        let encoded = try JSONValue(encoding: Self())
        var found = differences(encoded, options, path: "")
        do { try Self().validate() } catch { found.append("the default value does not validate: \(error)") }
        return found
    }

    private static func differences(_ value: JSONValue, _ options: [Option], path: String) -> [String] {
        let described = options.map(\.key)
        var found = (value.members ?? []).map(\.key).filter { !described.contains($0) }.map {
            "\(path)\($0) is encoded but not described"
        }
        for (index, option) in options.enumerated() {
            let name = path + option.key
            if described[..<index].contains(option.key) { found.append("\(name) is described twice") }
            guard let standard = value[option.key] else {
                found.append("\(name) is described but not encoded")
                continue
            }
            if !option.domain.allows(standard) {
                found.append("\(name): the default \(standard.compact) is not \(option.domain.allowed)")
            }
            switch option.domain {
            case .group(let inner): found += differences(standard, inner, path: name + ".")
            case .variant(let kinds):
                for kind in kinds {
                    found += differences(kind.defaults, kind.options, path: "\(name) \(quoted(kind.word)).")
                    for own in kind.options where !kinds.allOptions.contains(own) {
                        found.append("\(name) \(quoted(kind.word)).\(own.key) is described otherwise before")
                    }
                }
            default: break
            }
        }
        return found
    }
}
