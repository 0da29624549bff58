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
    /// - Returns: relative to the run; the pattern with 1 in its place where there is none.
    package func file(_ pattern: String) -> String {
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
        let newest = numbered.max { ($0.number, $0.name) < ($1.number, $1.name) }?.name
        let name = newest ?? parts[place].replacing("*", with: "1")
        return (parts[..<place] + [name] + parts[(place + 1)...]).joined(separator: "/")
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
        for (name, pattern) in template.evidence {
            let file = file(pattern)
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
        let values = values + texts
        return .object([
            ("format", .integer(1)), ("case", .text(name)), ("template", .text(template.name)),
            ("templateSHA256", .text(template.sha256)),
            ("parameters", .object(values.map { ($0.key, $0.value) })),
            ("evidence", .object(entries)),
            ("nodes", .list(template.nodes(values, present: Set(documents.keys)))),
        ])
    }
}
