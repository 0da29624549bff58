import AssuranceCases
import SafeRL

/// What `saferl report RUN --dossier NAME` does.
struct DossierWork {
    let directory: String
    let dossier: Dossier

    /// Writes the dossier into the run.
    ///
    /// - Throws: `SignatureError` where the run's case has a signature that is not of it.
    func run() throws {
        let run = try RunDirectory.inspect(directory)
        let folder = CaseFolder(run.path + "/assurance", run: run.path)
        let signature = try folder.signature()
        try signature?.check(
            try fileContents(run.path + "/assurance/case.json", limit: RunEvidence.mostBytes), key: nil)
        let report = DossierReport(
            dossier, of: RunEvidence(run: run.path),
            signedBy: signature.map { Hexadecimal.text($0.publicKey) })
        let (files, path) = (SystemFiles(), run.path + "/dossier")
        try files.makeDirectories(path)
        for (name, text) in [
            ("md", report.markdown), ("html", report.html), ("json", report.json.pretty),
        ] {
            try files.replaceFile("\(path)/\(dossier.name).\(name)", with: Array(text.utf8))
        }
        let (there, all) = report.counts
        try Output.write(
            "\(there) of \(all) pieces of evidence are there\n\(DossierReport.scope)\n"
                + "Page  \(path)/\(dossier.name).html")
    }
}
