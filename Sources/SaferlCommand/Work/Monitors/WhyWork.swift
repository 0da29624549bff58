import Monitors
import SafeRL
import Storage

/// What `saferl guard why` does.
struct WhyWork {
    let log: String
    let step: Int
    let episode: Int?

    func run() throws {
        var lines = JSONLines<Never>(try fileContents(log))
        var found: [String] = []
        do {
            guard let head = try lines.next(), head["guard"]?.number?.int != nil else {
                throw MonitorError.malformed(
                    log, reason: "no head of a guard's log in row 1. Name a guard.jsonl")
            }
            while let line = try lines.next() {
                guard let number = line["episode"]?.number?.int, let own = line["step"]?.number?.int else {
                    throw MonitorError.malformed(
                        log,
                        reason:
                            "row \(lines.row): no numbers of episode and step. Restore the file from a copy")
                }
                if own == step && (episode ?? number) == number { found.append(GuardLine(line).text) }
            }
        } catch let error as JSONLineError { throw MonitorError.malformed(log, reason: "\(error)") }
        guard !found.isEmpty else {
            let place = episode.map { "episode \($0), step \(step)" } ?? "step \(step)"
            throw MonitorError.malformed(
                log,
                reason:
                    "no line of \(place). Where a guard changed nothing it writes none, unless the log is of all steps"
            )
        }
        try Output.write(found.joined(separator: "\n"))
    }
}

/// A line of a guard's log in words.
struct GuardLine {
    private let line: JSONValue

    init(_ line: JSONValue) { self.line = line }

    /// What the decision was and what it rests on.
    var text: String {
        let place = "episode \(number("episode")), step \(number("step"))"
        var lines = ["\(place): \(line["outcome"]?.string ?? "no outcome")"]
        for name in ["proposed", "executed"] {
            if let values = line[name]?.elements { lines.append("  \(name)  \(list(values))") }
        }
        if let distance = line["distance"]?.number { lines.append("  distance  \(distance.text)") }
        for rule in line["broken"]?.elements ?? [] {
            let terms = (rule["terms"]?.members ?? []).map { "\($0.key) = \($0.value.compact)" }
            let margin = rule["margin"].map { ", margin \($0.compact)" } ?? ""
            lines.append(
                "  breaks    \(rule["rule"]?.string ?? "?")\(margin)\(terms.isEmpty ? "" : ": ")"
                    + terms.joined(separator: ", "))
        }
        let alarms = (line["alarms"]?.elements ?? []).compactMap(\.string)
        if !alarms.isEmpty { lines.append("  alarms    \(alarms.joined(separator: ", "))") }
        if let undone = line["undone"]?.number { lines.append("  undone    \(undone.text) steps") }
        if let answer = line["answer"]?.string { lines.append("  answer    \(answer)") }
        if let router = line["router"] { lines += routed(router) }
        return lines.joined(separator: "\n")
    }

    private func number(_ key: String) -> String { line[key]?.number?.text ?? "?" }

    private func list(_ values: [JSONValue]) -> String { values.map(\.compact).joined(separator: ", ") }

    private func routed(_ router: JSONValue) -> [String] {
        let names = zip(["act", "tighten", "ask"], router["thresholds"]?.elements ?? []).map {
            name, threshold in
            threshold == .null ? "\(name) never" : "\(name) below \(threshold.string ?? threshold.compact)"
        }
        var lines = [
            "  router    \(router["class"]?.string ?? "?"): score \(router["score"]?.compact ?? "null"); "
                + names.joined(separator: ", ")
        ]
        guard let rows = router["rows"]?.elements else {
            return lines + ["  grounded  no: there is no store"]
        }
        let limit = router["limit"]?.compact ?? "?"
        lines.append(
            router["grounded"]?.bool == true
                ? "  grounded  yes, within \(limit)" : "  grounded  no, farther than \(limit)")
        for row in rows {
            let after = row["steps_to_violation"]?.number.map { "violated after \($0.text) steps" }
            lines.append(
                "    \(row["file"]?.string ?? "?") row \(row["row"]?.compact ?? "?"), distance "
                    + "\(row["distance"]?.compact ?? "?"): \(after ?? "not violated")")
        }
        return lines
    }
}
