import Storage

/// What differs from what a folder says of a case.
package struct CaseDifference: Fault, Equatable {
    /// One line.
    package let description: String
    /// What kind of fault it is.
    package var kind: FaultKind { .badData }

    init(_ description: String) { self.description = oneLine(description) }
}

/// `RUN/assurance`: a case, its judgement, and both for readers.
package struct CaseFolder {
    /// Files in the order in which they are written; the first is what all others follow from.
    package static let files = [
        "case.json", "assurance.json", "case.dot", "case.svg", "case.md", "case.html",
    ]
    /// Who vouches for the first file.
    package static let signatureFile = "signature.json"

    /// Where the files lie.
    package let path: String
    /// Where evidence lies.
    package let run: String

    /// A folder in a run.
    ///
    /// - Parameters:
    ///   - path: of the folder.
    ///   - run: the folder that the paths of evidence begin at.
    package init(_ path: String, run: String) { (self.path, self.run) = (path, run) }

    /// The files of a report, by name.
    package static func contents(_ report: CaseReport) -> [String: String] {
        [
            "case.json": report.canonical, "assurance.json": report.document.pretty, "case.dot": report.dot,
            "case.svg": report.svg, "case.md": report.markdown, "case.html": report.html,
        ]
    }

    /// Judges a case over the files of the run.
    ///
    /// - Throws: `SolverDisagreement`.
    package func judge(
        _ assuranceCase: AssuranceCase, now: CaseTime, opinion: (any SecondOpinion)?
    ) throws(SolverDisagreement) -> CaseJudgement {
        let evidence = RunEvidence(run: run)
        let found = FoundEvidence(assuranceCase.evidence, now: now) { evidence.read($0) }
        return try CaseJudgement(assuranceCase, found, opinion: opinion)
    }

    /// Writes everything, each file whole or not at all; a signature of an earlier case goes.
    ///
    /// - Throws: `StorageError`.
    package func write(_ report: CaseReport, signature: CaseSignature?) throws {
        let operations = SystemFiles()
        _ = try operations.makeDirectories(path)
        let signaturePath = path + "/" + Self.signatureFile
        if fileKind(signaturePath) != nil { try operations.removeTree(signaturePath) }
        let contents = Self.contents(report)
        for name in Self.files {
            try operations.replaceFile(path + "/" + name, with: Array((contents[name] ?? "").utf8))
        }
        if let signature { try operations.replaceFile(signaturePath, with: Array(signature.json.utf8)) }
    }

    private func read(_ name: String) throws(StorageError) -> [UInt8] {
        try fileContents(path + "/" + name, limit: RunEvidence.mostBytes)
    }

    /// The signature, where there is one.
    ///
    /// - Throws: `StorageError`, `SignatureError`.
    package func signature() throws -> CaseSignature? {
        guard fileKind(path + "/" + Self.signatureFile) != nil else { return nil }
        return try CaseSignature(parsing: read(Self.signatureFile), of: path + "/" + Self.signatureFile)
    }

    /// Derives everything anew, compares it with the files, and judges the case as of now.
    ///
    /// - Parameters:
    ///   - now: the present.
    ///   - key: that must have signed the case; nothing asks for none.
    ///   - opinion: of another solver.
    /// - Returns: the case as of now.
    /// - Throws: `CaseError`, `SignatureError`, `CaseDifference` with the first difference, `SolverDisagreement`,
    ///   `StorageError`.
    package func check(now: CaseTime, key: [UInt8]?, opinion: (any SecondOpinion)?) throws -> CaseReport {
        let bytes = try read("case.json")
        let assuranceCase = try AssuranceCase(parsing: bytes)
        guard Array(AssuranceCase.canonical(assuranceCase.document).utf8) == bytes else {
            throw CaseDifference("\(path)/case.json: not as saferl writes it. Make the case anew.")
        }
        let signature = try signature()
        if signature == nil, key != nil {
            throw SignatureError("\(path): unsigned, where --key asks for a signature. Sign it by --sign.")
        }
        try signature?.check(bytes, key: key)
        try compareWithTemplate(assuranceCase)
        let signedBy = signature.map { Hexadecimal.text($0.publicKey) }
        try compare(assuranceCase, signedBy, now: now, opinion)
        let judgement = try judge(assuranceCase, now: now, opinion: opinion)
        return CaseReport(
            assuranceCase, judgement, judged: now, version: ProgramIdentity.version, signedBy: signedBy)
    }

    /// Whether the nodes are those that its template makes of its parameters.
    private func compareWithTemplate(_ assuranceCase: AssuranceCase) throws(CaseDifference) {
        guard let (name, hash) = assuranceCase.template else { return }
        guard let template = CaseTemplate.named(name), template.sha256 == hash else {
            throw CaseDifference(
                "\(path)/case.json: made of another \(name) than this saferl carries. Make the case anew, or check it "
                    + "with the saferl that made it.")
        }
        let evidence = RunEvidence(run: run)
        let channels = CaseTemplate.channelNames(assuranceCase.parameters)
        for (name, newest) in evidence.files(template, channels: channels) {
            let own = assuranceCase.evidence.first { $0.name == name }?.file
            guard newest == own else {
                throw CaseDifference(
                    "\(path)/case.json: rests on \(own ?? "no file") as \(name), and the run's newest is \(newest). Make "
                        + "the case anew.")
            }
        }
        let present = assuranceCase.evidence.filter { $0.sha256 != CaseTemplate.absent }.map(\.name)
        let nodes = JSONValue.list(template.nodes(assuranceCase.parameters, present: Set(present)))
        let own = assuranceCase.document["nodes"] ?? .null
        guard AssuranceCase.canonical(nodes) == AssuranceCase.canonical(own) else {
            throw CaseDifference(
                "\(path)/case.json: its nodes are not those that template \(name) makes of its parameters.")
        }
    }

    /// Derives the files for the time when they were written.
    private func compare(
        _ assuranceCase: AssuranceCase, _ signedBy: String?, now: CaseTime, _ opinion: (any SecondOpinion)?
    ) throws {
        let written = try read("assurance.json")
        guard let record = try? JSONValue(parsing: written, limits: JSONLimits(bytes: RunEvidence.mostBytes)),
            let judged = (record["judged"]?.string).flatMap(CaseTime.init), judged <= now,
            let version = record["saferl"]?.string
        else {
            throw CaseDifference(
                "\(path)/assurance.json: no judgement as saferl writes it, or one of the future. Make the case anew."
            )
        }
        let solvers = (record["solvers"]?.members ?? []).map { ($0.key, $0.value.string ?? "") }
        let judgement = try judge(assuranceCase, now: judged, opinion: opinion)
        let differing = assuranceCase.nodes.compactMap {
            node -> (id: String, own: NodeJudgement, said: String)? in
            let said = record["nodes"]?[node.id]?["verdict"]?.string ?? "nothing"
            guard let own = judgement.nodes[node.id], own.verdict.rawValue != said else { return nil }
            return (node.id, own, said)
        }
        // The one that others follow from, where there is one.
        if let (id, own, said) = differing.first(where: { $0.own.reason != "children" }) ?? differing.first {
            throw CaseDifference(
                "\(path)/assurance.json: \(id) is \(own.verdict) (\(CaseReport.reason(own))), and \(said) is written. Make "
                    + "the case anew, or find out what was changed.")
        }
        let report = CaseReport(
            assuranceCase, judgement.decided(by: Dictionary(solvers) { one, _ in one }), judged: judged,
            version: version, signedBy: signedBy)
        let contents = Self.contents(report)
        for name in Self.files where try read(name) != Array((contents[name] ?? "").utf8) {
            throw CaseDifference(
                "\(path)/\(name): differs from what its case gives. Make the case anew, or find out what was changed."
            )
        }
    }
}
