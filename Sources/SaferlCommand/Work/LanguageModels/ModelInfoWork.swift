import LanguageModels
import Storage

/// What `saferl model info` shows.
struct ModelInfoWork {
    let path: String
    let isJSON: Bool

    private struct Facts: Encodable {
        var format: String
        var architecture: String
        var parameters: Int
        var vocabulary, hidden, intermediate, layers, heads, keyValueHeads, headWidth, contextLength: Int
        var tiesEmbeddings: Bool
        var bytes: Int?
        var name, licence, sha256: String?
        var types: [String: Int]?
    }

    func run() throws {
        let facts =
            switch try ModelFile(path) {
            case .directory(let checkpoint): directoryFacts(checkpoint)
            case .file(let checkpoint): fileFacts(checkpoint)
            }
        if isJSON { return try Output.write(json: facts) }
        try Output.write(text(facts))
    }

    private func facts(_ description: DecoderDescription, _ format: String) -> Facts {
        Facts(
            format: format, architecture: description.family.rawValue, parameters: description.parameterCount,
            vocabulary: description.vocabulary, hidden: description.hidden,
            intermediate: description.intermediate,
            layers: description.layers, heads: description.heads, keyValueHeads: description.keyValueHeads,
            headWidth: description.headWidth, contextLength: description.contextLength,
            tiesEmbeddings: description.tiesEmbeddings)
    }

    private func directoryFacts(_ checkpoint: HubCheckpoint) -> Facts {
        var facts = facts(checkpoint.description, "hub directory")
        facts.name = path
        return facts
    }

    private func fileFacts(_ checkpoint: GGUFCheckpoint) -> Facts {
        let file = checkpoint.file
        var facts = facts(checkpoint.description, "GGUF \(file.version)")
        if case .text(let name) = file["general.name"] { facts.name = name }
        if case .text(let licence) = file["general.license"] { facts.licence = licence }
        (facts.bytes, facts.sha256) = (file.bytes, file.sha256())
        facts.types = Dictionary(grouping: file.tensors, by: \.type.name).mapValues(\.count)
        return facts
    }

    private func text(_ facts: Facts) -> String {
        var rows = [("format", facts.format), ("architecture", facts.architecture)]
        if let name = facts.name { rows.append(("name", name)) }
        if let licence = facts.licence { rows.append(("licence", licence)) }
        rows += [
            ("parameters", "\(facts.parameters)"),
            ("vocabulary", "\(facts.vocabulary)\(facts.tiesEmbeddings ? ", output tied" : "")"),
            ("width", "\(facts.hidden), feed-forward \(facts.intermediate)"), ("blocks", "\(facts.layers)"),
            ("heads", "\(facts.heads) of \(facts.headWidth), keys and values \(facts.keyValueHeads)"),
            ("context", "\(facts.contextLength)"),
        ]
        if let types = facts.types {
            let shown = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "\($0.value) \($0.key)"
            }
            rows.append(("tensors", shown.joined(separator: ", ")))
        }
        if let bytes = facts.bytes { rows.append(("bytes", "\(bytes)")) }
        if let sha256 = facts.sha256 { rows.append(("sha256", sha256)) }
        let width = rows.reduce(0) { max($0, $1.0.count) } + 2
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + $0.1 }.joined(
            separator: "\n")
    }
}
