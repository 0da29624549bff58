import SafeRL

/// What `saferl report RUN…` does.
struct RunReportWork {
    let directories: [String]
    /// The file; nothing for `report.html` in the run, or here for several.
    let out: String?
    let registry: Registry

    func run() throws {
        let runs = try directories.map { try ReportedRun($0, in: registry) }
        let names = runs.map(\.name).joined(separator: ", ")
        let title = runs.count == 1 ? "Run \(names)" : "\(runs.count) runs: \(names)"
        let bytes = Array(RunReportPage(runs, title: title).text.utf8)
        guard bytes.count <= RunReportPage.largestPage else {
            throw PlacedFault(
                .configuration, at: "report",
                "the page would have \(bytes.count / 1_000_000) MB, and 3 are the most. Report fewer runs at once."
            )
        }
        let path = out ?? (runs.count == 1 ? runs[0].directory.path + "/report.html" : "report.html")
        try SystemFiles().replaceFile(path, with: bytes)
        try Output.write(aligned([("Page", oneLine(path)), ("Size", "\((bytes.count + 999) / 1_000) kB")]))
    }
}
