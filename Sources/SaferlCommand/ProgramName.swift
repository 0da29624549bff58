import SafeRL

/// What the program that runs is called: a package's own has a name of its own.
enum ProgramName {
    /// The library's own program.
    static let standard = "saferl"

    /// The name in a path, such as `corridor` for `.build/release/corridor`.
    static func last(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? standard
    }

    /// What `--version` prints.
    static var version: String {
        Session.program == standard
            ? "saferl \(ProgramIdentity.version)" : "\(Session.program) (saferl \(ProgramIdentity.version))"
    }

    /// A text whose commands are those of the program that runs: `corridor evaluate RUN` for `saferl evaluate RUN`.
    static func said(_ text: String) -> String {
        guard Session.program != standard else { return text }
        let words = Session.commands + ["--help", "COMMAND"]
        return words.reduce(text) { text, word in
            text.replacing("\(standard) \(word)", with: "\(Session.program) \(word)")
        }
    }
}
