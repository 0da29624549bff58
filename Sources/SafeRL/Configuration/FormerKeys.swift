/// The keys that settings had in an earlier version, which are read for one version more.
package struct FormerKeys {
    /// Today's dotted keys by the former one: several where each of some alternatives has the setting at a place of its own.
    private var today: [String: [String]] = [:]

    /// Collects what the options of every section say about themselves.
    package init(_ options: [Option]) {
        for option in options {
            collect([option], section: option.key + ".", under: "")
        }
    }

    private mutating func collect(_ options: [Option], section: String, under prefix: String) {
        for option in options {
            let key = prefix + option.key
            if let former = option.formerly, today[section + former]?.contains(key) != true {
                today[section + former, default: []].append(key)
            }
            collect(option.domain.inner ?? [], section: section, under: key + ".")
        }
    }

    /// Today's keys of a former one, at most one of which a configuration has; none where no key was ever called so.
    package func paths(of key: String) -> [String] { today[key] ?? [] }

    /// The former keys that begin with a group's name and a dot.
    func keys(under prefix: String) -> [String] { today.keys.filter { $0.hasPrefix(prefix) }.sorted() }
}
