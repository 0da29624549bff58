import Comparison
import Foundation
import SafeRL

/// What `saferl compare` does.
struct CompareWork {
    let directories: [String]
    let against: [String]
    let keys: [String]
    let limit: Double?
    let report: String
    let bootstrap: StratifiedBootstrap
    let out: String?
    let printsJSON: Bool

    func run() throws {
        let runs = try (directories + against).map { try JudgedRun($0, report: report) }
        let compared = try ComparedMethods(runs, groupedBy: keys)
        let rivals = try rivals(among: compared)
        let comparison = try ComparisonReport(compared, against: rivals, limit: limit, bootstrap)
        let text = try JSONEncoder.indented.text(of: comparison) + "\n"
        if let out {
            let files = SystemFiles()
            try files.makeDirectories(out)
            try files.replaceFile(out + "/comparison.json", with: Array(text.utf8))
            try files.replaceFile(out + "/comparison.md", with: Array(comparison.text.utf8))
            for picture in ComparisonPictures(comparison).all {
                try files.replaceFile("\(out)/\(picture.name).svg", with: Array(picture.figure.svg().utf8))
                try files.replaceFile("\(out)/\(picture.name).pdf", with: picture.figure.pdf())
            }
        }
        try Output.write(printsJSON ? text : comparison.text)
    }

    /// The names of the methods behind `--against`.
    ///
    /// - Throws: `PlacedFault` where a method stands on both sides.
    private func rivals(among compared: ComparedMethods) throws(PlacedFault) -> Set<String> {
        guard !against.isEmpty else { return [] }
        let places = Set(against.map { ($0 as NSString).standardizingPath })
        var rivals: Set<String> = []
        for method in compared.methods {
            let paths = method.runs.flatMap { $0.map { ($0.path as NSString).standardizingPath } }
            let behind = paths.count { places.contains($0) }
            if behind == 0 { continue }
            guard behind == paths.count else {
                throw PlacedFault(
                    .usage, at: "--against",
                    "runs of \(method.name) stand on both sides. Put all of a method on one side.")
            }
            rivals.insert(method.name)
        }
        guard rivals.count < compared.methods.count else {
            throw PlacedFault(
                .usage, at: "--against", "no method stands before it. Name runs of two methods.")
        }
        return rivals
    }
}
