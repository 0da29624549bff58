import AssuranceCases
import Foundation
import SafeRL

/// A parameter that a template does not have, or lacks.
struct ParameterError: Fault {
    let description: String
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    init(_ description: String) { self.description = description }
}

/// Makes an assurance case of a run, judges and writes it.
struct AssuranceWork {
    let directory: String
    let template: String?
    /// The file of a case of the user's own.
    let own: String?
    let parameters: [(name: String, text: String)]
    /// A second training.
    let again: String?
    let days: Int
    /// The file of a private key.
    let key: String?
    /// The file of the case for gsn2x; nothing for none.
    let gsn2x: String?
    let printsJSON: Bool

    /// One line a template, with its parameters and their defaults.
    static var templates: String {
        CaseTemplate.shipped.map { template in
            let numbers = template.parameters.map { name, standard in
                standard.map { "--\(name) \($0.compact)" } ?? "--\(name) (needed)"
            }
            return "\(template.name)  \(template.about)\n          \(numbers.joined(separator: ", "))"
        }.joined(separator: "\n")
    }

    /// Refuses parameters that a template does not have, and asks for those that it needs.
    ///
    /// - Throws: `ParameterError`.
    static func checkParameters(_ names: [String], of template: CaseTemplate) throws(ParameterError) {
        let known = template.parameters.map(\.name)
        if let unknown = names.first(where: { !known.contains($0) }) {
            throw ParameterError("--\(unknown) has no effect with the template \(template.name).")
        }
        let needed = template.parameters.filter { $0.standard == nil }.map(\.name)
        if let missing = needed.first(where: { !names.contains($0) }) {
            throw ParameterError("--\(missing) is needed for the template \(template.name).")
        }
    }

    /// Judges the case and writes it into the run.
    ///
    /// - Throws: `CommandStatus.noSolutionFound` where the top goal is not proved.
    func run() throws {
        // A filter is no run: its case is of files in a folder alone.
        let isOfRun = template.flatMap(CaseTemplate.named)?.isOfRun ?? true
        let run = isOfRun ? try RunDirectory.inspect(directory) : nil
        let path = run?.path ?? RunDirectory.withoutTrailingSlash(directory)
        guard fileKind(path) == .directory else {
            throw CaseError("\(oneLine(directory)): no folder. Name the one that filter.json lies in")
        }
        let folder = CaseFolder(path + "/assurance", run: path)
        let now = CaseTime.now
        let signingKey = try key.map { try CaseKey.privateKey(fileContents($0, limit: 1 << 16), of: $0) }
        let assuranceCase = try readCase() ?? makeCase(of: run, path, now)
        let judgement = try folder.judge(assuranceCase, now: now, opinion: Z3Apart())
        let canonical = Array(AssuranceCase.canonical(assuranceCase.document).utf8)
        let signature = try signingKey.map { try CaseSignature(of: canonical, by: $0) }
        let report = CaseReport(
            assuranceCase, judgement, judged: now, version: ProgramIdentity.version,
            signedBy: signature.map { Hexadecimal.text($0.publicKey) })
        try folder.write(report, signature: signature)
        if let gsn2x { try SystemFiles().replaceFile(gsn2x, with: Array(report.gsn2x.utf8)) }
        try AssuranceSummary(report, page: folder.path + "/case.html").write(asJSON: printsJSON)
    }

    private func readCase() throws -> AssuranceCase? {
        guard let own else { return nil }
        let bytes = try fileContents(own, limit: RunEvidence.mostBytes)
        do { return try AssuranceCase(parsing: bytes) } catch { throw CaseError("\(own): \(error.message)") }
    }

    private func makeCase(of run: RunDirectory?, _ path: String, _ now: CaseTime) throws -> AssuranceCase {
        let name = template ?? CaseTemplate.standard(for: run?.manifest.algorithm ?? "")
        guard let template = CaseTemplate.named(name) else { throw CaseError("\(name): no template") }
        try Self.checkParameters(parameters.map(\.name), of: template)
        if let again {
            guard let run else { throw ParameterError("--again has no effect with the template \(name).") }
            try copyCheckpoint(of: again, into: run)
        }
        let given = Dictionary(parameters.map { ($0.name, $0.text) }) { one, _ in one }
        let values = try template.parameters.compactMap { name, standard in
            try (given[name].map { try JSONValue(parsing: Array($0.utf8)) } ?? standard).map {
                JSONMember(name, $0)
            }
        }
        let title = URL(fileURLWithPath: path).lastPathComponent
        return try AssuranceCase(
            RunEvidence(run: path).document(
                template, name: title, values: values, until: now.adding(days: days)))
    }

    /// Keeps what a second training ended with, so that the case does not depend on its folder.
    private func copyCheckpoint(of other: String, into run: RunDirectory) throws {
        let second = try RunDirectory.inspect(other)
        let places = [second, run].map { URL(fileURLWithPath: $0.path).resolvingSymlinksInPath().path }
        guard places[0] != places[1] else {
            throw CaseError(
                "--again \(other): this is the run itself. Train a second time into another folder.")
        }
        let file = second.path + "/" + RunEvidence(run: second.path).file("checkpoints/step-*/manifest.json")
        let bytes = try fileContents(file, limit: RunEvidence.mostBytes)
        _ = try SystemFiles().makeDirectories(run.path + "/assurance")
        try SystemFiles().replaceFile(run.path + "/assurance/again.json", with: bytes)
    }
}
