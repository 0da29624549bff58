/// What a user said, laid over default values and checked against the description of every key.
///
/// All that is said is collected first, each value with its place; only then is it known which alternative of a choice is
/// meant, and so which keys there are.
struct Overlay {
    /// One value as it was said.
    private struct Said {
        var value: JSONValue
        let origin: Origin
        let position: TextPosition?
        /// Greater for what counts over others: what is assumed, a file, the command line.
        let layer: Layer
        /// Whether it was found under a key that the setting had in an earlier version.
        let isFormer: Bool
    }

    /// Where values are said, what counts least first.
    enum Layer: Int, Comparable {
        case assumed, file, commandLine

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
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

    private let options: [Option]
    private let defaults: JSONValue
    private let former: FormerKeys
    /// What was said, by dotted key; of a choice the word under the key itself.
    private var said: [String: Said] = [:]
    /// The words of choices, by dotted key, as they were said one after the other.
    private var words: [String: [(layer: Layer, word: String)]] = [:]
    /// Whether what has no effect is passed over: it was accepted when the file was written.
    private let isTolerant: Bool
    /// What was said under former keys, one line a key.
    private(set) var remarks: [String] = []
    private var remarked: Set<String> = []

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
        let path = former.path(of: override.key)?.split(separator: ".").map(String.init) ?? override.path
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
        let isFormer = path != override.path
        if isFormer { remark(override.key, path.joined(separator: "."), at: override.place, in: layer) }
        let nested = path.reversed().reduce(override.value(for: domain)) { .object([($1, $0)]) }
        try lay(nested, options, [], origin, layer, isFormer: isFormer)
    }

    private mutating func lay(
        _ object: JSONValue, _ options: [Option], _ path: [String], _ origin: Origin, _ layer: Layer,
        isFormer: Bool = false
    ) throws(ConfigurationError) {
        for member in object.members ?? [] {
            let keys = path + [member.key]
            guard let option = options.first(where: { $0.key == member.key }) else {
                if !member.key.contains("."), let now = former.path(of: keys.joined(separator: ".")) {
                    try lay(member, formerly: keys.joined(separator: "."), now, origin, layer)
                    continue
                }
                throw unknown(member.key, in: options, under: path, origin, member.position)
            }
            try lay(member.value, option.domain, keys, origin, layer, isFormer)
        }
    }

    private mutating func lay(
        _ member: JSONMember, formerly key: String, _ now: String, _ origin: Origin, _ layer: Layer
    ) throws(ConfigurationError) {
        remark(key, now, at: origin.place(member.position), in: layer)
        let keys = now.split(separator: ".").map(String.init)
        guard let option = options.option(at: keys) else { return }
        try lay(member.value, option.domain, keys, origin, layer, true)
    }

    private mutating func lay(
        _ value: JSONValue, _ domain: Option.Domain, _ keys: [String], _ origin: Origin, _ layer: Layer,
        _ isFormer: Bool
    ) throws(ConfigurationError) {
        let key = keys.joined(separator: ".")
        func said(_ value: JSONValue) -> Said {
            Said(
                value: value, origin: origin, position: value.position, layer: layer, isFormer: isFormer)
        }
        try check(value, domain, key, origin)
        switch domain {
        case .group(let inner):
            try lay(value, inner, keys, origin, layer, isFormer: isFormer)
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
                JSONValue(.object(settings)), kinds.allOptions, keys, origin, layer, isFormer: isFormer)
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

    private func standard(_ keys: [String]) -> JSONValue? { options.standard(at: keys, in: defaults) }

    private mutating func remark(_ key: String, _ now: String, at place: String, in layer: Layer) {
        guard layer != .assumed, !isTolerant || layer == .commandLine else { return }
        guard remarked.insert(key).inserted else { return }
        remarks.append(
            "\(place): \(key) is now called \(now); the next version will not know the former name.")
    }

    // MARK: Resolving

    /// Every key with its value, in the order of their description, and where it came from unless from the defaults.
    ///
    /// - Throws: for a setting that the alternative which was chosen does not have.
    func resolved() throws(ConfigurationError) -> (value: JSONValue, sources: [String: ValueSource]) {
        var sources = said.mapValues { $0.origin.source($0.position) }
        let value = try resolved(options, [], defaults, &sources)
        return (value, sources)
    }

    private func resolved(
        _ options: [Option], _ path: [String], _ standard: JSONValue?,
        _ sources: inout [String: ValueSource]
    ) throws(ConfigurationError) -> JSONValue {
        var members: [(String, JSONValue)] = []
        for option in options {
            let keys = path + [option.key]
            let key = keys.joined(separator: ".")
            let standard = standard?[option.key]
            switch option.domain {
            case .group(let inner):
                guard standard != nil else { continue }
                members.append((option.key, try resolved(inner, keys, standard, &sources)))
            case .variant(let kinds):
                guard let kind = kinds.kind(of: said[key]?.value ?? standard) else { continue }
                try dismissOthers(than: kind, of: kinds, keys, &sources)
                let own = kinds.kind(of: standard)?.word == kind.word ? standard : kind.defaults
                let settings = try resolved(kind.options, keys, own, &sources)
                let word = JSONValue(.text(kind.word), at: said[key]?.position)
                members.append(
                    (
                        option.key,
                        kind.options.isEmpty
                            ? word
                            : JSONValue(
                                .object([JSONMember(kindKey, word)] + (settings.members ?? [])),
                                at: word.position)
                    ))
            default:
                guard let value = said[key]?.value ?? standard else { continue }
                members.append((option.key, value))
            }
        }
        return .object(members)
    }

    /// Forgets what was said of an alternative that a later layer replaced, and refuses what else has no effect.
    private func dismissOthers(
        than kind: Option.Kind, of kinds: [Option.Kind], _ path: [String],
        _ sources: inout [String: ValueSource]
    ) throws(ConfigurationError) {
        let choice = path.joined(separator: ".")
        let prefix = choice + "."
        let others = said.filter { key, _ in
            key.hasPrefix(prefix)
                && !kind.options.contains { key == prefix + $0.key || key.hasPrefix(prefix + $0.key + ".") }
        }
        for (key, value) in others.sorted(by: { $0.key < $1.key }) {
            sources[key] = nil
            let keys = key.split(separator: ".").map(String.init)
            let word = words[choice]?.last { $0.layer <= value.layer }?.word
            let earlier = kinds.kind(of: word.map(JSONValue.text) ?? standard(path))
            let isReplaced = earlier?.options.contains { $0.key == keys[path.count] } ?? false
            let isDefault = value.isFormer && value.layer == .file && value.value == standard(keys)
            let isTolerated = value.layer == .assumed || isTolerant && value.layer == .file
            if isReplaced || isDefault || isTolerated { continue }
            throw withoutEffect(key, value, kind, kinds, choice)
        }
    }

    private func withoutEffect(
        _ key: String, _ value: Said, _ kind: Option.Kind, _ kinds: [Option.Kind], _ choice: String
    ) -> ConfigurationError {
        let name = String(key.dropFirst(choice.count + 1))
        let owners = kinds.words(with: String(name.prefix { $0 != "." }))
        let having = "\(listed(owners.map(quoted), "and")) \(owners.count == 1 ? "has" : "have") it"
        let remedy =
            switch value.origin {
            case .file: "\(quoted(String(choice.split(separator: ".").last ?? ""))): \(quoted(owners[0]))"
            case .override: "--set \(choice)=\(owners[0])"
            }
        return ConfigurationError(
            at: value.origin.place(value.position),
            "\(written(key, value.value, value.origin))without effect, because \(choice) is \(quoted(kind.word)); "
                + "\(having). Remove it, or write \(remedy).")
    }

    // MARK: Messages

    /// `key = value: ` for a file; nothing for an override, whose place shows both.
    private func written(_ key: String, _ value: JSONValue, _ origin: Origin) -> String {
        if case .override(let text) = origin {
            let said = String(text.prefix { $0 != "=" })
            if key == said || key == former.path(of: said) { return "" }
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
                ?? nearest(to: prefix + key, among: former.keys(under: prefix)).flatMap(former.path(of:))
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
