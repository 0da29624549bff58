import SafeRL

/// Every key with its meaning, default and, when a configuration was read, value and source.
struct OptionCatalogue {
    /// The values of all keys: those of the configuration, else the defaults.
    let values: JSONValue
    /// Every key there is.
    let options: [Option]
    private let defaults: JSONValue
    private let source: ((String) -> ValueSource)?

    /// The keys of a run and of every algorithm there is, with their defaults.
    init(registry: Registry) throws {
        var members = try JSONValue(encoding: RunConfiguration()).members?.map { ($0.key, $0.value) } ?? []
        var options = RunConfiguration.options
        for algorithm in registry.algorithms {
            members.append((algorithm.name, try Self.defaults(of: algorithm)))
            options.append(Self.section(of: algorithm))
        }
        (defaults, self.options, source) = (.object(members), options, nil)
        values = defaults
    }

    /// The keys and values of one configuration.
    ///
    /// - Throws: `ConfigurationError` when it cannot be used.
    init(_ document: RunDocument, registry: Registry) throws {
        self = try Self.resolving(document, try registry.algorithm(of: document), registry)
    }

    private init(
        values: JSONValue, options: [Option], defaults: JSONValue, source: @escaping (String) -> ValueSource
    ) {
        (self.values, self.options, self.defaults, self.source) = (values, options, defaults, source)
    }

    private static func resolving<A: Algorithm>(
        _ document: RunDocument, _ type: A.Type, _ registry: Registry
    ) throws -> OptionCatalogue {
        let run = try document.resolve(A.Configuration.self, of: A.name, among: registry.algorithmNames)
        run.sayRemarks()
        try run.checkNames(in: registry)
        let all = try OptionCatalogue(registry: registry)
        return OptionCatalogue(
            values: run.resolvedJSON(), options: run.described, defaults: all.defaults, source: run.source)
    }

    private static func defaults<A: Algorithm>(of algorithm: A.Type) throws -> JSONValue {
        try JSONValue(encoding: A.Configuration())
    }

    private static func section<A: Algorithm>(of algorithm: A.Type) -> Option {
        Option(A.name, .group(A.Configuration.options), "Options of \(A.name).")
    }

    /// Lines `key = value  source`, one for each key.
    func sourceTable() -> String {
        aligned(
            options.leaves(in: values).map { path, _ in
                (
                    "\(path) = \(value(path, in: values)?.compact ?? "not set")",
                    source?(path).description ?? "default"
                )
            })
    }

    /// What a key does; for a group or without a key, one line for each key in it.
    ///
    /// - Throws: `UnknownName` when there is no such key.
    func explanation(of key: String?) throws -> String {
        guard let key else { return aligned(options.leaves().map { ($0.path, $0.summary) }) }
        let today = FormerKeys(options).paths(of: key)
        if !today.isEmpty {
            let explanations = try today.map { try explanation(of: $0) }
            return "\(key): now called \(listed(today, "or")).\n" + explanations.joined()
        }
        let keys = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let option = options.option(at: keys) else {
            throw UnknownName(key, isNone: "key", of: paths(in: options, under: ""))
        }
        let inner = option.domain.inner.map { _ in
            let all = [option].leaves(under: String(key.dropLast(option.key.count)))
            return aligned(all.filter { $0.path != key }.map { ("  " + $0.path, $0.summary) })
        }
        if case .group = option.domain { return "\(key): \(option.summary)\n" + (inner ?? "") }
        var rows = [
            ("  allowed", option.domain.allowed),
            ("  default", options.standard(at: keys, in: defaults)?.compact ?? "none"),
        ]
        if let source {
            rows.append(("  value", "\(value(key, in: values)?.compact ?? "none") (\(source(key)))"))
        }
        return "\(key): \(option.summary)\n" + aligned(rows) + (inner ?? "")
    }

    /// A value by its dotted key; of a choice its word.
    private func value(_ path: String, in object: JSONValue) -> JSONValue? {
        let found = path.split(separator: ".").reduce(object as JSONValue?) { $0?[String($1)] }
        return found?.variantWord ?? found
    }
}
