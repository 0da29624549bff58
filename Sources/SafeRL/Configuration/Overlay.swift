/// What a user said, laid over default values and checked against the description of every key.
///
/// All that is said is collected first, each value with its place; only then is it known which alternative of a choice is
/// meant, and so which keys there are.
struct Overlay {
    /// One value as it was said.
    struct Said {
        var value: JSONValue
        let origin: Origin
        let position: TextPosition?
        /// Greater for what counts over others: what is assumed, a file, the command line.
        let layer: Layer
        /// The key that the setting had in an earlier version, where it was found under that.
        let former: String?
    }

    /// Where values are said, what counts least first.
    enum Layer: Int, Comparable {
        case assumed, file, commandLine

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    enum Origin {
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

    let options: [Option]
    let defaults: JSONValue
    let former: FormerKeys
    /// What was said, by dotted key; of a choice the word under the key itself.
    var said: [String: Said] = [:]
    /// What was said and has no effect, by dotted key, with the layer that took the effect from it.
    var forgotten: [String: Layer] = [:]
    /// The words of choices, by dotted key, as they were said one after the other.
    var words: [String: [(layer: Layer, word: String)]] = [:]
    /// Whether what has no effect is passed over: it was accepted when the file was written.
    let isTolerant: Bool
    /// The former keys under which something was said, each with its first place.
    private(set) var formerlySaid: [(key: String, place: String)] = []

    /// Starts from defaults.
    ///
    /// - Parameters:
    ///   - defaults: an object with a value for each option, in any order.
    ///   - options: every key.
    ///   - isTolerant: whether settings of other alternatives than those chosen are passed over, as in a stored run.
    init(_ defaults: JSONValue, describedBy options: [Option], isTolerant: Bool = false) {
        (self.defaults, self.options, self.isTolerant) = (defaults, options, isTolerant)
        former = FormerKeys(options)
    }

    // MARK: Laying

    /// Lays the object of a file over the values.
    ///
    /// - Throws: the first key that is unknown or has a value that is not allowed.
    mutating func lay(_ object: JSONValue, from file: String) throws(ConfigurationError) {
        guard object.members != nil else {
            let place = object.position.map { "\(file):\($0)" } ?? file
            throw ConfigurationError(at: place, "\(object.kind) where an object in braces should stand.")
        }
        try lay(object, options, [], .file(file), .file)
    }

    /// Lays one `key=value` of the command line over the values.
    ///
    /// - Throws: when the key is unknown or the value is not allowed.
    mutating func lay(_ override: Override, as layer: Layer = .commandLine) throws(ConfigurationError) {
        let paths = former.paths(of: override.key)
        guard !paths.isEmpty else { return try lay(override, at: override.path, layer, former: nil) }
        remark(override.key, at: override.place, in: layer)
        for path in paths {
            try lay(override, at: path.split(separator: ".").map(String.init), layer, former: override.key)
        }
    }

    private mutating func lay(
        _ override: Override, at path: [String], _ layer: Layer, former: String?
    ) throws(ConfigurationError) {
        let origin = Origin.override(override.text)
        var domain = Option.Domain.group(options)
        for (index, key) in path.enumerated() {
            let parents = Array(path[..<index])
            // Below a key that takes names, any one name may follow.
            if case .named = domain, index == path.count - 1, index > 0 { break }
            if case .variant = domain, key == kindKey, index == path.count - 1 { break }
            guard let inner = domain.inner else {
                throw ConfigurationError(
                    at: override.place, "\(quoted(parents.joined(separator: "."))) has no keys of its own.")
            }
            guard let option = inner.first(where: { $0.key == key }) else {
                throw unknown(key, in: inner, under: parents, origin, nil)
            }
            domain = option.domain
        }
        let nested = path.reversed().reduce(override.value(for: domain)) { .object([($1, $0)]) }
        try lay(nested, options, [], origin, layer, former: former)
    }

    private mutating func lay(
        _ object: JSONValue, _ options: [Option], _ path: [String], _ origin: Origin, _ layer: Layer,
        former: String? = nil
    ) throws(ConfigurationError) {
        for member in object.members ?? [] {
            let keys = path + [member.key]
            guard let option = options.first(where: { $0.key == member.key }) else {
                let key = keys.joined(separator: ".")
                guard !member.key.contains("."), !self.former.paths(of: key).isEmpty else {
                    throw unknown(member.key, in: options, under: path, origin, member.position)
                }
                try lay(member, formerly: key, origin, layer)
                continue
            }
            try lay(member.value, option.domain, keys, origin, layer, former)
        }
    }

    private mutating func lay(
        _ member: JSONMember, formerly key: String, _ origin: Origin, _ layer: Layer
    ) throws(ConfigurationError) {
        remark(key, at: origin.place(member.position), in: layer)
        for now in former.paths(of: key) {
            let keys = now.split(separator: ".").map(String.init)
            guard let option = options.option(at: keys) else { continue }
            try lay(member.value, option.domain, keys, origin, layer, key)
        }
    }

    private mutating func lay(
        _ value: JSONValue, _ domain: Option.Domain, _ keys: [String], _ origin: Origin, _ layer: Layer,
        _ former: String?
    ) throws(ConfigurationError) {
        let key = keys.joined(separator: ".")
        func said(_ value: JSONValue) -> Said {
            Said(
                value: value, origin: origin, position: value.position, layer: layer, former: former)
        }
        try check(value, domain, key, origin)
        switch domain {
        case .group(let inner):
            try lay(value, inner, keys, origin, layer, former: former)
        case .variant(let kinds):
            if let word = value[kindKey] {
                try check(word, .choice(kinds.map(\.word)), key + "." + kindKey, origin)
            }
            if let word = value.members == nil ? value : value[kindKey] {
                self.said[key] = said(word)
                words[key, default: []].append((layer, word.string ?? ""))
            }
            let settings = (value.members ?? []).filter { $0.key != kindKey }
            try lay(
                JSONValue(.object(settings)), kinds.allOptions, keys, origin, layer, former: former)
        case .named:
            // Names are added to those there are; the order is that of the alphabet, whatever was written first.
            let earlier = (self.said[key]?.value ?? standard(keys))?.members ?? []
            let all = earlier.filter { value[$0.key] == nil } + (value.members ?? [])
            let sorted = JSONValue(.object(all.sorted { $0.key < $1.key }), at: value.position)
            self.said[key] = said(sorted)
        default:
            if layer == .file, let other = self.said[key], other.layer == layer {
                throw ConfigurationError(
                    at: origin.place(value.position),
                    "\(key): written twice, under this key and under its former one. Remove the former.")
            }
            self.said[key] = said(domain.canonical(value))
        }
    }

    private func check(
        _ value: JSONValue, _ domain: Option.Domain, _ key: String, _ origin: Origin
    ) throws(ConfigurationError) {
        let keys = key.split(separator: ".").map(String.init)
        guard let fault = domain.fault(in: value, default: standard(keys)) else { return }
        throw ConfigurationError(
            at: origin.place(value.position), "\(written(key, value, origin))\(fault).".endingOnce)
    }

    func standard(_ keys: [String]) -> JSONValue? { options.standard(at: keys, in: defaults) }

    private mutating func remark(_ key: String, at place: String, in layer: Layer) {
        guard layer != .assumed, !isTolerant || layer == .commandLine else { return }
        guard !formerlySaid.contains(where: { $0.key == key }) else { return }
        formerlySaid.append((key, place))
    }

    // MARK: Messages

    /// `key = value: ` for a file; nothing for an override, whose place shows both.
    func written(_ key: String, _ value: JSONValue, _ origin: Origin) -> String {
        if case .override(let text) = origin {
            let said = String(text.prefix { $0 != "=" })
            if key == said || former.paths(of: said).contains(key) { return "" }
        }
        let text = value.compact
        return "\(key) = \(text.count > 60 ? text.prefix(57) + "..." : text): "
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
            } else if let elsewhere = namesakes(of: key).first
                ?? nearest(to: prefix + key, among: former.keys(under: prefix)).flatMap({
                    former.paths(of: $0).first
                })
            {
                "Did you mean \(quoted(elsewhere))?"
            } else {
                "Known keys: \(group.map { shown + $0.key }.joined(separator: ", "))."
            }
        return ConfigurationError(at: origin.place(position), "\(subject)unknown key. \(remedy)")
    }

    /// Keys of the same name in other groups, the least deep first.
    private func namesakes(of key: String) -> [String] {
        let found = paths(in: options, under: "").filter { $0.hasSuffix("." + key) }
        return found.sorted { $0.count(of: ".") < $1.count(of: ".") }
    }
}

extension String {
    /// How often a character occurs.
    fileprivate func count(of character: Character) -> Int { count { $0 == character } }

    /// The text with one full stop or question mark at its end, not two.
    fileprivate var endingOnce: String { hasSuffix("?.") ? String(dropLast()) : self }
}
