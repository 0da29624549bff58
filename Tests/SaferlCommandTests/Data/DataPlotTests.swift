import Foundation
import SafeRL
import Testing

// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct DataPlotTests {
    @Test func thePictureHasAPointForEveryEpisodeAndIsDrawnBelowTheText() throws {
        let folder = try CommandFolder(["a.hdf5": HDF5Columns().bytes])
        let plain = try folder.run(["data", "info", "a.hdf5"])
        let result = try folder.run(["data", "info", "a.hdf5", "--plot", "p.svg"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        #expect(result.output.hasPrefix(plain.output))
        #expect(result.output.hasSuffix("\nFigure  p.svg\n") && result.output.contains("┤"))
        let svg = try String(contentsOfFile: folder.path("p.svg"), encoding: .utf8)
        #expect(svg.components(separatedBy: "r=\"2.4\"").count == 1 + 6)
        #expect(svg.contains(">cut by a limit (3)</text>") && svg.contains(">ended by the task (3)</text>"))
        #expect(try folder.run(["data", "info", "a.hdf5", "--plot", "p.pdf", "--json"]).status == 0)
        #expect(try folder.contents()["p.pdf"]?.starts(with: Array("%PDF-".utf8)) == true)
    }
}
