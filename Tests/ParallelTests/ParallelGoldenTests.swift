import Foundation
import Parallel
import TestSupport
import Testing

/// Bits of sums of eight shards, who owns what, and the cost model; made by an independent program.
private struct Golden: Decodable {
    struct Locals: Decodable {
        let local_bits: [[UInt32]]?
        let equal_to_one_rank: Bool
    }
    struct Owners: Decodable {
        let ranks: Int
        let shards_of_rank: [[Int]]
    }
    struct Rows: Decodable {
        let rows: Int
        let bounds: [Int]
    }
    struct Straggler: Decodable {
        let ranks: Int
        let expected_maximum_of_standard_normals, efficiency_factor_at_cv_0_03, at_cv_0_10: Double
    }
    struct Network: Decodable { let latency_s, bytes_per_s: Double }
    struct Line: Decodable {
        let network: String
        let ranks: Int
        let ring_ms, halving_doubling_ms, strong_efficiency, weak_efficiency, weak_efficiency_overlapped,
            weak_efficiency_half_hidden: Double
    }
    struct Model: Decodable {
        let bytes, work_s, serial_s: Double
        let networks: [String: Network]
        let table: [Line]
    }
    let shards, length, elements_where_they_differ: Int
    let shard_bits: [[UInt32]]
    let left_to_right_bits, tree_bits: [UInt32]
    let tree_by_ranks: [String: Locals]
    let left_to_right_per_rank_differs_from_one_rank_in: [String: Int]
    let ownership: [Owners]
    let rows: [Rows]
    let stragglers: [Straggler]
    let model: Model

    static func read() throws -> Golden {
        try TestSupport.Golden.decode(Golden.self, "assess", "parallel.json")
    }

    var leaves: [[Float]] { shard_bits.map { $0.map(Float.init(bitPattern:)) } }
}

private func collapsed(_ leaves: [[Float]]) -> [Float] {
    let rooms = leaves.map { leaf in
        let room = UnsafeMutableBufferPointer<Float>.allocate(capacity: leaf.count)
        _ = room.initialize(from: leaf)
        return room
    }
    defer { for room in rooms { room.deallocate() } }
    TreeSum.collapse(rooms)
    return Array(rooms[0])
}

private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

@Suite struct ParallelGoldenTests {
    @Test func aTreeOverTheShardsHasTheBits() throws {
        let golden = try Golden.read()
        #expect(golden.leaves.count == golden.shards && golden.tree_bits.count == golden.length)
        #expect(bits(collapsed(golden.leaves)) == golden.tree_bits)
    }

    @Test func sumsFromLeftToRightAreOthers() throws {
        let golden = try Golden.read()
        func inOrder(_ leaves: [[Float]]) -> [Float] {
            leaves.dropFirst().reduce(leaves[0]) { zip($0, $1).map(+) }
        }
        let sum = inOrder(golden.leaves)
        #expect(bits(sum) == golden.left_to_right_bits)
        #expect(zip(bits(sum), golden.tree_bits).count { $0 != $1 } == golden.elements_where_they_differ)
        for (ranks, differing) in golden.left_to_right_per_rank_differs_from_one_rank_in {
            let size = golden.shards / (try #require(Int(ranks)))
            let parts = stride(from: 0, to: golden.shards, by: size).map {
                inOrder(Array(golden.leaves[$0..<$0 + size]))
            }
            #expect(zip(bits(inOrder(parts)), bits(sum)).count { $0 != $1 } == differing)
        }
    }

    @Test func anyNumberOfRanksHasTheBitsOfOne() throws {
        let golden = try Golden.read()
        #expect(golden.tree_by_ranks.count == 4)
        for (name, expected) in golden.tree_by_ranks {
            let ranks = try #require(Int(name))
            let (leaves, shards) = (golden.leaves, golden.shards)
            let made = try MemoryPeers.each(of: ranks) { peers in
                let own = try Ownership.shards(of: peers.rank, among: ranks, shards: shards)
                let local = collapsed(Array(leaves[own]))
                var sum = local
                try sum.withUnsafeMutableBufferPointer {
                    try TreeSum.overRanks($0, peers, tag: 1, patience: 20)
                }
                return (local, sum)
            }
            if let locals = expected.local_bits { #expect(made.map { bits($0.0) } == locals) }
            for rank in made { #expect((bits(rank.1) == golden.tree_bits) == expected.equal_to_one_rank) }
        }
    }

    @Test func whoOwnsWhat() throws {
        let golden = try Golden.read()
        for line in golden.ownership {
            let owned = try (0..<line.ranks).map {
                try Ownership.shards(of: $0, among: line.ranks, shards: golden.shards)
            }
            #expect(owned.map { [$0.lowerBound, $0.upperBound] } == line.shards_of_rank)
        }
        for line in golden.rows {
            #expect(Ownership.bounds(rows: line.rows, shards: golden.shards) == line.bounds)
        }
        for ranks in [0, 3, 16] {
            #expect(throws: ParallelFault.unevenRanks(ranks, shards: 8)) {
                try Ownership.shards(of: 0, among: ranks, shards: 8)
            }
        }
    }

    @Test func theCostModel() throws {
        let golden = try Golden.read()
        #expect(golden.model.table.count == 35)
        for line in golden.model.table {
            let network = try #require(golden.model.networks[line.network])
            let model = CostModel(
                work: golden.model.work_s, serial: golden.model.serial_s, bytes: golden.model.bytes,
                network: .init(latency: network.latency_s, bandwidth: network.bytes_per_s))
            let found = [
                1e3 * model.ring(line.ranks), 1e3 * model.halvingDoubling(line.ranks),
                model.strong(line.ranks),
                model.weak(line.ranks), model.overlapped(line.ranks), model.halfHidden(line.ranks),
            ]
            let expected = [
                line.ring_ms, line.halving_doubling_ms, line.strong_efficiency, line.weak_efficiency,
                line.weak_efficiency_overlapped, line.weak_efficiency_half_hidden,
            ]
            for (found, expected) in zip(found, expected) {
                #expect(abs(found - expected) <= 1e-9 * max(1, abs(expected)), "\(line)")
            }
        }
    }

    @Test func stragglers() throws {
        for line in try Golden.read().stragglers {
            #expect(
                abs(CostModel.largestOfNormals(line.ranks) - line.expected_maximum_of_standard_normals) < 1e-9
            )
            #expect(
                abs(CostModel.straggling(line.ranks, spread: 0.03) - line.efficiency_factor_at_cv_0_03) < 1e-9
            )
            #expect(abs(CostModel.straggling(line.ranks, spread: 0.10) - line.at_cv_0_10) < 1e-9)
        }
    }
}
