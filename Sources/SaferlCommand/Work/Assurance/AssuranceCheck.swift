import AssuranceCases
import SafeRL

/// Derives a written case anew.
struct AssuranceCheck {
    let folder: String
    /// The file of a public key.
    let key: String?
    let printsJSON: Bool

    /// Compares, and says what holds now.
    ///
    /// - Throws: `CommandStatus.noSolutionFound` where the top goal is not proved.
    func run() throws {
        let path = RunDirectory.withoutTrailingSlash(folder)
        let publicKey = try key.map { try CaseKey.publicKey(fileContents($0, limit: 1 << 16), of: $0) }
        let report = try CaseFolder(path, run: path + "/..").check(
            now: .now, key: publicKey, opinion: Z3Apart())
        let page = AssuranceSummary(report, page: path + "/case.html")
        try page.write(
            asJSON: printsJSON, checkedBy: publicKey == nil ? "" : ", and the signature is of this key")
    }
}
