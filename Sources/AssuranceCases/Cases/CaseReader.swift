import Storage

/// Reads a case member by member, and refuses what it does not know.
struct CaseReader {
    /// Entries of any list at most.
    static let mostEntries = 2000
    /// Premises of a step at most.
    static let mostPremises = 200

    let name: String
    let template: (name: String, sha256: String)?
    let parameters: [JSONMember]
    let evidence: [EvidenceEntry]
    let nodes: [CaseNode]

    init(_ document: JSONValue) throws(CaseError) {
        let fields = try CaseFields(
            document, "the case",
            ["format", "case", "template", "templateSHA256", "parameters", "evidence", "nodes"])
        guard document["format"]?.number?.int == 1 else {
            throw CaseError("the case: \"format\": 1 is needed, the only one that this saferl reads")
        }
        name = try fields.text("case")
        let given = (try fields.optionalText("template"), try fields.optionalText("templateSHA256"))
        switch given {
        case (nil, nil): template = nil
        case (let name?, let hash?): template = (name, hash)
        default: throw CaseError("the case: \"template\" and \"templateSHA256\" stand together or not at all")
        }
        guard let parameters = (document["parameters"] ?? .object([])).members else {
            throw CaseError("the case: \"parameters\" is no object")
        }
        self.parameters = parameters
        guard let entries = document["evidence"]?.members, let nodes = document["nodes"]?.elements else {
            throw CaseError("the case: \"evidence\", an object, and \"nodes\", a list, are needed")
        }
        guard entries.count <= Self.mostEntries, nodes.count <= Self.mostEntries else {
            throw CaseError("the case: more than \(Self.mostEntries) entries. Split it")
        }
        var evidence: [EvidenceEntry] = []
        for entry in entries { evidence.append(try EvidenceEntry(entry)) }
        self.evidence = evidence
        let known = Set(evidence.map { ExactText($0.name) })
        var read: [CaseNode] = []
        for node in nodes { read.append(try CaseNode(node, evidence: known)) }
        self.nodes = read
    }
}

/// Members of one object of a case.
struct CaseFields {
    private let value: JSONValue
    /// As messages name the object.
    let what: String

    init(_ value: JSONValue, _ what: String, _ keys: [String]) throws(CaseError) {
        guard let members = value.members else { throw CaseError("\(what): \(value.kind), not an object") }
        if let unknown = members.first(where: { !keys.contains($0.key) }) {
            throw CaseError(
                "\(what): \(unknown.key): unknown member. "
                    + suggestion(for: unknown.key, among: keys, called: "members"))
        }
        (self.value, self.what) = (value, what)
    }

    subscript(key: String) -> JSONValue? { value[key] }

    func optionalText(_ key: String) throws(CaseError) -> String? {
        guard let member = value[key] else { return nil }
        guard let text = member.string, !text.isEmpty else {
            throw CaseError("\(what): \"\(key)\" is \(member.kind), where text is needed")
        }
        return text
    }

    func text(_ key: String) throws(CaseError) -> String {
        guard let text = try optionalText(key) else { throw CaseError("\(what): \"\(key)\" is missing") }
        return text
    }

    func texts(_ key: String) throws(CaseError) -> [String] {
        guard let member = value[key] else { return [] }
        let texts = member.elements?.compactMap(\.string) ?? []
        guard let elements = member.elements, texts.count == elements.count, !texts.contains(""),
            texts.count <= CaseReader.mostEntries
        else { throw CaseError("\(what): \"\(key)\" is no list of texts") }
        return texts
    }

    /// - Throws: `CaseError` with the member and the column.
    func predicate(_ key: String, _ known: Set<ExactText>) throws(CaseError) -> EvidencePredicate? {
        guard let text = try optionalText(key) else { return nil }
        do throws(PredicateTextError) {
            let predicate = try EvidencePredicate(text)
            try check(predicate.evidence, known, key)
            return predicate
        } catch { throw CaseError("\(what): \(key), \(error)") }
    }

    /// Checks that evidence has the names that are mentioned.
    func check(_ names: [String], _ known: Set<ExactText>, _ key: String) throws(PredicateTextError) {
        if let name = names.first(where: { !known.contains(ExactText($0)) }) {
            throw PredicateTextError(column: 1, message: "\(name) names no evidence of the case")
        }
    }
}

extension EvidenceEntry {
    init(_ member: JSONMember) throws(CaseError) {
        let what = "evidence \(member.key)"
        guard PredicateScanner.isName(member.key), !PredicateParser.reserved.contains(member.key) else {
            throw CaseError("\(what): a name has letters, digits and _ only, and is no word of predicates")
        }
        let fields = try CaseFields(member.value, what, ["file", "sha256", "validUntil"])
        let file = try fields.text("file")
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), !file.contains("\0") else {
            throw CaseError("\(what): \"file\" must lie in the folder of the run, without . and ..")
        }
        let hash = try fields.text("sha256")
        guard hash.utf8.count == 64, hash.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            throw CaseError("\(what): \"sha256\" is no SHA-256 of 64 lower-case digits")
        }
        guard let until = CaseTime(try fields.text("validUntil")) else {
            throw CaseError("\(what): \"validUntil\" is no time such as 2027-01-01T00:00:00Z")
        }
        self.init(name: member.key, file: file, sha256: hash, validUntil: until)
    }
}

extension CaseNode {
    fileprivate init(_ value: JSONValue, evidence known: Set<ExactText>) throws(CaseError) {
        guard let id = value["id"]?.string, PredicateScanner.isName(id), id.utf8.count <= 64 else {
            throw CaseError("a node without \"id\", which has letters, digits and _, at most 64")
        }
        guard let kind = (value["kind"]?.string).flatMap(NodeKind.init) else {
            let kinds = NodeKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw CaseError("\(id): \"kind\" is none of \(kinds)")
        }
        let common = ["id", "kind", "text", "supportedBy", "inContextOf"]
        let fields = try CaseFields(value, id, common + kind.members)
        (self.id, self.kind, text) = (id, kind, try fields.text("text"))
        (supportedBy, inContextOf) = (try fields.texts("supportedBy"), try fields.texts("inContextOf"))
        establishes = try fields.texts("establishes")
        evidence = try fields.optionalText("evidence")
        check = try fields.predicate("check", known)
        challenges = try fields.optionalText("challenges")
        step = try fields["step"].map { value throws(CaseError) in try CaseStep(value, of: id, known) }
        if kind == .solution, evidence == nil || check == nil {
            throw CaseError("\(id): a solution needs \"evidence\" and \"check\"")
        }
        if let evidence, !known.contains(ExactText(evidence)) {
            throw CaseError("\(id): \(evidence) names no evidence of the case")
        }
        if kind == .defeater, challenges == nil {
            throw CaseError("\(id): a defeater needs \"challenges\", the node that it doubts")
        }
    }
}

extension CaseStep {
    fileprivate init(_ value: JSONValue, of id: String, _ known: Set<ExactText>) throws(CaseError) {
        let fields = try CaseFields(value, "\(id): step", ["rules", "goal", "premises", "conclusion"])
        var rules: [HornRule] = []
        for entry in fields["rules"]?.elements ?? [] {
            let rule = try CaseFields(entry, "\(id): step: a rule", ["if", "then"])
            rules.append(HornRule(conditions: try rule.texts("if"), conclusion: try rule.text("then")))
        }
        guard fields["rules"] == nil || fields["rules"]?.elements != nil else {
            throw CaseError("\(id): step: \"rules\" is no list")
        }
        let goal = try fields.optionalText("goal")
        guard goal != nil || fields["rules"] == nil else {
            throw CaseError("\(id): step: \"rules\" without \"goal\", the atom that they must reach")
        }
        horn = goal.map { (rules, $0) }
        let premises = try fields.texts("premises")
        let conclusion = try fields.optionalText("conclusion")
        guard conclusion != nil || fields["premises"] == nil else {
            throw CaseError("\(id): step: \"premises\" without \"conclusion\"")
        }
        guard premises.count <= CaseReader.mostPremises else {
            throw CaseError("\(id): step: more than \(CaseReader.mostPremises) premises. Split it")
        }
        guard goal != nil || conclusion != nil else {
            throw CaseError("\(id): step: neither \"goal\" nor \"conclusion\": it would check nothing")
        }
        guard let conclusion else {
            arithmetic = nil
            return
        }
        do throws(PredicateTextError) {
            let step = try ArithmeticStep(premises: premises, conclusion: conclusion)
            try fields.check(step.evidence, known, "step")
            arithmetic = step
        } catch { throw CaseError("\(id): step, \(error)") }
    }
}
