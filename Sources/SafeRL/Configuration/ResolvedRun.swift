/// A configuration file and the command line's overrides, before it is known which algorithm reads them.
public struct RunDocument: Sendable {
    /// The file that was opened.
    public let file: ConfigurationFile
    private let content: JSONValue
    private let overrides: [Override]
    /// What counts as said before the file: what a run from before some keys existed did.
    private var assumed: [Override] = []
    /// Whether it is what a run stored, in which keys without effect may stand that were accepted once.
    private let isStored: Bool

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - file: its text.
    ///   - overrides: `key=value` with dotted keys, later ones over earlier ones.
    /// - Throws: when the file is not strict JSON or an override is not `key=value`.
    public init(_ file: ConfigurationFile, overriding overrides: [String] = []) throws(ConfigurationError) {
        try self.init(file, overriding: overrides, isStored: false)
    }

    private init(
        _ file: ConfigurationFile, overriding overrides: [String], isStored: Bool
    ) throws(ConfigurationError) {
        (self.file, self.isStored) = (file, isStored)
        do {
            content = try JSONValue(parsing: file.bytes)
        } catch {
            throw ConfigurationError(at: "\(oneLine(file.name)):\(error.position)", error.message + ".")
        }
        var parsed: [Override] = []
        for text in overrides { parsed.append(try Override(text)) }
        self.overrides = parsed
    }

    /// Reads what a run stored, maybe one of an earlier version, as what it did then.
    ///
    /// - Parameters:
    ///   - text: its `config.resolved.json`.
    ///   - name: the path of that file.
    ///   - overrides: `key=value` with dotted keys, later ones over earlier ones.
    /// - Throws: as `init(_:overriding:)`.
    package init(
        stored text: String, as name: String, overriding overrides: [String] = []
    ) throws(ConfigurationError) {
        let file = ConfigurationFile(name: name, bytes: Array(text.utf8))
        let document = try RunDocument(file, overriding: overrides, isStored: true)
        self = try document.assuming(ConfigurationFingerprint.unsaid(in: text))
    }

    /// Says what a run stored in the keys of this version.
    ///
    /// - Returns: a function of its `config.resolved.json`; nil where that cannot be read.
    package static func respelling<Options: Defaulted>(
        as options: Options.Type, of algorithm: String
    ) -> @Sendable (String) -> String? {
        { text in
            let stored = try? RunDocument(stored: text, as: "config.resolved.json")
            return try? stored?.resolve(options, of: algorithm).resolvedJSON().pretty
        }
    }

    /// The same document for a run that goes on, and that was started before some keys existed.
    ///
    /// - Parameter values: `key=value`, in place of the defaults.
    /// - Returns: a document whose file and overrides count as before.
    /// - Throws: when one is not `key=value`.
    package func assuming(_ values: [String]) throws(ConfigurationError) -> RunDocument {
        var document = self
        for text in values { document.assumed.append(try Override(text)) }
        return document
    }

    /// The algorithm that the configuration names.
    ///
    /// - Parameter names: the algorithms there are.
    /// - Returns: one of the names.
    /// - Throws: when none or an unknown one is named.
    public func algorithm(among names: [String]) throws(ConfigurationError) -> String {
        var overlay = Overlay(
            .object([("algorithm", .text(""))]), describedBy: Array(RunConfiguration.options.prefix(1)))
        if let member = content.members?.first(where: { $0.key == "algorithm" }) {
            try overlay.lay(JSONValue(.object([member])), from: oneLine(file.name))
        } else if content.members == nil {
            try overlay.lay(content, from: oneLine(file.name))
        }
        for override in overrides where override.path == ["algorithm"] { try overlay.lay(override) }
        let (value, sources) = try overlay.resolved()
        let name = value["algorithm"]?.string ?? ""
        if names.contains(name) { return name }
        let faults = RunFaults(file: file, sources: sources, values: value)
        let remedy = suggestion(for: name, among: names, called: "algorithms")
        throw faults.error(
            "algorithm", name.isEmpty ? "no algorithm named. \(remedy)" : "unknown algorithm. \(remedy)")
    }

    /// Lays file and overrides over the defaults of the run and of its algorithm.
    ///
    /// - Parameters:
    ///   - options: the algorithm's options, whose section has the algorithm's name.
    ///   - algorithm: the name that `algorithm(among:)` gave.
    ///   - names: the algorithms there are; a section of another one is an error that says so.
    /// - Returns: the complete configuration.
    /// - Throws: the first unknown key, value that is not allowed, or contradiction.
    public func resolve<Options: Defaulted>(
        _ options: Options.Type, of algorithm: String, among names: [String] = []
    ) throws(ConfigurationError) -> ResolvedRun<Options> {
        let name = oneLine(file.name)
        let described =
            RunConfiguration.options + [
                Option(algorithm, .group(Options.options), "Options of \(algorithm).")
            ]
        for member in content.members ?? [] where member.key != algorithm && names.contains(member.key) {
            throw ConfigurationError(
                at: member.position.map { "\(name):\($0)" } ?? name,
                "\(member.key): options of an algorithm that this run, which trains \(quoted(algorithm)), does not "
                    + "have. Remove them, or write \"algorithm\": \(quoted(member.key)).")
        }
        var overlay = Overlay(
            try Self.values(RunConfiguration(), Options(), under: algorithm), describedBy: described,
            isTolerant: isStored)
        for value in assumed { try overlay.lay(value, as: .assumed) }
        try overlay.lay(content, from: name)
        for override in overrides { try overlay.lay(override) }
        while true {
            let (value, sources) = try overlay.resolved()
            let faults = RunFaults(file: file, sources: sources, values: value)
            let run = try faults.decode(RunConfiguration.self, under: [], from: value)
            if !Options.bringsData {
                do throws(OptionIssue) {
                    try run.checkData(of: algorithm, isActing: Options.learnsByActing)
                } catch {
                    throw faults.error(error.key, error.message)
                }
            }
            let own = try faults.decode(
                Options.self, under: [algorithm], from: value[algorithm] ?? .object([]))
            if try overlay.dismiss(own.idleSettings, under: algorithm + ".", in: value) { continue }
            let values = described.ordering(try Self.values(run, own, under: algorithm))
            return ResolvedRun(
                run: run, options: own, algorithm: algorithm, described: described, remarks: overlay.remarks,
                faults: RunFaults(file: file, sources: sources, values: values))
        }
    }

    private static func values(
        _ run: RunConfiguration, _ options: some Defaulted, under name: String
    ) throws(ConfigurationError) -> JSONValue {
        do {
            let run = try JSONValue(encoding: run).members ?? []
            return .object(run.map { ($0.key, $0.value) } + [(name, try JSONValue(encoding: options))])
        } catch {
            throw ConfigurationError(at: name, "the options cannot be written as JSON: \(error).")
        }
    }
}

/// A complete, checked configuration: what a run has, its algorithm's options, and where each value came from.
public struct ResolvedRun<Options: Defaulted>: Sendable {
    /// What every run has.
    public let run: RunConfiguration
    /// The algorithm's own options.
    public let options: Options
    /// The algorithm's name, the key of its section.
    public let algorithm: String
    /// Every key, as `config explain` shows it: those of the run, then one group with the algorithm's name.
    public let described: [Option]
    /// What the user should know of what was written, such as that a key has another name now; one line each.
    public let remarks: [String]
    let faults: RunFaults

    /// The file that was opened.
    public var file: ConfigurationFile { faults.file }

    /// The whole configuration, every key present; reading it gives equal values.
    public func resolvedJSON() -> JSONValue { faults.values }

    /// Where a value came from.
    ///
    /// - Parameter key: dotted, such as `schedule.steps`.
    /// - Returns: the default also for keys that do not exist.
    public func source(of key: String) -> ValueSource { faults.sources[key] ?? .byDefault }

    /// An error about one key, with the place where its value was written.
    ///
    /// - Parameters:
    ///   - key: dotted, such as `data.file`.
    ///   - message: what is wrong and what to do, with a full stop.
    /// - Returns: an error of kind `invalid`.
    public func error(_ key: String, _ message: String) -> ConfigurationError { faults.error(key, message) }
}

/// Turns what is wrong with a key into an error that shows where its value was written.
struct RunFaults: Sendable {
    let file: ConfigurationFile
    let sources: [String: ValueSource]
    let values: JSONValue

    func error(_ key: String, _ message: String) -> ConfigurationError {
        let found = key.split(separator: ".").reduce(values as JSONValue?) { $0?[String($1)] }
        // Of a choice, its word.
        let value = found?[kindKey] ?? found
        switch sources[key] ?? .byDefault {
        case .byDefault: return ConfigurationError(at: oneLine(file.name), "\(key): \(message)")
        case .file(let name, let position):
            let written = value.map { " = \($0.compact)" } ?? ""
            return ConfigurationError(at: "\(name):\(position)", "\(key)\(written): \(message)")
        case .override(let text): return ConfigurationError(at: "--set \(oneLine(text))", message)
        }
    }

    /// Decodes checked values, and checks again what rounding to the stored type made of them.
    func decode<Value: Defaulted>(
        _ type: Value.Type, under path: [String], from object: JSONValue
    ) throws(ConfigurationError) -> Value {
        let prefix = path.map { $0 + "." }.joined()
        do {
            let value = try object.decode(type)
            if let fault = Self.rounding(try JSONValue(encoding: value), Value.options, prefix) {
                throw OptionIssue(fault.key, fault.message)
            }
            do { try value.validate() } catch let issue as OptionIssue {
                throw OptionIssue(prefix + issue.key, issue.message)
            }
            return value
        } catch let issue as OptionIssue {
            throw error(issue.key, issue.message)
        } catch is DecodingError {
            // Foundation does not say which; what passed the check before can only be too large for single precision.
            let large = paths(in: Value.options, under: "").first { key in
                key.split(separator: ".").reduce(object as JSONValue?) { $0?[String($1)] }?.number?.float
                    .isFinite == false
            }
            guard let large else {
                throw ConfigurationError(at: oneLine(file.name), "\(algorithmOrRun(path)) cannot be decoded.")
            }
            throw error(prefix + large, "too large for single precision.")
        } catch {
            throw ConfigurationError(at: oneLine(file.name), "\(error)".replacing("\n", with: " "))
        }
    }

    private func algorithmOrRun(_ path: [String]) -> String {
        path.first.map { "the section \($0)" } ?? "the run"
    }

    /// The first value that its own type holds, but no longer in the allowed range.
    private static func rounding(_ value: JSONValue, _ options: [Option], _ prefix: String) -> OptionIssue? {
        for option in options {
            guard let inner = value[option.key] else { continue }
            let nested: [Option]? =
                switch option.domain {
                case .group(let nested): nested
                case .variant(let kinds): kinds.kind(of: inner)?.options
                default: nil
                }
            if let nested {
                if let issue = rounding(inner, nested, prefix + option.key + ".") { return issue }
            } else if !option.domain.allows(inner) {
                return OptionIssue(
                    prefix + option.key,
                    "must be \(option.domain.allowed), but is rounded to \(inner.compact).")
            }
        }
        return nil
    }
}
