extension [Option] {
    /// An object with its keys in the order of their description.
    func ordering(_ value: JSONValue) -> JSONValue {
        .object(
            compactMap { option in
                guard let inner = value[option.key] else { return nil }
                switch option.domain {
                case .group(let nested): return (option.key, nested.ordering(inner))
                case .variant(let kinds):
                    guard let kind = kinds.kind(of: inner), let word = inner[kindKey] else { break }
                    let settings = kind.options.ordering(inner).members ?? []
                    return (option.key, JSONValue(.object([JSONMember(kindKey, word)] + settings)))
                default: break
                }
                return (option.key, inner)
            })
    }

    /// The option at the end of a path of keys.
    package func option(at path: [String]) -> Option? {
        var found: Option?
        var options = self
        for key in path {
            guard let option = options.first(where: { $0.key == key }) else { return nil }
            (found, options) = (option, option.domain.inner ?? [])
        }
        return found
    }

    /// The default of a key; of a setting that only some alternatives of a choice have, that of the first of them.
    package func standard(at path: [String], in defaults: JSONValue) -> JSONValue? {
        var (value, options) = (defaults as JSONValue?, self)
        for key in path {
            guard let option = options.first(where: { $0.key == key }) else { return value?[key] }
            value = value?[key]
            guard case .variant(let kinds) = option.domain else {
                options = option.domain.inner ?? []
                continue
            }
            if key == path.last { return value?[kindKey] ?? value }
            options = kinds.allOptions
            let others = kinds.reversed().flatMap { $0.defaults.members ?? [] }
            value = .object(
                Dictionary(
                    (others + (value?.members ?? [])).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }
                ).map { ($0, $1) })
        }
        return value
    }

    /// Every key that has a value of its own, with what it does.
    ///
    /// - Parameters:
    ///   - prefix: the dotted key of the object that has these keys, and a dot.
    ///   - values: of its choices those keys only that the chosen alternative has; nil for those of all.
    /// - Returns: dotted keys; of a setting that only some alternatives have, these stand before what it does.
    package func leaves(under prefix: String = "", in values: JSONValue? = nil) -> [(
        path: String, summary: String
    )] {
        flatMap { option -> [(path: String, summary: String)] in
            let (key, inner) = (prefix + option.key, values?[option.key])
            switch option.domain {
            case .group(let nested): return nested.leaves(under: key + ".", in: inner)
            case .variant(let kinds):
                let own = values == nil ? kinds.allOptions : kinds.kind(of: inner)?.options ?? []
                let settings = own.flatMap { setting in
                    [setting].leaves(under: key + ".", in: inner).map { path, summary in
                        (path: path, summary: "\(listed(kinds.words(with: setting.key), "and")): \(summary)")
                    }
                }
                return [(key, option.summary)] + settings
            default: return [(key, option.summary)]
            }
        }
    }
}

/// The dotted paths of all keys, groups before their members.
package func paths(in options: [Option], under prefix: String) -> [String] {
    options.flatMap { option -> [String] in
        let path = prefix + option.key
        guard let inner = option.domain.inner else { return [path] }
        return [path] + paths(in: inner, under: path + ".")
    }
}
