/// Default values with a user's values laid over them, checked against the description of every key.
struct Overlay {
    /// The values so far, keys in the order of their description.
    private(set) var value: JSONValue
    /// Where each value came from, by dotted key; what is not listed is a default.
    private(set) var sources: [String: ValueSource] = [:]
    private let options: [Option]
    private let defaults: JSONValue

    /// Starts from defaults: an object with a value for each option, in any order.
    init(_ defaults: JSONValue, describedBy options: [Option]) {
        self.defaults = Self.ordered(defaults, by: options)
        (self.value, self.options) = (self.defaults, options)
    }

    static func ordered(_ value: JSONValue, by options: [Option]) -> JSONValue {
        .object(
            options.compactMap { option in
                guard let inner = value[option.key] else { return nil }
                guard case .group(let nested) = option.domain else { return (option.key, inner) }
                return (option.key, ordered(inner, by: nested))
            })
    }

    /// Lays the object of a file over the values.
    ///
    /// - Throws: the first key that is unknown or has a value that is not allowed.
    mutating func lay(_ object: JSONValue, from file: String) throws(ConfigurationError) {
        guard object.members != nil else {
            let place = object.position.map { "\(file):\($0)" } ?? file
            throw ConfigurationError(at: place, "\(object.kind) where an object in braces should stand.")
        }
        value = try laying(object, over: value, options, [], .file(file))
    }

    /// Lays one `key=value` of the command line over the values.
    ///
    /// - Throws: when the key is unknown or the value is not allowed.
    mutating func lay(_ override: Override) throws(ConfigurationError) {
        var domain = Option.Domain.group(options)
        for (index, key) in override.path.enumerated() {
            let parents = Array(override.path[..<index])
            // Below a key that takes names, any one name may follow.
            if case .named = domain, index == override.path.count - 1, index > 0 { break }
            guard case .group(let inner) = domain else {
                throw ConfigurationError(
                    at: override.place, "\(quoted(parents.joined(separator: "."))) has no keys of its own.")
            }
            guard let option = inner.first(where: { $0.key == key }) else {
                throw unknown(key, in: inner, under: parents, .override(override.text), nil)
            }
            domain = option.domain
        }
        let written = override.value(for: domain)
        let nested = override.path.reversed().reduce(written) { .object([($1, $0)]) }
        value = try laying(nested, over: value, options, [], .override(override.text))
    }

    private enum Origin {
        case file(String)
        case override(String)

        func place(_ position: TextPosition?) -> String {
            switch self {
            case .file(let name): position.map { "\(name):\($0)" } ?? name
            case .override(let text): "--set \(oneLine(text))"
            }
        }

        func source(_ position: TextPosition?) -> ValueSource {
            switch self {
            case .file(let name): .file(name, position ?? TextPosition(line: 1, column: 1))
            case .override(let text): .override(text)
            }
        }
    }

    private mutating func laying(
        _ object: JSONValue, over target: JSONValue, _ options: [Option], _ path: [String], _ origin: Origin
    ) throws(ConfigurationError) -> JSONValue {
        var members = target.members ?? []
        for member in object.members ?? [] {
            let keys = path + [member.key]
            let key = keys.joined(separator: ".")
            guard let option = options.first(where: { $0.key == member.key }) else {
                throw unknown(member.key, in: options, under: path, origin, member.position)
            }
            let standard = keys.reduce(defaults as JSONValue?) { $0?[$1] }
            if let fault = option.domain.fault(in: member.value, default: standard) {
                let place = origin.place(member.value.position)
                throw ConfigurationError(
                    at: place, "\(written(key, member.value, origin))\(fault).".endingOnce)
            }
            var merged = option.domain.canonical(member.value)
            if case .group(let inner) = option.domain {
                let current = target[member.key] ?? standard ?? .object([])
                merged = try laying(member.value, over: current, inner, keys, origin)
            } else if case .named = option.domain {
                // Names are added to those there are; the order is that of the alphabet, whatever was written first.
                let earlier = (target[member.key]?.members ?? []).filter { member.value[$0.key] == nil }
                let all = earlier + (member.value.members ?? [])
                merged = JSONValue(.object(all.sorted { $0.key < $1.key }))
                sources[key] = origin.source(member.value.position)
            } else {
                sources[key] = origin.source(member.value.position)
            }
            members.removeAll { $0.key == member.key }
            members.append(JSONMember(member.key, merged))
        }
        return Self.ordered(JSONValue(.object(members)), by: options)
    }

    /// `key = value: ` for a file; nothing for an override, whose place shows both.
    private func written(_ key: String, _ value: JSONValue, _ origin: Origin) -> String {
        if case .override(let text) = origin, text.hasPrefix(key + "=") { return "" }
        let text = value.compact
        return "\(key) = \(text.count > 60 ? text.prefix(57) + "..." : text): "
    }

    /// Keys of the same name in other groups, the least deep first.
    private func namesakes(of key: String) -> [String] {
        let found = paths(in: options, under: "").filter { $0.hasSuffix("." + key) }
        return found.sorted { $0.count(of: ".") < $1.count(of: ".") }
    }

    /// Names the key that was meant: in the same group, else of the same name in another group, else all there are.
    private func unknown(
        _ key: String, in group: [Option], under parents: [String], _ origin: Origin,
        _ position: TextPosition?
    ) -> ConfigurationError {
        let prefix = parents.map { $0 + "." }.joined()
        var (subject, shown) = (oneLine(prefix + key) + ": ", "")
        if case .override = origin { (subject, shown) = ("", prefix) }
        let remedy =
            if let near = nearest(to: key, among: group.map(\.key)) {
                "Did you mean \(quoted(shown + near))?"
            } else if let elsewhere = namesakes(of: key).first {
                "Did you mean \(quoted(elsewhere))?"
            } else {
                "Known keys: \(group.map { shown + $0.key }.joined(separator: ", "))."
            }
        return ConfigurationError(at: origin.place(position), "\(subject)unknown key. \(remedy)")
    }
}

extension String {
    /// How often a character occurs.
    fileprivate func count(of character: Character) -> Int { count { $0 == character } }

    /// The text with one full stop or question mark at its end, not two.
    fileprivate var endingOnce: String { hasSuffix("?.") ? String(dropLast()) : self }
}

/// The dotted paths of all keys, groups before their members.
package func paths(in options: [Option], under prefix: String) -> [String] {
    options.flatMap { option -> [String] in
        let path = prefix + option.key
        guard case .group(let inner) = option.domain else { return [path] }
        return [path] + paths(in: inner, under: path + ".")
    }
}

/// One `--set key=value`.
public struct Override: Equatable, Sendable {
    /// As written.
    public let text: String
    /// The key, split at its dots.
    let path: [String]
    private let written: String

    /// Splits at the first equals sign.
    ///
    /// - Throws: when there is none, or no key before it.
    public init(_ text: String) throws(ConfigurationError) {
        self.text = text
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ConfigurationError(
                at: "--set \(oneLine(text))",
                "not a key and a value. Write key=value, such as schedule.steps=1000.")
        }
        path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        written = String(parts[1])
    }

    /// The key, dotted, such as `schedule.steps`.
    public var key: String { path.joined(separator: ".") }

    /// How messages name it.
    package var place: String { "--set \(oneLine(text))" }

    /// The value: text as it stands for keys that take text, else JSON, else text again for the check to refuse.
    func value(for domain: Option.Domain) -> JSONValue {
        let parsed = try? JSONValue(parsing: Array(written.utf8))
        switch domain {
        case .text, .choice: return parsed?.string.map(JSONValue.text) ?? .text(written)
        default: return parsed ?? .text(written)
        }
    }
}
