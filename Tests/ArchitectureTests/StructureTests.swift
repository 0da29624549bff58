import Testing

/// How files lie in folders, and how they lean on each other.
@Suite struct StructureTests {
    @Test func noFolderHasMoreThanFifteenFiles() throws {
        let paths = try Sources.modules().map(\.path)
        for fault in Folders.faults(among: paths) { Issue.record("\(fault)") }
    }

    @Test func aFullFolderAndAnExceptionThatNobodyNeedsAreSeen() {
        func files(_ count: Int, in folder: String) -> [String] {
            (0..<count).map { "\(folder)/\($0).swift" }
        }
        func faults(_ paths: [String], _ exceptions: [String: Int] = [:]) -> [String] {
            Folders.faults(among: paths, exceptions: exceptions)
        }
        #expect(faults(files(15, in: "A") + files(15, in: "A/B") + ["A/notes.md"]) == [])
        #expect(faults(files(16, in: "A/B")) == ["A/B has 16 files"])
        #expect(faults(files(17, in: "A"), ["A": 17]) == [])
        #expect(faults(files(18, in: "A"), ["A": 17]) == ["A has 18 files"])
        #expect(faults(files(15, in: "A"), ["A": 17]) == ["A needs no exception"])
    }

    @Test func noMoreThanThreeFilesFormACircle() throws {
        for fault in Circles.faults(among: try Sources.modules()) { Issue.record("\(fault)") }
    }

    @Test func aCircleOfFourFilesIsSeen() {
        /// Files of which each uses the type of the next, and the last that of the first.
        func ring(_ names: [String]) -> [(path: String, text: String)] {
            zip(names, names.dropFirst() + names.prefix(1)).map { name, next in
                (
                    "Sources/Replay/\(name).swift",
                    "/// Not \(names[0]).\npublic struct \(name): Sendable {\n    let next: [\(next)]\n}\n"
                )
            }
        }
        func faults(_ files: [(path: String, text: String)], _ exceptions: [String: Int] = [:]) -> Int {
            Circles.faults(among: files, exceptions: exceptions).count
        }
        #expect(faults(ring(["A", "B", "C", "D"])) == 1)
        #expect(faults(ring(["A", "B", "C"])) == 0)
        #expect(faults(ring(["A", "B", "C", "D"]), ["Replay": 4]) == 0)
        #expect(faults(ring(["A", "B", "C", "D", "E"]), ["Replay": 4]) == 1)
        #expect(faults(ring(["A", "B", "C"]), ["Replay": 4]) == 1)
        // A way out of the ring is no way back; a name in a comment, a text or an import is no use.
        var open = ring(["A", "B", "C", "D"])
        open[3].text = "import struct X.A\nstruct D { let text = \"\"\"\nA\n\"\"\" + \"an A\" }  // A\n"
        #expect(faults(open) == 0)
        // Modules do not see each other's files.
        var apart = ring(["A", "B", "C", "D"])
        apart[3].path = "Sources/Tensors/D.swift"
        #expect(faults(apart) == 0)
    }
}
