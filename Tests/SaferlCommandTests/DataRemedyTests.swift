import Foundation
import TestSupport
import Testing

/// Each remedy that a message about recorded data names is carried out on the file that provoked the message.
@Suite struct DataRemedyTests {
    private static let cloning = """
        {"algorithm": "bc", "schedule": {"steps": 4, "log": 2, "checkpoint": 2}, "bc": {"widths": [4], "rows": 8}}
        """

    @Test(.enabled(if: CommandProcess.binary != nil), arguments: DataRemedy.all)
    func aRefusalNamesARemedyThatWorks(_ remedy: DataRemedy) throws {
        let folder = try CommandFolder(["bc.json": Array(Self.cloning.utf8)])
        var recording = Recording()
        remedy.spoil(&recording)
        try recording.write(to: folder.path(remedy.file))
        let refused = try folder.run(remedy.arguments)
        #expect(refused.errors == "\(remedy.file): \(remedy.message)\n")
        #expect(refused.status == remedy.status)
        #expect(refused.output == "")
        let commands: [[String]]
        switch remedy.cure {
        case .writing(let cure):
            cure(&recording)
            try recording.write(to: folder.path(remedy.file))
            commands = [remedy.arguments]
        case .running(let given): commands = given
        }
        for command in commands {
            let result = try folder.run(command)
            #expect(result.status == 0, "\(command.joined(separator: " ")): \(result.errors)")
        }
    }

    @Test func noTwoRemediesHaveTheSameName() {
        let names = DataRemedy.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.count >= 60)
    }
}
