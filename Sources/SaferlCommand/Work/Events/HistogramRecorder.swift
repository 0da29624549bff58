import EventFiles
import Foundation
import SafeRL

/// Writes into `histograms.jsonl` of a run how the weights of each network are spread at every checkpoint of the schedule.
///
/// A checkpoint is read once it is on the disk and before the next update, so that none is missed, whichever are kept; and a run that
/// was stopped, or killed, ends with the lines of one that was not. What goes wrong costs these lines, not the run.
final class HistogramRecorder {
    private let run: RunDirectory
    private let schedule: Schedule
    /// Whether a checkpoint may lie there that has no line.
    private var isDue = true
    private var hasFailed = false
    /// The newest line's step.
    private var newest = -1

    /// Takes up the lines of a run.
    ///
    /// - Parameters:
    ///   - run: locked by this process.
    ///   - schedule: of the run.
    ///   - isWanted: whether a run without lines gets them; one that has some always gets more. There is no recorder where not.
    init?(_ run: RunDirectory, _ schedule: Schedule, isWanted: Bool) {
        (self.run, self.schedule) = (run, schedule)
        guard isWanted || fileKind(path) != nil else { return nil }
        guard fileKind(path) != nil else { return }
        attempt {
            let bytes = try fileContents(path)
            let found = HistogramLine.newest(in: bytes)
            newest = found?.step ?? -1
            // What a kill left of a line.
            if found?.length ?? 0 < bytes.count { try keep(Array(bytes[..<(found?.length ?? 0)])) }
        }
    }

    private var path: String { run.path + "/" + HistogramLine.file }

    /// The stages of a run, which look after the checkpoint before each update that follows one.
    func watching<Metrics>(_ stages: [Stage<Metrics>]) -> [Stage<Metrics>] {
        stages.map { stage in
            Stage(
                stage.name, updates: stage.updates, isComplete: { stage.isComplete },
                remark: { stage.remark },
                save: { writer in
                    try stage.save(to: &writer)
                    self.isDue = true
                }, load: { try stage.load(from: $0) },
                asking: { goOn in
                    if self.isDue { self.record() }
                    return try stage.update(asking: goOn)
                })
        }
    }

    /// Writes the line of the newest checkpoint, if the schedule has one there, or the run has ended with it.
    func record(isLast: Bool = false) {
        isDue = false
        guard !hasFailed else { return }
        attempt {
            let steps = try directoryContents(run.checkpointsPath).compactMap {
                Int($0.dropFirst("step-".count))
            }
            guard let step = steps.max(), step != newest, isLast || step.isMultiple(of: schedule.checkpoint)
            else { return }
            if step < newest { try goBack(to: step) }
            let line = HistogramLine(step: step, weights: try EventExport.weights(of: run.checkpoint(step)))
            try LineLog(path, SystemFiles()).append(line.text)
            newest = step
        }
    }

    /// Writes the last line of a run that has ended, where it was lost.
    static func complete(_ run: RunDirectory, _ schedule: Schedule) {
        HistogramRecorder(run, schedule, isWanted: false)?.record(isLast: true)
    }

    /// Drops lines from a step on: the run went back to an earlier checkpoint.
    private func goBack(to step: Int) throws {
        let lines = try fileContents(path).split(separator: 0x0A).filter { line in
            HistogramLine.newest(in: Array(line) + [0x0A]).map { $0.step < step } ?? false
        }
        try keep(lines.flatMap { $0 + [0x0A] })
    }

    private func keep(_ bytes: [UInt8]) throws { try SystemFiles().replaceFile(path, with: bytes) }

    private func attempt(_ work: () throws -> Void) {
        do { try work() } catch {
            hasFailed = true
            FileHandle.warn("histograms are not written any more, the run goes on. \(error)")
        }
    }
}
