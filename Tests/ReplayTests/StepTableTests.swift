import Foundation
import Replay
import Storage
import Testing

/// Tables of steps as text, beside the columns that they come from.
@Suite struct StepTableTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: path) }
        func file(_ name: String, _ text: String? = nil) throws -> String {
            let file = path.appending(path: name)
            if let text { try Data(text.utf8).write(to: file) }
            return file.path
        }
    }

    private static func columns(named: Bool) -> TransitionColumns {
        var columns = TransitionColumns(
            observationSize: 2, actionSize: 1, costNames: named ? ["speed", "lane"] : CostChannels.single)
        for row in 0..<7 {
            let value = Float(row) / 7
            columns.append(
                observation: [value, -1e-20 * value], action: [0.1 * value],
                nextObservation: [value + 0.3, 3], reward: -value, costs: named ? [value, 0] : [value],
                terminated: row == 2, truncated: row == 6)
        }
        return columns
    }

    private func bits(_ data: TransitionDataset) -> [[UInt32]] {
        let numbers =
            [data.observations, data.actions, data.nextObservations, data.rewards, data.costs]
            + data.costChannels.map(\.costs)
        return numbers.map { $0.map(\.bitPattern) } + [
            data.terminals.map(UInt32.init), data.timeouts.map(UInt32.init),
        ]
    }

    @Test(arguments: ["a.csv", "a.jsonl"], [false, true])
    func whatIsWrittenIsReadWithEqualBits(_ name: String, _ named: Bool) throws {
        let folder = try Folder()
        let table = try #require(StepTable(fileName: name))
        let data = try TransitionDataset(Self.columns(named: named))
        try table.write(data, to: folder.file(name))
        let back = try TransitionDataset(table.read(folder.file(name)))
        #expect(bits(back) == bits(data))
        #expect(back.costChannels.map(\.name) == data.costChannels.map(\.name))
    }

    @Test func aHospitalsTableIsReadByAMap() throws {
        let folder = try Folder()
        let table = """
            stay,hr,"map, mean",dose,died,low
            a,80,70,0,0,0
            a,82.5,65,2,0,1
            b,90,60,4,1,1

            """
        let map = """
            {"observations": ["hr", "map, mean"], "actions": ["dose"], "action_ranges": [[0, 4]],
             "reward": "died", "cost": "low", "episode": "stay", "terminal": "died"}
            """
        let read = try StepTable.commaSeparated.read(
            try folder.file("t.csv", table), columns: try folder.file("m.json", map))
        #expect(read.observations == [80, 70, 82.5, 65, 90, 60] && read.actions == [-1, 0, 1])
        // The next row of the stay, and at its end the last state again.
        #expect(read.nextObservations == [82.5, 65, 82.5, 65, 90, 60])
        #expect(read.costs == [0, 1, 1] && read.terminals == [0, 0, 1] && read.timeouts == [0, 1, 0])
    }

    @Test func choicesAndMarksAreReadAsTheyAreWritten() throws {
        let folder = try Folder()
        let table = """
            \u{FEFF}observation_0,action_0,reward,cost,timeout\r
            1,2,"0.5",0,false\r
            2,0,1e-1,0,TRUE\r

            """
        let map = #"{"choices": 3}"#
        let read = try StepTable.commaSeparated.read(
            try folder.file("t.csv", table), columns: try folder.file("m.json", map))
        #expect(read.actions == [2, 0] && read.actionChoices == 3 && read.rewards == [0.5, 0.1])
        #expect(read.timeouts == [0, 1])
    }

    private static let head = "episode,observation_0,action_0,reward,cost\n"

    private static let faults: [(String, String)] = [
        ("", "t.csv: empty. A head of names is needed."),
        (head, "t.csv: no rows. Record steps first."),
        (head + "1,2,0.5,1\n", "t.csv:2: 4 cells under a head of 5. Fill the row up, or cut it."),
        (head + "1,2,0.5,x,0\n", #"t.csv:2, column "reward": "x" is no finite number."#),
        (head + "1,,0.5,1,0\n", #"t.csv:2, column "observation_0": empty. Every step needs a number there."#),
        (head + "1,nan,0.5,1,0\n", #"t.csv:2, column "observation_0": "nan" is no finite number."#),
        (head + "1,1e39,0.5,1,0\n", #"t.csv:2, column "observation_0": "1e39" is no finite number."#),
        (head + "1,2,0.5,1,-2\n", #"t.csv:2, column "cost": a cost of -2.0. Costs are at least 0."#),
        (
            head + "1,2,0.5,1,0\n2,2,0.5,1,0\n1,2,0.5,1,0\n",
            #"t.csv:4, column "episode": episode "1" stands there before, and others in between. Sort the rows by episode and step."#
        ),
        (
            "episode,episode,observation_0\n",
            #"t.csv:1: two columns are called "episode". Give each a name of its own."#
        ),
        (
            head + "1,\"2,0.5,1,0\n",
            "t.csv:2: a quotation mark that nothing closes. Close it, or double it inside of a cell."
        ),
        (
            "observation_0,action_0,reward,cost\n1,1,1,0\n",
            #"t.csv: nothing tells where episodes end. Give a column "episode", "terminal" or "timeout", or name one with --columns MAP.json."#
        ),
        (
            "episode,action_0,reward,cost\n1,1,1,0\n",
            "t.csv: no columns of an observation. Name them observation_0, observation_1, …, or say which they are with --columns MAP.json."
        ),
        (
            "episode,observation_0,action_0,cost\n1,1,1,0\n",
            #"t.csv: no column "reward"; there are "episode", "observation_0", "action_0", "cost". Say which one it is with --columns MAP.json."#
        ),
        (
            "episode,observation_0,action_0,reward,cost,terminal\n1,1,0,1,0,2\n",
            #"t.csv:2, column "terminal": "2" is neither true nor false. Write 1 or 0."#
        ),
        (
            "episode,observation_0,action_0,reward,cost,terminal\n1,1,0,1,0,1\n1,1,0,1,0,0\n",
            #"t.csv:3, column "episode": episode "1" goes on behind its end in row 2. Give the rows an episode of their own."#
        ),
    ]

    @Test(arguments: faults)
    func aFaultIsNamedWithRowAndColumn(_ text: String, _ message: String) throws {
        let folder = try Folder()
        let path = try folder.file("t.csv", text)
        #expect { try StepTable.commaSeparated.read(path) } throws: {
            "\($0)".replacing(folder.path.path + "/", with: "") == message
        }
    }

    private static let wrongMaps: [(String, String)] = [
        (
            #"{"reward": "rew"}"#,
            #"m.json:1:12: reward: the table has no column "rew"; there are "episode", "observation_0", "action_0", "reward", "cost"."#
        ),
        (#"{"observations": []}"#, "m.json:1:18: observations: a list of names of columns is needed."),
        (
            #"{"rewards": "reward"}"#,
            #"m.json:1:2: rewards: unknown key. Did you mean "reward"?"#
        ),
        (
            #"{"action_ranges": [[1, 0]]}"#,
            "m.json:1:20: action_ranges: two numbers a column of the action are needed, the smaller first."
        ),
        (
            #"{"action_ranges": [[0, 1], [0, 1]]}"#,
            "m.json:1:19: action_ranges: 2 ranges do not fit 1 columns of real numbers."
        ),
        (
            #"{"cost": "cost", "costs": {"a": "cost"}}"#,
            #"m.json:1:27: "cost" and "costs": give one of them."#
        ),
        (#"{"choices": 0}"#, "m.json:1:13: choices: a whole number from 1 to 65536 is needed."),
    ]

    @Test(arguments: wrongMaps)
    func aWrongMapIsNamedWithItsPlace(_ map: String, _ message: String) throws {
        let folder = try Folder()
        let path = try folder.file("t.csv", Self.head + "1,2,0.5,1,0\n")
        let file = try folder.file("m.json", map)
        #expect { try StepTable.commaSeparated.read(path, columns: file) } throws: {
            "\($0)".replacing(folder.path.path + "/", with: "") == message
        }
    }

    @Test func aLineOfAnotherShapeIsNamed() throws {
        let folder = try Folder()
        let first = #"{"episode": 1, "observation": [1, 2], "action": [0], "reward": 1, "cost": 0}"#
        let rows = [
            (
                #"{"episode": 1, "observation": [1], "action": [0], "reward": 1, "cost": 0}"#,
                #"t.jsonl:2, column "observation_1": missing. Every row needs the columns of the first."#
            ),
            ("[1]", "t.jsonl:2: a list, where an object of columns is needed."),
            ("{", "t.jsonl:2: "),
        ]
        for (row, message) in rows {
            let path = try folder.file("t.jsonl", first + "\n" + row + "\n")
            #expect { try StepTable.jsonLines.read(path) } throws: {
                "\($0)".replacing(folder.path.path + "/", with: "").hasPrefix(message)
            }
        }
    }
}
