import Foundation
import Parallel
import Tensors
import Testing

@Suite struct ShardCrewTests {
    private struct Spoilt: Error {}

    /// Three meetings of eight parts, of gradients that depend on the part and on what was met before.
    private static func met(_ peers: any Peers) throws -> [[UInt32]] {
        let crew = try ShardCrew(shards: 8, peers, patience: 20)
        defer { crew.close() }
        let seen = crew.own.map { _ in Seen() }
        for update in 0..<2 {
            try crew.update(
                seen.enumerated().map { place, seen in
                    {
                        let shard = try #require(DataShard.current)
                        #expect(shard.number == crew.own.lowerBound + place && shard.count == 8)
                        var noise = [Float](repeating: 0, count: 33)
                        var stream = RandomStream(seed: UInt64(update), for: .noise)
                        noise.withUnsafeMutableBufferPointer { stream.fillNormal($0) }
                        for _ in 0..<3 {
                            let mean = try noise.withUnsafeMutableBufferPointer {
                                try seen.average($0, shard)
                            }
                            seen.bits += noise.map(\.bitPattern) + [mean.bitPattern]
                            noise = noise.map { $0 * Float(shard.number + 1) }
                        }
                        let all = try DataShard.gathered([Double(shard.number), 0.5])
                        #expect(all == (0..<8).flatMap { [Double($0), 0.5] })
                        #expect(try DataShard.mean(of: Float(shard.number)) == 3.5)
                    }
                })
            #expect(DataShard.current == nil)
        }
        return seen.map(\.bits)
    }

    /// What a part has met with.
    private final class Seen {
        var bits: [UInt32] = []

        func average(_ values: UnsafeMutableBufferPointer<Float>, _ shard: DataShard) throws -> Float {
            try shard.mean(gradient: values, Float(shard.number))
        }
    }
    @Test func anyNumberOfProcessesHasTheSameBits() throws {
        let alone = try Self.met(Alone())
        #expect(alone.count == 8 && alone[0].count == 2 * 3 * 34)
        #expect(Set(alone).count == 1)
        #expect(Set(alone[0]).count > 100)
        for ranks in [2, 4, 8] {
            let made = try MemoryPeers.each(of: ranks) { try Self.met($0) }
            #expect(made.flatMap { $0 } == alone)
        }
    }

    @Test func aPartThatFailsStopsAllOfItsProcess() throws {
        for culprit in 0..<4 {
            let crew = try ShardCrew(shards: 4, Alone(), patience: 1)
            let afterwards = Counter()
            #expect(throws: Spoilt.self) {
                try crew.update(
                    (0..<4).map { place in
                        {
                            _ = try DataShard.gathered([1])
                            if place == culprit { throw Spoilt() }
                            _ = try DataShard.gathered([2])
                            afterwards.count += 1
                        }
                    })
            }
            #expect(afterwards.count == 0)
            crew.close()
        }
    }

    @Test func partsThatGoDifferentWaysAreFound() throws {
        for odd in 0..<4 {
            let crew = try ShardCrew(shards: 4, Alone(), patience: 1)
            #expect(throws: ParallelFault.self) {
                try crew.update(
                    (0..<4).map { place in { if place != odd { _ = try DataShard.gathered([1]) } } })
            }
            crew.close()
        }
        let crew = try ShardCrew(shards: 2, Alone(), patience: 1)
        defer { crew.close() }
        #expect(throws: ParallelFault.apart("they went different ways in one update")) {
            try crew.update(
                (0..<2).map { place in { _ = try DataShard.gathered([Double](repeating: 1, count: place)) } })
        }
    }

    @Test func aProcessThatDoesNotAnswerIsNamed() throws {
        let errors = try MemoryPeers.each(of: 2) { peers in
            guard peers.rank == 0 else { return "" }
            let crew = try ShardCrew(shards: 2, peers, patience: 1)
            defer { crew.close() }
            do { try crew.update([{ _ = try DataShard.gathered([1]) }]) } catch { return "\(error)" }
            return "nothing"
        }
        #expect(errors[0].hasPrefix("rank 1 has not answered for 1 s"))
    }

    @Test func rowsAndNoiseAreAPartsOwnAndWeightsAreNot() throws {
        let crew = try ShardCrew(shards: 4, Alone(), patience: 1)
        defer { crew.close() }
        var drawn: [Purpose: [[Float]]] = [:]
        let purposes: [Purpose] = [.sampling, .noise, .modelFit, .weights, .generation]
        try crew.update(
            (0..<4).map { _ in
                {
                    for purpose in purposes {
                        var values = [Float](repeating: 0, count: 8)
                        var stream = RandomStream(seed: 7, for: purpose)
                        values.withUnsafeMutableBufferPointer { stream.fillUniform($0) }
                        #expect(stream.position == 2)
                        drawn[purpose, default: []].append(values + [stream.nextUniform()])
                    }
                }
            })
        for purpose in purposes {
            let parts = try #require(drawn[purpose])
            let isOwn = [.sampling, .noise, .modelFit].contains(purpose)
            #expect(Set(parts.map { Array($0[..<8]) }).count == (isOwn ? 4 : 1), "\(purpose)")
            // Decisions that all parts take together are drawn one by one.
            #expect(Set(parts.map { $0[8] }).count == 1, "\(purpose)")
        }
    }

    private final class Counter { var count = 0 }
}
