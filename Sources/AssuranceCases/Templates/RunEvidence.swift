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

    /// The path that a pattern stands for: where it has `*`, the one with the largest number there.
    ///
    /// - Returns: relative to the run; the pattern with 1 in its place where there is none.
    package func file(_ pattern: String) -> String {
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
        var (entries, present): ([(String, JSONValue)], Set<String>) = ([], [])
        var environment: String?
        for (name, pattern) in template.evidence {
            let file = file(pattern)
            var hash = CaseTemplate.absent
            if case .bytes(let bytes) = read(file) {
                hash = SHA256.hexadecimal(of: bytes)
                let origin = (try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.mostBytes)))?[
                    "origin"]
                if name == "certificate" { environment = origin?["name"]?.string }
            }
            if hash != CaseTemplate.absent { present.insert(name) }
            entries.append(
                (
                    name,
                    .object([
                        ("file", .text(file)), ("sha256", .text(hash)), ("validUntil", .text("\(until)")),
                    ])
                ))
        }
        let place = JSONMember(
            "environment", .text(environment ?? "an environment that no certificate names"))
        let values = values + [place]
        return .object([
            ("format", .integer(1)), ("case", .text(name)), ("template", .text(template.name)),
            ("templateSHA256", .text(template.sha256)),
            ("parameters", .object(values.map { ($0.key, $0.value) })),
            ("evidence", .object(entries)), ("nodes", .list(template.nodes(values, present: present))),
        ])
    }
}
