import Storage

/// A dossier filled from a run's files: what they say under each heading, with the hash of each file.
package struct DossierReport {
    /// What stands under a heading.
    private struct Filled {
        let heading: Dossier.Heading
        /// What, value, file; where there is no file the command that makes it.
        let rows: [[String]]
    }

    private let dossier: Dossier
    private let filled: [Filled]
    /// Files by their path, with SHA-256 of each.
    private let files: [(path: String, sha256: String)]
    private let signer: String?

    /// That this is no declaration.
    package static let scope =
        "No claim of conformity is made. Headings follow public summaries: check them against the official text."

    /// Reads what a run has.
    ///
    /// - Parameters:
    ///   - dossier: which headings.
    ///   - run: of whose files.
    ///   - signer: the public key that the run's assurance case was signed by; nothing where it is not.
    package init(_ dossier: Dossier, of run: RunEvidence, signedBy signer: String?) {
        self.dossier = dossier
        self.signer = signer
        var hashes: [String: String] = [:]
        filled = dossier.headings.map { heading in
            let rows = heading.entries.flatMap { entry -> [[String]] in
                let path = run.file(entry.file)
                guard case .bytes(let bytes) = run.read(path) else {
                    return [[entry.label, "not there: \(entry.command) makes it", path]]
                }
                hashes[path] = SHA256.hexadecimal(of: bytes)
                guard !entry.members.isEmpty else { return [[entry.label, "in the file", path]] }
                guard
                    let value = try? JSONValue(
                        parsing: bytes, limits: JSONLimits(bytes: RunEvidence.mostBytes))
                else { return [[entry.label, "the file cannot be read", path]] }
                return entry.members.map { member in
                    let found = member.split(separator: ".").reduce(Optional(value)) { $0?[String($1)] }
                    return ["\(entry.label): \(member)", Self.text(found), path]
                }
            }
            return Filled(heading: heading, rows: rows)
        }
        files = hashes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Of long lists the beginning.
    private static func text(_ value: JSONValue?) -> String {
        guard let value, value != .null else { return "the file does not say" }
        let text = value.string ?? value.compact
        return text.count > 400 ? text.prefix(400) + " …" : text
    }

    /// How many entries there are, and how many of them have a file.
    package var counts: (there: Int, of: Int) {
        let entries = filled.flatMap { $0.heading.entries.map { $0.label } }
        let missing = filled.flatMap(\.rows).count { $0[1].hasPrefix("not there: ") }
        return (entries.count - missing, entries.count)
    }

    private var signature: String {
        signer.map { "The run's assurance case is signed by \($0)." }
            ?? "The run's assurance case is not signed."
    }

    private func manufacturer(_ heading: Dossier.Heading) -> String? {
        heading.manufacturer.map { "To be written by the manufacturer: \($0)." }
    }

    /// As Markdown.
    package var markdown: String {
        func cell(_ text: String) -> String { oneLine(text).replacing("|", with: "\\|") }
        func table(_ head: [String], _ rows: [[String]]) -> String {
            ([head, head.map { _ in "---" }] + rows).map {
                "| " + $0.map(cell).joined(separator: " | ") + " |\n"
            }.joined() + "\n"
        }
        var page = "# \(dossier.title)\n\n**\(Self.scope)**\n\n"
        for part in filled {
            page += "## \(part.heading.title)\n\n"
            if !part.rows.isEmpty { page += table(["What", "Value", "File"], part.rows) }
            if let words = manufacturer(part.heading) { page += "*\(words)*\n\n" }
        }
        page += "## Files\n\n" + table(["File", "SHA-256"], files.map { [$0.path, $0.sha256] })
        return page + signature + "\n"
    }

    /// As a page that opens offline.
    package var html: String {
        var page = HTMLPage(title: dossier.title)
        page.add(
            "<h1>\(Markup.xml(dossier.title))</h1>\n<p class=\"warning\">\(Markup.xml(Self.scope))</p>\n")
        for part in filled {
            page.add("<h2>\(Markup.xml(part.heading.title))</h2>\n")
            if !part.rows.isEmpty {
                page.add(HTMLPage.table(head: ["What", "Value", "File"], rows: part.rows))
            }
            if let words = manufacturer(part.heading) {
                page.add("<p class=\"missing\">\(Markup.xml(words))</p>\n")
            }
        }
        page.add("Files", head: ["File", "SHA-256"], rows: files.map { [$0.path, $0.sha256] })
        page.add("<footer>\(Markup.xml(signature))</footer>\n")
        return page.text
    }

    /// Files with their hashes, for whoever checks them later; keys in alphabetical order.
    package var json: JSONValue {
        JSONValue.object([
            ("format", .integer(1)), ("dossier", .text(dossier.name)), ("scope", .text(Self.scope)),
            ("signed_by", signer.map { .text($0) } ?? .null),
            ("files", .object(files.map { ($0.path, .text($0.sha256)) })),
            (
                "missing",
                .list(
                    filled.flatMap(\.rows).filter { $0[1].hasPrefix("not there: ") }
                        .map { .text($0[2]) })
            ),
        ]).sortingKeys()
    }
}
