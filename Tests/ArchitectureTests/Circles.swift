/// Files of one module that use each other's types, directly or by way of others.
///
/// Seen are types that stand at the start of a line and are not private, and their names in the code of other files, outside of
/// comments and texts. Functions of extensions are not seen, nor what is inside of an interpolation: a circle that is found
/// is one, but not every one is found.
enum Circles {
    /// Files that a circle may have.
    static let most = 3

    /// Modules whose largest circle has more files today, and how many: a number may fall and not rise.
    static let larger = [
        "Algorithms": 14, "Guardians": 4, "Replay": 7, "SafeRL": 6, "Tensors": 6,
    ]

    /// Circles with more files than they may have, and exceptions that nobody needs, each as a phrase.
    static func faults(
        among files: [(path: String, text: String)], exceptions: [String: Int] = larger
    ) -> [String] {
        let modules = Dictionary(grouping: files) { Layers.module(of: $0.path) ?? $0.path }
        let largest = modules.compactMapValues { circles($0).max { $0.count < $1.count } }
        let full = largest.filter { $0.value.count > exceptions[$0.key] ?? most }.map {
            "\($0.key): a circle of \($0.value.count) files, \($0.value.sorted().joined(separator: ", "))"
        }
        let idle = exceptions.keys.filter { largest[$0]?.count ?? 0 <= most }.map {
            "\($0) needs no exception"
        }
        return (full + idle).sorted()
    }

    /// The circles among files, each as its paths; a file alone is none.
    static func circles(_ files: [(path: String, text: String)]) -> [[String]] {
        let codes = files.map { code(of: $0.text) }
        var places: [Substring: Int] = [:]
        for (index, code) in codes.enumerated() {
            for name in types(in: code) where places[name] == nil { places[name] = index }
        }
        let uses = codes.enumerated().map { index, code in
            Set(words(of: code).compactMap { places[$0] }).subtracting([index])
        }
        return strongComponents(uses).filter { $0.count > 1 }.map { $0.map { files[$0].path } }
    }

    /// What is neither comment nor text nor import.
    static func code(of text: String) -> String {
        text.replacing(/"""(?:.|\n)*?"""/, with: "\"\"").replacing(/\/\/[^\n]*/, with: "")
            .replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"").split(separator: "\n")
            .filter { Layers.imports(in: String($0)).isEmpty }.joined(separator: "\n")
    }

    private static let kinds: Set<Substring> = ["actor", "class", "enum", "protocol", "struct"]
    private static let modifiers: Set<Substring> = ["final", "indirect", "internal", "package", "public"]

    private static func types(in code: String) -> [Substring] {
        code.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard !line.hasPrefix(" "), let kind = words.firstIndex(where: kinds.contains),
                words[..<kind].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") }),
                kind + 1 < words.count
            else { return nil }
            return words[kind + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        }
    }

    private static func words(of code: String) -> Set<Substring> {
        Set(code.split { !($0.isLetter || $0.isNumber || $0 == "_") })
    }

    /// The sets of nodes that reach each other: those which a node reaches and is reached from.
    private static func strongComponents(_ edges: [Set<Int>]) -> [[Int]] {
        let reached = edges.indices.map { start in
            var (seen, open) = (Set<Int>(), [start])
            while let node = open.popLast() { open += edges[node].filter { seen.insert($0).inserted } }
            return seen
        }
        var placed = Set<Int>()
        return edges.indices.compactMap { node in
            guard !placed.contains(node) else { return nil }
            let circle = [node] + reached[node].filter { $0 != node && reached[$0].contains(node) }.sorted()
            placed.formUnion(circle)
            return circle
        }
    }
}
