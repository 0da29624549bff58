import SafeRL

/// `tags.json` of a run.
struct RunTags: Equatable {
    private static let mostCharacters = 64

    /// Sorted, each once.
    private(set) var names: [String]

    private static func path(_ run: RunDirectory) -> String { run.path + "/tags.json" }

    /// Reads the tags of a run, which has none without the file.
    ///
    /// - Throws: `PlacedFault` where the file is no list of tags; `StorageError`.
    init(of run: RunDirectory) throws {
        let path = Self.path(run)
        names = []
        guard fileKind(path, following: true) == .file else { return }
        let bytes = try fileContents(path, limit: 1_000_000)
        let value = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: 1_000_000))
        guard value?["format"]?.number?.int == 1, let list = value?["tags"]?.elements,
            let names = Optional(list.compactMap(\.string)), names.count == list.count,
            names.allSatisfy(Self.isTag)
        else {
            throw PlacedFault(
                .badData, at: path, "no list of tags of this version. Remove the file, and tag the run anew.")
        }
        self.names = Set(names).sorted()
    }

    /// Whether a word can be a tag.
    static func isTag(_ word: String) -> Bool {
        !word.isEmpty && word.count <= mostCharacters
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }

    /// Adds and takes away; a tag that is in both lists is there afterwards.
    mutating func change(adding added: [String], removing removed: [String]) {
        names = Set(names).subtracting(removed).union(added).sorted()
    }

    /// Writes them.
    ///
    /// - Throws: `StorageError`.
    func write(to run: RunDirectory) throws {
        let value = JSONValue.object([
            ("format", .number(1)), ("tags", .list(names.map { .text($0) })),
        ])
        try SystemFiles().replaceFile(Self.path(run), with: Array((value.pretty + "\n").utf8))
    }
}

/// What `saferl runs tag` does.
struct RunTagging {
    let directories: [String]
    let adding: [String]
    let removing: [String]

    func run() throws {
        for tag in adding + removing where !RunTags.isTag(tag) {
            throw PlacedFault(
                .usage, at: "tag \"\(oneLine(tag))\"",
                "may have letters, digits, dots, - and _, 64 at most. Choose another word.")
        }
        let runs = try directories.map { directory in
            let run = try RunDirectory.inspect(directory)
            return (run, try RunTags(of: run))
        }
        var lines: [(String, String)] = []
        for (run, earlier) in runs {
            var tags = earlier
            tags.change(adding: adding, removing: removing)
            if tags != earlier { try tags.write(to: run) }
            lines.append((oneLine(run.path), tags.names.joined(separator: ", ")))
        }
        try Output.write(aligned(lines))
    }
}
