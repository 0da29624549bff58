import Storage

/// An argument as a tree of claims over evidence files, in a shape that can be judged.
package struct AssuranceCase: Sendable {
    package let name: String
    /// The template that it was made of, with the hash of its text; nothing for one of a user's own.
    package let template: (name: String, sha256: String)?
    /// Values that a template was given.
    package let parameters: [JSONMember]
    package let evidence: [EvidenceEntry]
    package let nodes: [CaseNode]
    /// The goal that supports nothing.
    package let top: String
    /// As it was read.
    package let document: JSONValue

    /// Nodes by id.
    package let byID: [String: CaseNode]
    /// Ids of defeaters by what they challenge.
    package let challengers: [String: [String]]

    /// Reads a case from the bytes of its file.
    ///
    /// - Throws: `CaseError` with the node and the reason.
    package init(parsing bytes: [UInt8]) throws(CaseError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 1 << 22))
        } catch { throw CaseError("\(error.position): \(error.message)") }
        try self.init(document)
    }

    /// Reads a case.
    ///
    /// - Throws: `CaseError` with the node and the reason.
    package init(_ document: JSONValue) throws(CaseError) {
        // In the order of the canonical text, so that what is derived from it is the same.
        let document = document.sortingKeys()
        let reader = try CaseReader(document)
        (name, template, parameters) = (reader.name, reader.template, reader.parameters)
        (evidence, nodes, self.document) = (reader.evidence, reader.nodes, document)
        let structure = try CaseStructure(nodes)
        (top, byID, challengers) = (structure.top, structure.byID, structure.challengers)
    }

    /// The case as one line whose bytes depend on its contents alone: keys sorted, no blanks, numbers as written.
    package static func canonical(_ value: JSONValue) -> String {
        switch value.content {
        case .list(let elements): "[" + elements.map(canonical).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
                .map { quoted($0.key) + ":" + canonical($0.value) }.joined(separator: ",") + "}"
        default: value.compact
        }
    }
}
