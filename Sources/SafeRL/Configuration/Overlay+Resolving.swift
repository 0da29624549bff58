extension Overlay {
    /// Every key with its value, in the order of their description, and where it came from unless from the defaults.
    ///
    /// - Throws: for a setting that the alternative which was chosen does not have.
    func resolved() throws(ConfigurationError) -> (value: JSONValue, sources: [String: ValueSource]) {
        var sources = said.mapValues { $0.origin.source($0.position) }
        let value = try resolved(options, [], defaults, &sources)
        return (value, sources)
    }

    /// What was said under former keys, one line a key.
    var remarks: [String] {
        formerlySaid.map { key, place in
            let paths = former.paths(of: key)
            let now = paths.first(where: exists) ?? paths[0]
            return
                "\(place): \(key) is now called \(now); the next version will not know the former name."
        }
    }

    /// Whether the alternatives that were chosen have a key.
    private func exists(_ key: String) -> Bool {
        var options = options
        var (path, standard) = ("", defaults as JSONValue?)
        for part in key.split(separator: ".").map(String.init) {
            guard let option = options.first(where: { $0.key == part }) else { return false }
            path += (path.isEmpty ? "" : ".") + part
            standard = standard?[part]
            options = option.domain.inner ?? []
            guard case .variant(let kinds) = option.domain else { continue }
            let kind = kinds.kind(of: said[path]?.value ?? standard)
            if kind?.word != kinds.kind(of: standard)?.word { standard = kind?.defaults }
            options = kind?.options ?? []
        }
        return true
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
            let isDefault = value.former != nil && value.layer == .file && value.value == standard(keys)
            let isTolerated = value.layer == .assumed || isTolerant && value.layer == .file
            let isElsewhere = value.former.map { former.paths(of: $0).contains(where: exists) } ?? false
            if isReplaced || isDefault || isTolerated || isElsewhere { continue }
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

    // MARK: Keys without effect

    /// Refuses what was said of keys without effect, and forgets it where a later layer took the effect from it.
    ///
    /// - Parameters:
    ///   - idle: the keys that have none.
    ///   - section: the dotted key of the options that say so, and a dot; empty for those of the run.
    ///   - values: what `resolved` gave.
    /// - Returns: whether something was forgotten, so that other values result.
    /// - Throws: for what was said of the first key without effect.
    mutating func dismiss(
        _ idle: [IdleSetting], under section: String, in values: JSONValue
    ) throws(ConfigurationError) -> Bool {
        var isChanged = false
        for setting in idle {
            let (prefix, cause) = (section + setting.key, section + setting.cause)
            let own = said.filter { key, _ in
                (key == prefix || key.hasPrefix(prefix + ".")) && exists(key)
            }
            for (key, value) in own.sorted(by: { $0.key < $1.key }) {
                let keys = key.split(separator: ".").map(String.init)
                let isTolerated = value.layer == .assumed || isTolerant && value.layer == .file
                if isTolerated || value.value == standard(keys) { continue }
                guard let layer = said[cause]?.layer ?? forgotten[cause], layer > value.layer else {
                    throw idleFault(key, value, cause, setting.remedy, in: values)
                }
                (said[key], words[key], forgotten[key], isChanged) = (nil, nil, layer, true)
            }
        }
        return isChanged
    }

    private func idleFault(
        _ key: String, _ value: Said, _ cause: String, _ remedy: String?, in values: JSONValue
    ) -> ConfigurationError {
        let found = cause.split(separator: ".").reduce(values as JSONValue?) { $0?[String($1)] }
        let text = (found?[kindKey] ?? found)?.compact ?? "not set"
        let way =
            switch (value.origin, remedy) {
            case (_, nil): ""
            case (.file, let word?):
                ", or write \(quoted(String(cause.split(separator: ".").last ?? ""))): \(word)"
            case (.override, let word?): ", or write --set \(cause)=\(word.filter { $0 != "\"" })"
            }
        return ConfigurationError(
            at: value.origin.place(value.position),
            "\(written(key, value.value, value.origin))without effect, because \(cause) is \(text). "
                + "Remove it\(way).")
    }
}
