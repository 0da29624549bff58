import Rules
import SafeRL

/// What a replay of traces found, as a file that an assurance case can rest on.
struct ReplayRecord {
    private let rules: RuleFile
    private var traces: [(replay: TraceReplay, sha256: String)] = []
    /// Of the guard that wrote each trace, or nothing where none beside it names these rules.
    private var policies: [String?] = []

    init(_ rules: RuleFile) { self.rules = rules }

    /// Enforced rules that a trace broke, over all traces.
    var broken: Int {
        traces.reduce(0) { sum, trace in
            sum + trace.replay.rules.count { !$0.isWatched && $0.verdict == "broken" }
        }
    }

    /// Adds a trace.
    ///
    /// - Parameters:
    ///   - replay: what the rules say of it.
    ///   - bytes: of its file.
    mutating func add(_ replay: TraceReplay, _ bytes: [UInt8]) {
        traces.append((replay, SHA256.hexadecimal(of: bytes)))
        policies.append(policy(beside: replay.trace))
    }

    /// The policy that the first line of the guard's log in the folder of a trace names, where it names these rules too.
    private func policy(beside trace: String) -> String? {
        guard let bytes = try? fileContents(parent(of: trace) + "/guard.jsonl", limit: 1 << 28),
            let line = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1).first,
            let head = try? JSONValue(parsing: Array(line)),
            head["rules"]?.string == "sha256:" + rules.digest
        else { return nil }
        return head["policy"]?.string
    }

    /// One object; `policy_sha256` is null unless all traces are of one policy behind these rules.
    var json: JSONValue {
        let named = Set(policies)
        let policy = named.count == 1 ? policies[0] : nil
        let open = traces.reduce(0) { sum, trace in
            sum + trace.replay.rules.count { !$0.isWatched && $0.verdict == "open" }
        }
        return JSONValue.object([
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("verdict", .text(broken > 0 ? "broken" : open > 0 ? "open" : "kept")),
            ("broken", .integer(broken)), ("open", .integer(open)),
            ("policy_sha256", policy.map(JSONValue.text) ?? .null), ("rules_sha256", .text(rules.digest)),
            ("steps", .integer(traces.reduce(0) { $0 + $1.replay.steps })),
            (
                "traces",
                .list(
                    traces.map { trace in
                        .object([
                            ("file", .text(String(trace.replay.trace.split(separator: "/").last ?? ""))),
                            ("sha256", .text(trace.sha256)), ("steps", .integer(trace.replay.steps)),
                        ])
                    })
            ),
        ]).sortingKeys()
    }
}
