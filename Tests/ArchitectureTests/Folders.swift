/// How many files lie side by side.
enum Folders {
    /// Swift files that a folder may have, those of its own folders not counted.
    static let most = 15

    /// Folders that have more today, and how many: a number may fall and not rise, and a folder that needs none is taken out.
    static let larger: [String: Int] = [:]

    /// Folders with more files than they may have, and exceptions that nobody needs, each as a phrase.
    static func faults(among paths: [String], exceptions: [String: Int] = larger) -> [String] {
        let files = paths.filter { $0.hasSuffix(".swift") }
        let counts = Dictionary(grouping: files) { path in
            path.split(separator: "/").dropLast().joined(separator: "/")
        }.mapValues(\.count)
        let full = counts.filter { $0.value > exceptions[$0.key] ?? most }.map {
            "\($0.key) has \($0.value) files"
        }
        let idle = exceptions.keys.filter { counts[$0] ?? 0 <= most }.map { "\($0) needs no exception" }
        return (full + idle).sorted()
    }
}
