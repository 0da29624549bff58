import EventFiles
import Foundation
import SafeRL

/// What `saferl runs show --events` does.
struct EventShowing {
    let directory: String
    let printsJSON: Bool

    /// What a file holds of a tag.
    private struct Line: Encodable {
        let tag: String
        let plugin: String?
        var events = 0
        var step = 0
        /// The newest; nothing where it is no scalar, or not finite.
        var value: Float?
        var isFinite = true

        private enum CodingKeys: String, CodingKey { case tag, plugin, events, step, value }
    }

    func run() throws {
        let run = try RunDirectory.inspect(directory)
        guard let name = RunEventFile.file(in: run.path) else {
            throw PlacedFault(
                .missingInput, at: run.path,
                "no event file. Make one: saferl runs export \(shellWord(run.path)) --tensorboard DIR")
        }
        let path = "\(run.path)/\(RunEventFile.folder)/\(name)"
        let file = EventFile(try fileContents(path, limit: 1 << 30))
        var lines: [String: Line] = [:]
        for record in file.records {
            for value in record.values {
                var line = lines[value.tag] ?? Line(tag: value.tag, plugin: value.plugin)
                line.events += 1
                line.step = record.step
                line.isFinite = value.scalar?.isFinite ?? true
                line.value = value.scalar.flatMap { $0.isFinite ? $0 : nil }
                lines[value.tag] = line
            }
        }
        let sorted = lines.values.sorted { $0.tag < $1.tag }
        if printsJSON { try Output.write(json: sorted) } else { try Output.write(Self.table(sorted)) }
        if let damage = file.damage {
            throw PlacedFault(
                .badData, at: path,
                "byte \(damage.offset): \(damage.reason); \(file.records.count) records before it are sound. Make it anew: "
                    + "saferl resume \(shellWord(run.path))")
        }
        if !printsJSON { try Output.write("\(oneLine(path)): \(file.records.count) records, all sound") }
    }

    private static func table(_ lines: [Line]) -> String {
        aligned(
            lines.map { line in
                let value =
                    line.value.map { ", newest \($0)" } ?? (line.isFinite ? "" : ", newest not finite")
                return (
                    oneLine(line.tag),
                    "\(line.plugin ?? "scalars"): \(line.events), update \(line.step)\(value)"
                )
            })
    }
}
