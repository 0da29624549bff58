import Foundation
import Replay
import Storage
import TestSupport
import Testing

/// Arrays of NumPy in one file.
@Suite struct ArrayFileTests {
    private static func columns() -> TransitionColumns {
        var columns = TransitionColumns(observationSize: 3, actionSize: 2, costNames: ["lane", "speed"])
        for row in 0..<5 {
            let value = Float(row) / 3
            columns.append(
                observation: [value, 1, -value], action: [0.1, -0.9], nextObservation: [value, 2, 7],
                reward: value,
                costs: [value, 1], terminated: row == 1, truncated: row == 4)
        }
        return columns
    }

    private func path(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)-\(name)").path
    }

    private func read(_ file: String) throws -> TransitionDataset {
        try ArrayFile.dataset(file, spilledBeside: path("spill"))
    }

    @Test func whatIsWrittenIsReadWithEqualBitsAndWrittenAlike() throws {
        let (one, two) = (path("a.npz"), path("b.npz"))
        defer { for file in [one, two] { try? FileManager.default.removeItem(atPath: file) } }
        let data = try TransitionDataset(Self.columns())
        try ArrayFile.write(data, to: one)
        let back = try read(one)
        #expect(
            Array(back.observations) == Array(data.observations) && Array(back.actions) == Array(data.actions)
        )
        #expect(Array(back.nextObservations) == Array(data.nextObservations))
        #expect(Array(back.rewards) == Array(data.rewards) && Array(back.costs) == Array(data.costs))
        #expect(
            Array(back.terminals) == Array(data.terminals) && Array(back.timeouts) == Array(data.timeouts))
        #expect(back.costChannels.map(\.name) == ["lane", "speed"])
        try ArrayFile.write(back, to: two)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: one)) == Data(contentsOf: URL(fileURLWithPath: two)))
    }

    @Test func aDamagedArchiveIsRefusedWhereverItIsCutOrChanged() throws {
        let file = path("c.npz")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try ArrayFile.write(TransitionDataset(Self.columns()), to: file)
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        for cut in stride(from: 0, to: whole.count, by: 13) {
            try Data(whole[..<cut]).write(to: URL(fileURLWithPath: file))
            #expect(throws: StepTableError.self) { try read(file) }
        }
        // A byte of the first member's numbers, which its checksum covers.
        var changed = whole
        changed[200] ^= 0x40
        try Data(changed).write(to: URL(fileURLWithPath: file))
        #expect(throws: StepTableError.self) { try read(file) }
    }

    private static let isNumPyHere = ProgramRun(["python3", "-c", "import numpy"]).status == 0

    @Test(.enabled(if: isNumPyHere, "needs python3 with numpy")) func whatNumPySavesIsRead() throws {
        let file = path("d.npz")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let script = """
            import numpy as np, sys
            np.savez_compressed(sys.argv[1], obs=np.arange(6.0).reshape(3, 2), actions=np.array([[.5], [0], [-1]], 'f4'),
                rewards=np.arange(3), cost=np.array([0, 1, 0], bool), terminations=np.array([False, False, True]))
            """
        let made = ProgramRun(["python3", "-c", script, file])
        try #require(made.status == 0, "\(made.errors)")
        let data = try read(file)
        #expect(Array(data.observations) == [0, 1, 2, 3, 4, 5] && Array(data.actions) == [0.5, 0, -1])
        #expect(Array(data.rewards) == [0, 1, 2] && Array(data.costs) == [0, 1, 0])
        #expect(Array(data.terminals) == [0, 0, 1])
        #expect(Array(data.nextObservations) == [2, 3, 4, 5, 4, 5])
    }

    @Test(.enabled(if: isNumPyHere, "needs python3 with numpy")) func numPyReadsWhatIsWritten() throws {
        let file = path("e.npz")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try ArrayFile.write(TransitionDataset(Self.columns()), to: file)
        let script = """
            import numpy as np, sys
            d = np.load(sys.argv[1])
            print(d['observations'].shape, d['observations'].dtype, d['terminals'].dtype, d['terminals'].sum(),
                  d['cost_speed'].sum(), round(float(d['rewards'].sum()), 4))
            """
        let read = ProgramRun(["python3", "-c", script, file])
        #expect(
            String(decoding: read.output, as: UTF8.self) == "(5, 3) float32 bool 1 5.0 3.3333\n",
            "\(read.errors)")
    }

    @Test func whatIsMissingOrDoesNotFitIsNamed() throws {
        let file = path("f.npz")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("PK".utf8).write(to: URL(fileURLWithPath: file))
        #expect { try read(file) } throws: {
            "\($0)" == file
                + ": no ZIP archive, which NPZ files are, or cut off. Save it again with numpy.savez."
        }
        #expect { try read(file + "x") } throws: {
            "\($0)" == file + "x: no such file, or none that can be read."
        }
    }
}
