import Algorithms
import Foundation
import SafeRL
import Testing

/// Files recorded in published simulators, in the folder `data/dsrl` beside the package or in `$SAFERL_SHARED`.
@Suite struct RealDatasetTests {
    private static let folder: URL = {
        if let shared = ProcessInfo.processInfo.environment["SAFERL_SHARED"], !shared.isEmpty {
            return URL(fileURLWithPath: shared).appending(path: "data/dsrl")
        }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/dsrl")
    }()

    private static let files: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let files = names.filter { $0.hasSuffix(".hdf5") }.sorted()
        if files.isEmpty { print("skipped: no data sets in \(folder.path); set SAFERL_SHARED to their parent folder") }
        return files
    }()

    /// The published method with small networks and batches.
    private static var small: FISOR.Configuration {
        var c = FISOR.Configuration()
        (c.policyRows, c.criticRows, c.criticWidths) = (64, 64, [32, 32])
        (c.width, c.blocks, c.timeFeatures, c.timeWidths) = (32, 1, 16, [32, 32])
        (c.learningRate, c.criticTargetRate, c.policyTargetRate) = (1e-3, 0.02, 0.02)
        return c
    }

    @Test(.enabled(if: !files.isEmpty, "needs data/dsrl, see SAFERL_SHARED"), arguments: files)
    func aRecordedFileOpensTrainsAndResumesBitForBit(_ name: String) throws {
        let path = Self.folder.appending(path: name).path
        let data = try TransitionDataset(contentsOf: path)
        #expect(data.unendedTail == nil && data.episodes.reduce(0) { $0 + $1.rows.count } == data.count)
        let task = try #require(DSRLTask.inferred(fromFileName: name))
        #expect(task.observationSize == data.observationSize && task.actionSize == data.actionSize)
        data.transforms = Transforms.forTask(task)

        let run = try TrainedRun(Self.small, on: data, steps: 300, log: 1)
        try run.train("whole")
        // The policy's loss falls from that of an untrained network. Those of the critics follow moving targets, so
        // only V_h's and Q_h's, which start far from h, are sure to fall so early.
        for metric in ["qh_loss", "vh_loss", "policy_loss"] {
            let curve = try run.curve(metric, of: "whole")
            let tenth = curve.count / 10
            let (first, last) = (curve.prefix(tenth).reduce(0, +), curve.suffix(tenth).reduce(0, +))
            #expect(last < first, "\(metric): sum of the first tenth \(first), of the last \(last)")
        }
        try run.train("cut", stopAfter: 123)
        try run.train("cut")
        #expect(try run.results("cut") == run.results("whole"))
    }
}
