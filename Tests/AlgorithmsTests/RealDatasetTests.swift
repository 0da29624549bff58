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
        if files.isEmpty {
            print("skipped: no data sets in \(folder.path); set SAFERL_SHARED to their parent folder")
        }
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
    func aRecordedFileOpensTrainsAndResumesBitForBit(_ file: String) throws {
        let path = Self.folder.appending(path: file).path
        let data = try TransitionDataset(contentsOf: path)
        #expect(data.unendedTail == nil && data.episodes.reduce(0) { $0 + $1.rows.count } == data.count)
        let task = try #require(DSRLTask.inferred(fromFileName: file))
        #expect(task.observationSize == data.observationSize && task.actionSize == data.actionSize)
        data.transforms = Transforms.forTask(task)

        let run = try TrainedRun<FISOR>(Self.small, on: data, steps: 300, log: 1)
        try run.train("whole")
        // What starts far from its target: Q_h from h, and the denoiser from the noise, per unit of weight, because
        // the weights grow while the critics learn. V's losses start at 0 and follow the moving Q.
        let weights = try run.curve("weight_mean", of: "whole")
        let denoising = zip(try run.curve("policy_loss", of: "whole"), weights).map { $0 / $1 }
        for (name, curve) in [("Q_h", try run.curve("qh_loss", of: "whole")), ("denoising", denoising)] {
            #expect(curve.count == 300)
            let (first, last) = (curve.prefix(30).reduce(0, +) / 30, curve.suffix(30).reduce(0, +) / 30)
            print("\(file): \(name): \(first) in the first tenth, \(last) in the last")
            #expect(last < 0.9 * first, "\(name)")
        }
        try run.train("cut", stopAfter: 123)
        try run.train("cut")
        #expect(try run.results("cut") == run.results("whole"))
    }
}
