import Algorithms
import Foundation
import SafeRL
import Testing

/// What baselines share stands beside what is their own, in files and checkpoints of runs.
@Suite struct SharedSettingsTests {
    private static func keys<Options: Defaulted>(_ type: Options.Type) throws -> [String] {
        let written = try #require(try JSONValue(encoding: Options()).members)
        #expect(try Options.inconsistencies() == [])
        #expect(Set(written.map(\.key)) == Set(Options.options.map(\.key)))
        return Options.options.map(\.key)
    }

    @Test func noGroupHasAKeyOfItsOwnAndNoKeyStandsInTwo() throws {
        let all = [
            try Self.keys(BCQLag.Configuration.self), try Self.keys(BEARLag.Configuration.self),
            try Self.keys(CPQ.Configuration.self), try Self.keys(COptiDICE.Configuration.self),
        ]
        #expect(all.map(\.count) == [25, 28, 21, 18])
        for keys in all {
            #expect(Set(keys).count == keys.count)
            #expect(Set(keys).isDisjoint(with: ["shared", "critics", "lagrangian", "own"]))
            #expect(
                Set(keys).isSuperset(of: ["rows", "costLimit", "episodeLength", "actorWidths", "timeouts"]))
        }
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let written = BEARLag.Configuration.with {
            ($0.rows, $0.criticRate, $0.samples, $0.kernelWidth) = (3, 0.5, 7, 9)
        }
        let json = try JSONValue(encoding: written)
        #expect(json["rows"]?.number?.int == 3 && json["kernelWidth"]?.number?.int == 9)
        let read = try JSONDecoder().decode(BEARLag.Configuration.self, from: JSONEncoder().encode(written))
        #expect(read == written)
        #expect(read.rows == 3 && read.criticRate == 0.5 && read.samples == 7 && read.kernelWidth == 9)
    }

    @Test func defaultsThatDifferAreKept() {
        #expect(BCQLag.Configuration().actorRate == 1e-3 && BEARLag.Configuration().actorRate == 1e-3)
        #expect(CPQ.Configuration().actorRate == 1e-4 && COptiDICE.Configuration().actorRate == 1e-4)
    }
}
