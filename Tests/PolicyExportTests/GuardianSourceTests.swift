import Foundation
import Guardians
import PolicyExport
import SafeRL
import Testing

/// Guardians in C against the ones here.
@Suite(.enabled(if: OtherLanguage.compiler != nil, OtherLanguage.noCompiler)) struct GuardianSourceTests {
    private static let size = 3

    private static let main = """

        #include <stdio.h>
        int main(void)
        {
            double point[GUARDIAN_POINT];
            for (;;) {
                for (int i = 0; i < GUARDIAN_POINT; ++i) if (scanf("%lf", point + i) != 1) return i != 0;
                printf("%.17g %d\\n", guardian_score(point), guardian_is_outside(point));
            }
        }
        """

    /// Points of a ring whose last column is constant but for a few, and that repeat.
    private static func points(_ count: Int, seed: UInt64, spread: Double = 1) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(
            count, size,
            (0..<count).flatMap { _ in
                let angle = Double(stream.nextInteger(below: 40)) / 40 * 2 * Double.pi
                let radius = spread * (1 + Double(stream.nextInteger(below: 3)) / 10)
                return [radius * cos(angle), 5 * radius * sin(angle), 7]
            })
    }

    private static func guardians() throws -> [any SupportGuardian] {
        let data = try GuardianData(points: points(400, seed: 1), heldOut: points(60, seed: 2))
        var neighbours = NeighbourGuardian.Configuration()
        neighbours.neighbours = 4
        return [
            try CountGuardian(.init(), fittedTo: GuardianData(points: points(400, seed: 1))),
            try NeighbourGuardian(neighbours, fittedTo: data),
            try DensityGuardian(.init(), fittedTo: data),
        ]
    }

    @Test(arguments: 0..<3) func scoresAreThoseHere(_ place: Int) throws {
        let guardian = try Self.guardians()[place]
        let text = try GuardianSource(guardian.encoded(), origin: "a test */ of comments", place: "run")
            .text()
        let folder = try OtherLanguage.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, binary) = (folder.appending(path: "g.c"), folder.appending(path: "g").path)
        try Data((text + Self.main).utf8).write(to: source)
        _ = try OtherLanguage.call(
            try #require(OtherLanguage.compiler),
            ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", source.path, "-lm", "-o", binary])
        // Of the data, near it, and so far away that a density vanishes.
        let asked = [
            Self.points(100, seed: 3), Self.points(100, seed: 4, spread: 1.4),
            Self.points(40, seed: 5, spread: 200),
        ].reduce(into: [Double]()) { $0 += $1.elements }
        let rows = asked.count / Self.size
        let points = Matrix(rows, Self.size, asked)
        let input = (0..<rows).map { row in
            asked[row * Self.size..<(row + 1) * Self.size].map { "\($0)" }.joined(separator: " ") + "\n"
        }.joined()
        let found = OtherLanguage.numbers(try OtherLanguage.call(binary, [], input: input + "nan 0 0\n"))
        try #require(found.count == rows + 1)
        let (scores, outside) = (try guardian.score(points), try guardian.isOutside(points))
        #expect(Set(outside) == [true, false])
        for row in 0..<rows {
            let difference = abs(found[row][0] - scores[row])
            #expect(
                difference <= 1e-12 * max(1, abs(scores[row])),
                "point \(row): \(found[row][0]), \(scores[row])")
            // At the threshold itself either may be said.
            if abs(scores[row] - guardian.threshold) > 1e-9 { #expect((found[row][1] == 1) == outside[row]) }
        }
        #expect(found[rows] == [.infinity, 1])
    }

    @Test func anotherMethodIsRefused() throws {
        let record = GuardianRecord(kind: "christoffel", arrays: [], metadata: "{}")
        let fault = #expect(throws: UnexportablePolicy.self) {
            try GuardianSource(record, origin: "", place: "run")
        }
        #expect(
            fault?.description
                == "run: a guardian christoffel has no form in C. Name count, neighbours or kde.")
    }
}
