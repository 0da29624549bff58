import Assurance
import Foundation
import ModelSafety
import SafeRL
import Storage

/// What `saferl certify --filter` does.
struct CertifyFilterWork {
    let filter: String
    let settings: FilterFile.Settings
    let harmful: String
    let safe: String
    let test: FilterTest
    let out: String?
    let isJSON: Bool

    func run() throws {
        let judged = try FilterFile.open(filter, settings)
        let (harm, calm) = (try PromptList(contentsOf: harmful), try PromptList(contentsOf: safe))
        try test.check(judged, harmful: harm, safe: calm)
        let home = parent(of: filter)
        let folder = out ?? ClaimLedger.folder(of: home)
        try FilterReport.prepare(folder, home: home)
        if let objection = test.objection(to: harm.prompts.count) {
            FileHandle.warn("\(harm.prompts.count) prompts cannot certify: \(objection).")
        }
        let report = try test.report(judged, harmful: harm, safe: calm)
        guard !report.isRefuted else { throw RefutedCertificate() }
        let written = try report.write(folder, home: home)
        if let repetition = report.repetition(written.earlierTests) { FileHandle.warn(repetition) }
        if isJSON {
            try Output.write(json: report.figures(earlierTests: written.earlierTests, timed: true))
        } else {
            try Output.write(aligned(report.rows(timed: true) + [("Certificate", written.file)]))
        }
        if !report.isCertified { throw CommandStatus.noSolutionFound }
    }
}

/// A covered attack hid a prompt that the filter flags, which the theorem excludes.
struct RefutedCertificate: Fault {
    /// A fault of saferl.
    var kind: FaultKind { .internalFault }

    var description: String {
        "a covered attack hid a prompt that the filter flags, so nothing is certified. This is a fault in saferl: report it."
    }
}
