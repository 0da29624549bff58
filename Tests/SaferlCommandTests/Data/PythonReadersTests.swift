import Foundation
import SafeRL
import Testing

/// What Python's packages make of files that `saferl data convert` wrote.
// The binary stands beside the tests after `swift build`; without it, or the package, there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct PythonReadersTests {
    private let folder: CommandFolder

    init() throws { folder = try CommandFolder([:]) }

    private func convert(_ columns: TransitionColumns, to name: String, _ format: String) throws {
        try TransitionDataset(columns).write(to: folder.path("a.hdf5"))
        let result = try folder.run(["data", "convert", "a.hdf5", name, "--to", format])
        #expect(result.status == 0, "\(result.errors)")
    }

    private func python(_ script: String) throws -> [String] {
        let run = ProgramRun([FormatSample.python, "-W", "ignore", "-c", script, folder.path(".")])
        #expect(run.status == 0, "\(run.errors)")
        return String(decoding: run.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func hex(_ values: some Collection<Float>) -> String {
        values.map { value in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes in
                bytes.map { String(format: "%02x", $0) }.joined()
            }
        }.joined()
    }

    @Test(.enabled(if: FormatSample.hasMinari))
    func minariOpensADirectoryWithEveryEpisodeAsItWas() throws {
        let columns = FormatSample.columns()
        try convert(columns, to: "robot-v2", "minari")
        let lines = try python(
            """
            import os, sys
            os.environ["MINARI_DATASETS_PATH"] = sys.argv[1]
            import minari
            data = minari.load_dataset("robot-v2")
            print(data.id, data.total_episodes, data.total_steps, data.observation_space.shape, data.action_space)
            for e in data.iterate_episodes():
                print(e.id, len(e), e.observations.tobytes().hex(), e.actions.tobytes().hex(), e.rewards.tobytes().hex())
                print(e.terminations.tolist(), e.truncations.tolist(), e.terminations.dtype)
                for name in ("cost", "cost_speed", "cost_lane-2", "constraint_values"):
                    print(e.infos[name][1:].tobytes().hex())
            """)
        #expect(lines.first == "robot-v2 4 12 (3,) Box(-1.0, 1.0, (2,), float32)")
        let data = try TransitionDataset(columns)
        var expected: [String] = []
        for (number, episode) in data.episodes.enumerated() {
            let rows = episode.rows
            let states =
                hex(data.observations[rows.lowerBound * 3..<rows.upperBound * 3])
                + hex(data.nextObservations[(rows.upperBound - 1) * 3..<rows.upperBound * 3])
            let actions = hex(data.actions[rows.lowerBound * 2..<rows.upperBound * 2])
            expected.append("\(number) \(rows.count) \(states) \(actions) \(hex(data.rewards[rows]))")
            func flags(_ values: UnsafeBufferPointer<UInt8>) -> String {
                "[" + values[rows].map { $0 == 1 ? "True" : "False" }.joined(separator: ", ") + "]"
            }
            expected.append("\(flags(data.terminals)) \(flags(data.timeouts)) bool")
            expected.append(hex(data.costs[rows]))
            for name in ["speed", "lane-2"] {
                expected.append(hex(try data.costChannel(named: name).costs[rows]))
            }
            expected.append(hex(try #require(data.constraintValues)[rows]))
        }
        #expect(Array(lines.dropFirst()) == expected)
    }

    @Test(.enabled(if: FormatSample.hasMinari))
    func minariOpensChoicesAsADiscreteSpace() throws {
        try convert(FormatSample.columns(choices: 5), to: "choices", "minari")
        let lines = try python(
            """
            import sys, minari
            data = minari.MinariDataset(sys.argv[1] + "/choices/data")
            print(data.id, data.action_space, data[1].actions.dtype, data[1].actions.tolist())
            """)
        #expect(lines == ["choices-v0 Discrete(5) int64 [1, 2, 3, 4]"])
    }

    /// What D4RL's loader asks of a file, and its next states, which it makes of the rows behind.
    @Test(.enabled(if: FormatSample.hasHDF5))
    func aFileOfD4RLIsAsItsLoaderExpects() throws {
        let columns = FormatSample.columns()
        try convert(columns, to: "b.hdf5", "d4rl")
        let lines = try python(
            """
            import sys, h5py, numpy as np
            data = {}
            with h5py.File(sys.argv[1] + "/b.hdf5", "r") as file:
                file.visititems(lambda name, item: data.update({name: item[:]}) if isinstance(item, h5py.Dataset) else None)
            print(sorted(data))
            n = data["rewards"].shape[0]
            print(n, data["observations"].shape, data["actions"].shape, data["terminals"].shape, data["terminals"].dtype)
            print(all(value.shape[0] == n for value in data.values()), data["observations"].dtype, data["timeouts"].dtype)
            kept = [i for i in range(n - 1) if not data["timeouts"][i] and not data["terminals"][i]]
            print(all((data["observations"][i + 1] == data["next_observations"][i]).all() for i in kept), len(kept))
            """)
        #expect(
            lines == [
                "['actions', 'constraint_values', 'costs', 'infos/cost_lane-2', 'infos/cost_speed', 'next_observations', "
                    + "'observations', 'rewards', 'terminals', 'timeouts']",
                "12 (12, 3) (12, 2) (12,) bool", "True float32 bool", "True 8",
            ])
    }

    @Test(.enabled(if: FormatSample.hasPyArrow))
    func parquetHasARowAStepAndListsOfOneSize() throws {
        try TransitionDataset(FormatSample.columns()).write(to: folder.path("a.hdf5"))
        #expect(try folder.run(["data", "convert", "a.hdf5", "b.parquet"]).status == 0)
        let lines = try python(
            """
            import sys, pyarrow.parquet as pq
            table = pq.read_table(sys.argv[1] + "/b.parquet")
            print(table.num_rows, [f"{f.name} {f.type}" for f in table.schema])
            print(table["episode"].to_pylist())
            """)
        #expect(
            lines == [
                "12 ['episode int64', 'observation fixed_size_list<element: float>[3]', "
                    + "'action fixed_size_list<element: float>[2]', 'reward float', 'cost float', 'cost_lane-2 float', "
                    + "'cost_speed float', 'terminal bool', 'timeout bool', "
                    + "'next_observation fixed_size_list<element: float>[3]', 'constraint_value float']",
                "[0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3]",
            ])
    }

    /// As hospitals and frameworks write them: plain columns, several row groups, a map.
    @Test(.enabled(if: FormatSample.hasPyArrow))
    func aTableOfSomebodyElseIsReadByAMapAndItsFaultsByRowAndColumn() throws {
        _ = try python(
            """
            import sys, pyarrow as pa, pyarrow.parquet as pq
            n = 20000
            table = pa.table({"stay": pa.array([f"s{i // 10}" for i in range(n)]), "hr": pa.array([float(i) for i in range(n)]),
                "dose": pa.array([i % 5 for i in range(n)], pa.int16()), "alive": pa.array([1.0] * n),
                "low": pa.array([i % 7 == 0 for i in range(n)])})
            pq.write_table(table, sys.argv[1] + "/t.parquet", row_group_size=3000)
            low = table["low"].to_pylist(); low[12344] = None
            pq.write_table(table.set_column(4, "low", pa.array(low)), sys.argv[1] + "/n.parquet", row_group_size=3000)
            """)
        let map = """
            {"observations": ["hr"], "actions": ["dose"], "choices": 5, "reward": "alive", "cost": "low", "episode": "stay"}
            """
        try map.write(toFile: folder.path("m.json"), atomically: true, encoding: .utf8)
        let result = try folder.run(["data", "convert", "t.parquet", "t.hdf5", "--columns", "m.json"])
        #expect(result.status == 0, "\(result.errors)")
        let data = try TransitionDataset(contentsOf: folder.path("t.hdf5"))
        #expect(data.count == 20000 && data.episodes.count == 2000 && data.actionChoices == 5)
        #expect(data.observations[12345] == 12345 && data.costs[12341] == 1)
        let faulty = try folder.run(["data", "convert", "n.parquet", "n.hdf5", "--columns", "m.json"])
        #expect(faulty.status == 65 && !faulty.files.contains("n.hdf5"))
        #expect(faulty.errors == "n.parquet:12345, column \"low\": empty. Every step needs a number there.\n")
    }

    @Test(.enabled(if: FormatSample.hasPyArrow))
    func whatIsNoParquetIsRefusedInOneLine() throws {
        try "observation_0\n".write(toFile: folder.path("t.parquet"), atomically: true, encoding: .utf8)
        let result = try folder.run(["data", "convert", "t.parquet", "t.hdf5"])
        #expect(result.status == 65 && !result.files.contains("t.hdf5"))
        #expect(result.errors.hasPrefix("t.parquet: pyarrow cannot read or write it: "))
        #expect(result.errors.hasSuffix(". Check that it is a Parquet file.\n"))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aConversionThatIsStoppedLeavesNothing(_ signal: Int32) throws {
        try "#!/bin/sh\ntouch \"$4\"\nexec sleep 60\n".write(
            toFile: folder.path("slow"), atomically: true, encoding: .utf8)
        try TransitionDataset(FormatSample.columns()).write(to: folder.path("a.hdf5"))
        let before = try folder.paths()
        let result = try folder.run(
            ["data", "convert", "a.hdf5", "b.parquet"], shell: "chmod +x slow; export SAFERL_PYTHON=./slow"
        ) { process in
            let isBegun = (try? folder.paths().contains("b.parquet.partial")) ?? false
            if isBegun { kill(process.processIdentifier, signal) }
            return !isBegun
        }
        #expect(result.status == 128 + signal)
        #expect(result.errors == "stopped; what was not finished is removed.\n")
        #expect(result.files == before)
    }

    @Test func aPythonWithoutPyArrowIsNamedWithTheCommandThatInstallsIt() throws {
        try "#!/bin/sh\nexit 66\n".write(toFile: folder.path("bare"), atomically: true, encoding: .utf8)
        try "PAR1".write(toFile: folder.path("t.parquet"), atomically: true, encoding: .utf8)
        let result = try folder.run(
            ["data", "convert", "t.parquet", "t.hdf5"], shell: "chmod +x bare; export SAFERL_PYTHON=./bare")
        #expect(result.status == 66)
        #expect(
            result.errors
                == "t.parquet: Parquet needs the package pyarrow, which ./bare does not have. Install it with "
                + "\"./bare -m pip install pyarrow==25.0.1\", or name a Python that has it in SAFERL_PYTHON.\n"
        )
    }
}
