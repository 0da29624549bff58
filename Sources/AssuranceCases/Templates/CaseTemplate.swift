import Storage

/// A case with places for numbers, over files that a run writes.
package struct CaseTemplate: Sendable {
    /// Stands in a case where a hash would, for a file that was not there.
    package static let absent = String(repeating: "0", count: 64)

    package let name: String
    /// What it argues, in one line.
    package let about: String
    /// Of its text.
    package let sha256: String
    /// Names of numbers with their defaults; one without must be given.
    package let parameters: [(name: String, standard: JSONValue?)]
    /// Names of evidence and where it lies in a run; `*` stands for the largest number, `**` for what the ledger of claims names last.
    package let evidence: [(name: String, pattern: String)]
    /// Names of texts that stand in texts only, the evidence that says them, and where there.
    package let texts: [(name: String, evidence: String, path: [String])]
    private let nodes: [JSONValue]

    /// Those that saferl carries, in alphabetical order.
    package static let shipped: [CaseTemplate] = [
        PackageResources.any_1_json, PackageResources.filter_1_json, PackageResources.fisor_1_json,
        PackageResources.grpo_1_json, PackageResources.guard_1_json, PackageResources.hcrlhf_1_json,
        PackageResources.ogsrl_1_json, PackageResources.verify_1_json,
    ].map(CaseTemplate.init(carried:))

    /// The one of a name.
    package static func named(_ name: String) -> CaseTemplate? { shipped.first { $0.name == name } }

    /// The one for runs of an algorithm.
    package static func standard(for algorithm: String) -> String {
        shipped.contains { $0.name == algorithm + "-1" } ? algorithm + "-1" : "any-1"
    }

    private init(carried bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let name = value["template"]?.string,
            let about = value["about"]?.string, let parameters = value["parameters"]?.members,
            let evidence = value["evidence"]?.members, let nodes = value["nodes"]?.elements
        else { preconditionFailure("a template of saferl's own that is none") }
        (self.name, self.about, self.nodes) = (name, about, nodes)
        sha256 = SHA256.hexadecimal(of: bytes)
        self.parameters = parameters.map { ($0.key, $0.value == .null ? nil : $0.value) }
        self.evidence = evidence.map { ($0.key, $0.value.string ?? "") }
        let places = value["texts"]?.members ?? [JSONMember("environment", .text("certificate.origin.name"))]
        texts = places.map { place in
            let path = (place.value.string ?? "").split(separator: ".").map(String.init)
            return (place.key, path.first ?? "", Array(path.dropFirst()))
        }
    }

    /// Whether it is of a run, and not of files in a folder alone.
    package var isOfRun: Bool { evidence.contains { $0.name == "manifest" } }

    /// Nodes of a case.
    ///
    /// - Parameters:
    ///   - values: of `parameters` and of `texts`.
    ///   - present: names of evidence that is there. A node that is asked for only with a file, or only without, is left
    ///     out where the file is not, or is.
    /// - Returns: as they stand in a case.
    package func nodes(_ values: [JSONMember], present: Set<String>) -> [JSONValue] {
        let optional = nodes.filter { node in
            (node["ifPresent"]?.string).map { !present.contains($0) } ?? false
                || (node["ifAbsent"]?.string).map { present.contains($0) } ?? false
        }
        let left = Set(optional.compactMap { $0["id"]?.string })
        let numbers = values.filter { $0.value.number != nil }
        return nodes.filter { !left.contains($0["id"]?.string ?? "") }.map { node in
            let members = (node.members ?? []).filter { !["ifPresent", "ifAbsent"].contains($0.key) }
            return .object(
                members.compactMap { member in
                    if member.key == "supportedBy", let ids = member.value.elements {
                        let kept = ids.filter { !left.contains($0.string ?? "") }
                        return kept.isEmpty ? nil : (member.key, .list(kept))
                    }
                    return (member.key, Self.filled(member.value, member.key == "text" ? values : numbers))
                })
        }
    }

    /// A value whose texts have numbers where `<name>` stood.
    private static func filled(_ value: JSONValue, _ values: [JSONMember]) -> JSONValue {
        switch value.content {
        case .text(let text): .text(filled(text, values))
        case .list(let elements): .list(elements.map { filled($0, values) })
        case .object(let members): .object(members.map { ($0.key, filled($0.value, values)) })
        default: value
        }
    }

    /// In one pass, so that what is filled in is not looked at again.
    private static func filled(_ text: String, _ values: [JSONMember]) -> String {
        var (rest, result) = (text[...], "")
        while let start = rest.firstIndex(of: "<") {
            result += rest[..<start]
            rest = rest[start...]
            if let end = rest.firstIndex(of: ">"),
                let value = values.first(where: { $0.key == rest[rest.index(after: start)..<end] })?.value
            {
                result += value.string ?? value.compact
                rest = rest[rest.index(after: end)...]
            } else {
                result += "<"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}
