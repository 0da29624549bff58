import Storage

/// How an evidence file was found.
package enum EvidenceState: String, Sendable {
    case ok, missing, expired, changed, unreadable

    /// What it makes of a solution; nothing where the file may be relied on.
    var verdict: Verdict? {
        switch self {
        case .ok: nil
        case .missing, .expired: .undecided
        case .changed, .unreadable: .refuted
        }
    }
}

/// What lies where a case says that evidence lies.
package enum FoundFile: Sendable {
    case missing
    /// Something is there that cannot be read.
    case unreadable
    case bytes([UInt8])
}

/// Evidence of a case as it was found, each file read once.
package struct FoundEvidence: Sendable {
    /// The state of each, in the order of the case.
    package let states: [(name: String, state: EvidenceState)]
    private let byName: [String: EvidenceState]
    private let documents: [String: JSONValue]

    /// Looks at every file.
    ///
    /// - Parameters:
    ///   - entries: of the case.
    ///   - now: after whose time a file has expired.
    ///   - read: what lies at a path of an entry.
    package init(_ entries: [EvidenceEntry], now: CaseTime, read: (String) -> FoundFile) {
        var states: [(name: String, state: EvidenceState)] = []
        var documents: [String: JSONValue] = [:]
        for entry in entries {
            let (state, document) = Self.look(at: entry, now, read(entry.file))
            states.append((entry.name, state))
            documents[entry.name] = document
            if document != nil { documents[Self.digest(of: entry.name)] = .text(entry.sha256) }
        }
        (self.states, self.documents) = (states, documents)
        byName = Dictionary(uniqueKeysWithValues: states.map { ($0.name, $0.state) })
    }

    private static func look(
        at entry: EvidenceEntry, _ now: CaseTime, _ file: FoundFile
    ) -> (EvidenceState, JSONValue?) {
        switch file {
        case .missing: return (.missing, nil)
        case .unreadable: return (.unreadable, nil)
        case .bytes(let bytes):
            guard SHA256.hexadecimal(of: bytes) == entry.sha256 else { return (.changed, nil) }
            guard let document = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: 1 << 26)) else {
                return (.unreadable, nil)
            }
            return now > entry.validUntil ? (.expired, nil) : (.ok, document)
        }
    }

    /// The name under which the SHA-256 of a file stands beside what it says; no evidence can have it.
    package static func digest(of name: String) -> String { name + "#sha256" }

    /// The state of evidence; one without a name is missing.
    package func state(_ name: String) -> EvidenceState { byName[name] ?? .missing }
    /// What stands in evidence that may be relied on.
    package func document(_ name: String) -> JSONValue? { documents[name] }

    /// The worst state among names, the first of equals.
    func worst(_ names: [String]) -> EvidenceState? {
        let bad = names.map(state).filter { $0 != .ok }
        return bad.first { $0.verdict == .refuted } ?? bad.first
    }
}
