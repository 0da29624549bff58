import Storage

/// Files of a run that a case rests on.
package struct RunEvidence: Sendable {
    /// Of one file at most.
    package static let mostBytes = 1 << 26

    /// The folder of the run.
    package let run: String

    package init(run: String) { self.run = run }

    /// What lies at a path relative to the run.
    package func read(_ file: String) -> FoundFile {
        let path = run + "/" + file
        guard fileKind(path) != nil else { return .missing }
        guard let bytes = try? fileContents(path, limit: Self.mostBytes) else { return .unreadable }
        return .bytes(bytes)
    }

    /// The path that a pattern stands for: where it has `*`, the one with the largest number there; where it has `**`, the one that
    /// the ledger of claims names last.
    ///
    /// - Parameters:
    ///   - pattern: of a path.
    ///   - accepts: which files with a number count.
    /// - Returns: relative to the run; the pattern with 1 in its place where there is none, with 0 where none of them counts.
    package func file(_ pattern: String, where accepts: (JSONValue?) -> Bool = { _ in true }) -> String {
        if let place = pattern.range(of: "**") {
            return lastClaimed(pattern[..<place.lowerBound], pattern[place.upperBound...])
                ?? pattern.replacing("**", with: "1")
        }
        let parts = pattern.split(separator: "/").map(String.init)
        guard let place = parts.firstIndex(where: { $0.contains("*") }) else { return pattern }
        let ends = parts[place].split(separator: "*", omittingEmptySubsequences: false)
        let folder = parts[..<place].joined(separator: "/")
        let names = (try? directoryContents(run + "/" + folder)) ?? []
        let numbered = names.compactMap { name -> (number: UInt64, name: String)? in
            guard name.hasPrefix(ends[0]), name.hasSuffix(ends[1]) else { return nil }
            let digits = name.dropFirst(ends[0].count).dropLast(ends[1].count)
            guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt64(digits) else {
                return nil
            }
            return (number, name)
        }
        func path(_ name: String) -> String {
            (parts[..<place] + [name] + parts[(place + 1)...]).joined(separator: "/")
        }
        let newest = numbered.sorted { ($0.number, $0.name) > ($1.number, $1.name) }.first {
            accepts(document(path($0.name)))
        }
        return path(newest?.name ?? parts[place].replacing("*", with: numbered.isEmpty ? "1" : "0"))
    }

    /// What a file says; nothing where it says nothing.
    private func document(_ file: String) -> JSONValue? {
        guard case .bytes(let bytes) = read(file) else { return nil }
        return try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.mostBytes))
    }

    /// The files that a template rests on, by names of evidence.
    ///
    /// A certificate of one channel alone counts for that channel, and never for all together. One that cannot be read counts as one of
    /// all, which it then refutes.
    ///
    /// - Parameters:
    ///   - template: which.
    ///   - channels: names of the cost channels that are asked for.
    /// - Returns: relative to the run.
    func files(_ template: CaseTemplate, channels: [String]) -> [(name: String, file: String)] {
        func counted(_ certificate: JSONValue?) -> String? { certificate?["counted"]?["channel"]?.string }
        let own = template.evidence.map { name, pattern in
            guard pattern == template.channels?.pattern else { return (name, file(pattern)) }
            return (name, file(pattern) { counted($0) == nil })
        }
        return own
            + channels.enumerated().map { place, channel in
                (
                    CaseTemplate.channel(place + 1),
                    file(template.channels?.pattern ?? "") { counted($0) == channel }
                )
            }
    }

    /// Names of the cost channels that a template asks for, in the order of the evidence.
    private func channels(_ template: CaseTemplate) -> [String] {
        guard let place = template.channels,
            let pattern = template.evidence.first(where: { $0.name == place.evidence })?.pattern
        else { return [] }
        let named = place.path.reduce(document(file(pattern))) { $0?[$1] }?.elements ?? []
        return named.prefix(CaseTemplate.mostChannels).map { $0["name"]?.string ?? "" }
    }

    /// The file that the last line of the ledger is about which names one that begins and ends so.
    private func lastClaimed(_ start: Substring, _ end: Substring) -> String? {
        let folder = start.split(separator: "/").dropLast().joined(separator: "/")
        guard case .bytes(let bytes) = read(folder + "/claims.jsonl") else { return nil }
        let files = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line -> String? in
            let claim = try? JSONValue(parsing: Array(line), limits: JSONLimits(bytes: Self.mostBytes))
            guard let name = claim?["file"]?.string?.split(separator: "/").last else { return nil }
            let file = folder + "/" + name
            return file.hasPrefix(start) && file.hasSuffix(end) ? file : nil
        }
        return files.last
    }

    /// A case that a template makes of the run.
    ///
    /// - Parameters:
    ///   - template: which.
    ///   - name: of the case.
    ///   - values: of every parameter that the template has.
    ///   - until: when the evidence expires.
    /// - Returns: the case as a document; what is not there is listed as absent.
    package func document(
        _ template: CaseTemplate, name: String, values: [JSONMember], until: CaseTime
    ) -> JSONValue {
        var (entries, documents): ([(String, JSONValue)], [String: JSONValue]) = ([], [:])
        let channels = channels(template)
        for (name, file) in files(template, channels: channels) {
            var hash = CaseTemplate.absent
            if case .bytes(let bytes) = read(file) {
                hash = SHA256.hexadecimal(of: bytes)
                documents[name] =
                    (try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.mostBytes))) ?? .null
            }
            entries.append(
                (
                    name,
                    .object([
                        ("file", .text(file)), ("sha256", .text(hash)), ("validUntil", .text("\(until)")),
                    ])
                ))
        }
        let texts = template.texts.map { text in
            let found = text.path.reduce(documents[text.evidence]) { $0?[$1] }
            let article = "aeiou".contains(text.name.first ?? "n") ? "an" : "a"
            return JSONMember(
                text.name,
                .text(
                    found?.string ?? found?.compact
                        ?? "\(article) \(text.name) that no \(text.evidence) names"))
        }
        let numbers = template.channels.map { _ in [JSONMember("channels", .integer(channels.count))] } ?? []
        let names = channels.enumerated().map { JSONMember(CaseTemplate.channel($0 + 1), .text($1)) }
        let values = values + texts + numbers + names
        return .object([
            ("format", .integer(1)), ("case", .text(name)), ("template", .text(template.name)),
            ("templateSHA256", .text(template.sha256)),
            ("parameters", .object(values.map { ($0.key, $0.value) })),
            ("evidence", .object(entries)),
            ("nodes", .list(template.nodes(values, present: Set(documents.keys)))),
        ])
    }
}
