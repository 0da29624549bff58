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
    /// Where evidence names cost channels, each of which a node with `each` is asked for by itself, and where their certificates lie, `*`
    /// for the number; nothing for a template that asks for none.
    package let channels: Channels?
    private let nodes: [JSONValue]

    /// Cost channels that a case asks for.
    package struct Channels: Sendable, Hashable {
        /// Evidence, and where there a list of objects with a `name` each stands.
        package let evidence: String
        package let path: [String]
        /// Of certificates.
        package let pattern: String
    }

    /// Channels that are asked for at most; a case of more says that there are others.
    static let mostChannels = 32

    /// Names of the channels that are asked for.
    ///
    /// - Parameter values: of a case.
    /// - Returns: one a channel, in the order of the evidence.
    static func channelNames(_ values: [JSONMember]) -> [String] {
        let count = values.first { $0.key == "channels" }?.value.number?.int ?? 0
        return (0..<min(max(count, 0), mostChannels)).map { place in
            values.first { $0.key == channel(place + 1) }?.value.string ?? ""
        }
    }

    /// The name of the evidence of a channel.
    package static func channel(_ number: Int) -> String { "channel_\(number)" }

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

    /// A dotted place: evidence, and where there.
    private static func place(_ text: String) -> (evidence: String, path: [String]) {
        let path = text.split(separator: ".").map(String.init)
        return (path.first ?? "", Array(path.dropFirst()))
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
            let (evidence, path) = Self.place(place.value.string ?? "")
            return (place.key, evidence, path)
        }
        channels = (value["channels"]?["names"]?.string).map { names in
            let (evidence, path) = Self.place(names)
            return Channels(
                evidence: evidence, path: path, pattern: value["channels"]?["certificates"]?.string ?? "")
        }
    }

    /// Whether it is of a run, and not of files in a folder alone.
    package var isOfRun: Bool { evidence.contains { $0.name == "manifest" } }

    /// Nodes of a case.
    ///
    /// - Parameters:
    ///   - values: of `parameters` and of `texts`, `channels` for how many there are, and `channel_1` and so on for their names.
    ///   - present: names of evidence that is there. A node that is asked for only with a file, or only without, is left
    ///     out where the file is not, or is.
    /// - Returns: as they stand in a case.
    package func nodes(_ values: [JSONMember], present: Set<String>) -> [JSONValue] {
        let optional = nodes.filter { node in
            (node["ifPresent"]?.string).map { !present.contains($0) } ?? false
                || (node["ifAbsent"]?.string).map { present.contains($0) } ?? false
        }
        let left = Set(optional.compactMap { $0["id"]?.string })
        let channels = Self.channels(values)
        return nodes.filter { !left.contains($0["id"]?.string ?? "") }.flatMap { node in
            node["each"] == nil
                ? [filled(node, values, without: left, channels)]
                : channels.map { filled(node, values + $0, without: left, [$0]) }
        }
    }

    /// Of each channel its number, that in a list, and its name.
    private static func channels(_ values: [JSONMember]) -> [[JSONMember]] {
        channelNames(values).enumerated().map { place, name in
            [
                JSONMember("#", .integer(place + 1)), JSONMember("#0", .integer(place)),
                JSONMember("channel", .text(name)),
            ]
        }
    }

    /// A node with numbers in it, and with texts where people read; what is asked of each channel supports as often.
    private func filled(
        _ node: JSONValue, _ values: [JSONMember], without left: Set<String>, _ channels: [[JSONMember]]
    ) -> JSONValue {
        let numbers = values.filter { $0.value.number != nil }
        let members = (node.members ?? []).filter { !["ifPresent", "ifAbsent", "each"].contains($0.key) }
        return .object(
            members.compactMap { member in
                guard member.key == "supportedBy", let ids = member.value.elements else {
                    return (member.key, Self.filled(member.value, member.key == "text" ? values : numbers))
                }
                let kept = ids.filter { !left.contains($0.string ?? "") }.flatMap { id in
                    id.string?.contains("<#>") == true ? channels.map { Self.filled(id, $0) } : [id]
                }
                return kept.isEmpty ? nil : (member.key, .list(kept))
            })
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
