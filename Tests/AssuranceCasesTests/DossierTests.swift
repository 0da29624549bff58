import AssuranceCases
import Foundation
import Storage
import Testing

/// Dossiers of a run's files.
@Suite struct DossierTests {
    @Test(arguments: ["eu-ai-act", "fda-pccp", "amlas", "hospital"])
    func eachHeadingHasWhatTheFilesSayOrSaysWhoMakesIt(_ name: String) throws {
        let run = try FakeRun()
        let dossier = try #require(Dossier.named(name))
        let report = DossierReport(dossier, of: RunEvidence(run: run.path), signedBy: nil)
        let page = report.markdown
        #expect(page.hasPrefix("# ") && page.contains("**\(DossierReport.scope)**"))
        #expect(page.contains("The run's assurance case is not signed."))
        let files = try #require(report.json["files"]?.members)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = try fileContents(run.path + "/" + file.key, limit: 1 << 20)
            #expect(file.value.string == SHA256.hexadecimal(of: bytes))
            #expect(page.contains("| \(file.key) | \(file.value.string ?? "") |"))
        }
        // What has no file names the command that makes it.
        for missing in report.json["missing"]?.elements ?? [] {
            #expect(page.contains("makes it | \(missing.string ?? "?") |"))
        }
        let (there, all) = report.counts
        #expect(there <= all && all - there == report.json["missing"]?.elements?.count)
        #expect(report.html.contains("<h1>") && !report.html.contains("<script"))
    }

    @Test func figuresAreThoseOfTheFilesAndTheSignerIsNamed() throws {
        let run = try FakeRun()
        let dossier = try #require(Dossier.named("amlas"))
        let report = DossierReport(dossier, of: RunEvidence(run: run.path), signedBy: "abcd")
        #expect(
            report.markdown.contains("| Certificate: upper_bound | 4.5 | assurance/certificate-10.json |"))
        #expect(report.markdown.contains("| Certificate: bound | the file does not say |"))
        #expect(report.markdown.contains("signed by abcd."))
        #expect(report.json["signed_by"]?.string == "abcd")
        #expect(Dossier.named("iso") == nil)
    }

    @Test func anAnnexHasNineHeadings() throws {
        let run = try FakeRun()
        let report = DossierReport(
            try #require(Dossier.named("eu-ai-act")), of: RunEvidence(run: run.path), signedBy: nil)
        let headings = report.markdown.split(separator: "\n").filter { $0.hasPrefix("## ") }
        #expect(headings.count == 10 && headings.last == "## Files")
        #expect(headings.dropLast().enumerated().allSatisfy { $1.hasPrefix("## \($0 + 1) ") })
    }
}
