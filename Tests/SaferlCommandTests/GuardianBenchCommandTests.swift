import Assurance
import Foundation
import SaferlBenchmarks
import SaferlCommand
import Tensors
import Testing

@Suite(.enabled(if: CommandProcess.binary != nil)) struct GuardianBenchCommandTests {
    private static let sizes = ["--rows", "2048", "--observation", "2", "--action", "1", "--steps", "1"]

    /// What of a report does not depend on time.
    private struct Facts: Decodable, Equatable {
        struct Method: Decodable, Equatable {
            let queries: Int, threshold: Double, outside: Int, iterations: Int?, gap: Double?
        }
        let rows: Int, size: Int, monomials: Int
        let psos: Method, christoffel: Method, kde: Method, neighbours: Method
    }

    @Test func timesAreThoseOfTheClockAndOfTheProcessor() throws {
        let points = GuardianBenchmark.synthetic(rows: 2048, size: 3)
        let report = try GuardianBenchmark.run(on: points, repeats: 1)
        for method in [report.psos, report.christoffel, report.density, report.neighbours] {
            #expect(method.fitProcessorSeconds > 0 && method.fitSeconds > 0)
            #expect(method.scoreProcessorSeconds > 0 && method.decideProcessorSeconds > 0)
        }
        let terms = Double(report.rows * GuardianBenchmark.queries)
        #expect(report.kernelTermsPerProcessorSecond == terms / report.density.scoreProcessorSeconds)
    }

    private func facts(_ more: [String], files: [String: [UInt8]] = [:]) throws -> Facts {
        let result = try CommandProcess.run(
            ["bench", "guardians"] + Self.sizes + ["--json"] + more, files: files)
        #expect(result.status == 0 && result.errors == "")
        return try JSONDecoder().decode(Facts.self, from: Data(result.output.utf8))
    }

    @Test func pointsOfAFileAreThoseThatAreMeasured() throws {
        let points = GuardianBenchmark.synthetic(rows: 2048, size: 3)
        let report = try GuardianBenchmark.run(on: points, repeats: 1)
        let synthetic = try facts([])
        #expect(synthetic.rows == 2048 && synthetic.size == 3 && synthetic.monomials == 10)
        #expect(synthetic.psos.outside == report.psos.outside)
        #expect(synthetic.kde.threshold == report.density.threshold)
        #expect(try facts(["--points", "a.bin"], files: ["a.bin": littleEndian(points)]) == synthetic)
        let others = Matrix(points.rows, 3, points.elements.reversed())
        #expect(try facts(["--points", "a.bin"], files: ["a.bin": littleEndian(others)]) != synthetic)
    }

    private func littleEndian(_ points: Matrix) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in points.elements {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    @Test func theTextHasALineForEachFigure() throws {
        let result = try CommandProcess.run(["bench", "guardians"] + Self.sizes, files: [:])
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n").map(String.init)
        let names = ["psos", "christoffel"].flatMap {
            ["\($0), fit", "\($0), 2048 scores", "\($0), 2048 decisions"]
        }
        let others = ["kde", "neighbours"].flatMap {
            ["\($0), fit", "\($0), 2048 scores", "\($0), 2048 decisions"]
        }
        let all = ["points"] + names + others + ["kernel terms", "threads"]
        #expect(lines.count == all.count)
        // The figures stand in one column.
        for (line, name) in zip(lines, all) {
            #expect(line.hasPrefix(name.padding(toLength: 29, withPad: " ", startingAt: 0)))
            #expect(line.dropFirst(29).first != " ")
        }
        #expect(lines[0].hasSuffix("2048 of 3 numbers, 10 monomials"))
    }
}
