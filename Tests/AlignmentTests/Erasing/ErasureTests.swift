import Alignment
import Foundation
import TestSupport
import Testing

/// Counts, verdicts and soundness of erase-and-check beside an independent program.
@Suite struct ErasureTests {
    static func erasures(_ mode: String, _ size: Int) -> Erasures {
        switch mode {
        case "suffix": Erasures(.suffix, size: size)
        case "insertion": Erasures(.insertion(blocks: 1), size: size)
        case "insertion_2": Erasures(.insertion(blocks: 2), size: size)
        default: Erasures(.infusion, size: size)
        }
    }

    static func filter(_ name: String) throws -> @Sendable ([Int]) -> Bool {
        switch name {
        case "contains 1,2": { s in zip(s, s.dropFirst()).contains { $0 == 1 && $1 == 2 } }
        case "starts with 2": { $0.first == 2 }
        case "at least two 1s": { s in s.count { $0 == 1 } >= 2 }
        case "ends with 0,1": { $0.suffix(2) == [0, 1] }
        case "exactly 1,0,2": { $0 == [1, 0, 2] }
        default: throw ErasureError("no filter \(name)")
        }
    }

    struct Counts: Decodable {
        let n, d, suffix, insertion, infusion: Int
        let insertion_2: Int?
    }
    struct LargeCounts: Decodable {
        let n, d, suffix, insertion: Int
        let infusion: String
    }
    struct Verdict: Decodable {
        let filter: String
        let sequence: [Int]
        let d: Int
        let plain, suffix, insertion, insertion_2, infusion: Bool
    }
    struct Soundness: Decodable {
        let filter, mode: String
        let d, attacks_d, missed_d, attacks_d_plus_1, missed_d_plus_1: Int
    }
    struct Tables: Decodable {
        let counts: [Counts]
        let large_counts: [LargeCounts]
        let verdicts: [Verdict]
        let soundness: [Soundness]
    }

    private static func tables() throws -> Tables {
        try Golden.decode(Tables.self, "alignment", "erase.json")
    }

    @Test func countsAreThoseOfTheReference() throws {
        let tables = try Self.tables()
        #expect(!tables.counts.isEmpty && !tables.large_counts.isEmpty)
        for one in tables.counts {
            let expected = [
                ("suffix", one.suffix), ("insertion", one.insertion), ("infusion", one.infusion),
            ]
            for (mode, number) in expected + (one.insertion_2.map { [("insertion_2", $0)] } ?? []) {
                let erasures = Self.erasures(mode, one.d)
                #expect(erasures.count(units: one.n) == number, "\(erasures) of \(one.n)")
                var visited: [[Int]] = []
                erasures.visit(Array(0..<one.n)) {
                    visited.append($0)
                    return false
                }
                #expect(visited.count == number && Set(visited).count == number, "\(erasures) of \(one.n)")
                #expect(visited.first == Array(0..<one.n))
            }
        }
        for one in tables.large_counts {
            #expect(Self.erasures("suffix", one.d).count(units: one.n) == one.suffix)
            #expect(Self.erasures("insertion", one.d).count(units: one.n) == one.insertion)
            // Beyond 64 bits a count is the largest number, which no budget allows.
            #expect(Self.erasures("infusion", one.d).count(units: one.n) == Int(one.infusion) ?? .max)
        }
    }

    /// C(66, 33) fits 63 bits and C(67, 33) does not; sums and blocks saturate too.
    @Test func countsSaturateNoEarlierThanNeeded() {
        #expect(Erasures(.infusion, size: 62).count(units: 62) == 1 << 62)
        #expect(Erasures(.infusion, size: 63).count(units: 63) == .max)
        #expect(Erasures(.infusion, size: 62).count(units: 63) == .max)
        #expect(Erasures(.infusion, size: 1).count(units: .max / 4) == 1 + .max / 4)
        #expect(Erasures(.insertion(blocks: 40), size: 3).count(units: 400) == .max)
        #expect(Erasures(.insertion(blocks: 1_000_000), size: 1_000_000).count(units: 2000) == .max)
        #expect(Erasures(.insertion(blocks: 1_000_000), size: 1_000_000).count(units: 20) == 1 << 20)
        #expect(
            Erasures(.insertion(blocks: 3), size: 1).count(units: 9)
                == Erasures(.infusion, size: 3).count(units: 9))
    }

    @Test func verdictsAreThoseOfTheReference() throws {
        for one in try Self.tables().verdicts {
            let filter = try Self.filter(one.filter)
            #expect(filter(one.sequence) == one.plain)
            let expected = [
                "suffix": one.suffix, "insertion": one.insertion, "insertion_2": one.insertion_2,
                "infusion": one.infusion,
            ]
            for (mode, isHarmful) in expected {
                let answer = try CertifiedFilter(Self.erasures(mode, one.d), isHarmful: filter)(one.sequence)
                #expect(answer.isHarmful == isHarmful, "\(one.filter), \(mode) \(one.d): \(one.sequence)")
            }
        }
    }

    @Test func noAttackOfTheCertifiedSizeIsMissed() throws {
        let all = try Self.tables().soundness
        #expect(!all.isEmpty)
        for one in all {
            // The longest clean sequence is told by the number of attacks alone.
            var (longest, found) = (1, try Self.experiment(one, longest: 1))
            while longest < 5 && found.attacks < one.attacks_d {
                longest += 1
                found = try Self.experiment(one, longest: longest)
            }
            #expect(found.attacks == one.attacks_d && found.missed == one.missed_d, "\(one)")
            #expect(
                found.attacksBeyond == one.attacks_d_plus_1 && found.missedBeyond == one.missed_d_plus_1,
                "\(one)")
            #expect(found.missed == 0)
        }
    }

    private static func experiment(_ one: Soundness, longest: Int) throws -> SoundnessExperiment {
        try SoundnessExperiment(
            erasures(one.mode, one.d), alphabet: [0, 1, 2], longest: longest, isHarmful: filter(one.filter))
    }

    /// Where a larger size flags less, the verdicts would contradict each other.
    @Test func verdictsAreMonotoneInTheSize() throws {
        for name in ["contains 1,2", "ends with 0,1", "exactly 1,0,2"] {
            for mode in ["suffix", "insertion", "insertion_2", "infusion"] {
                for sequence in [
                    [1, 0, 0, 2, 1, 2], [0, 2, 1, 0, 2, 2], [0, 0, 1, 1, 1, 1], [1, 1, 0, 2],
                ] {
                    let flags = try (0...5).map {
                        try CertifiedFilter(Self.erasures(mode, $0), isHarmful: Self.filter(name))(sequence)
                            .isHarmful
                    }
                    #expect(zip(flags, flags.dropFirst()).allSatisfy { !$0 || $1 }, "\(name), \(mode)")
                }
            }
        }
    }
}
