import Foundation
import Tensors

/// The parts of an update that this process computes, each on a thread of its own, one at a time.
///
/// A part runs until it needs what all parts have, which is where its learner steps; then the next one takes its turn. The
/// last sums up, with the other processes, and the first goes on. So there is no race, each part has all cores, and the
/// bits are those of any other number of processes.
public final class ShardCrew: @unchecked Sendable {
    /// What a part brings to a meeting of all.
    private enum Offer {
        case gradient(count: Int)
        case values([Double])
        case end

        func matches(_ other: Offer) -> Bool {
            switch (self, other) {
            case (.gradient(let a), .gradient(let b)): a == b
            case (.values(let a), .values(let b)): a.count == b.count
            case (.end, .end): true
            default: false
            }
        }
    }

    /// The parts of this process.
    public let own: Range<Int>
    /// Parts in all.
    public let shards: Int
    private let peers: any Peers
    private let patience: Int
    private let turns: [DispatchSemaphore]
    private var parts: [DataShard] = []
    private var bodies: [() throws -> Void] = []
    private var offers: [Offer]
    private let vectors: [Room]
    private let sum = Room()
    private var gathered: [Double] = []
    private var hasEnded: [Bool]
    private var failure: (any Error)?
    private var meetings = 0
    private var round = 0
    private var isClosed = false

    /// Gets ready, and starts a thread for each part but the first.
    ///
    /// - Parameters:
    ///   - shards: parts in all.
    ///   - peers: the processes.
    ///   - patience: seconds to wait for another process in the middle of an update.
    /// - Throws: `ParallelFault.unevenRanks`.
    public init(shards: Int, _ peers: any Peers, patience: Int) throws(ParallelFault) {
        own = try Ownership.shards(of: peers.rank, among: peers.count, shards: shards)
        (self.shards, self.peers, self.patience) = (shards, peers, patience)
        turns = own.map { _ in DispatchSemaphore(value: 0) }
        offers = own.map { _ in .end }
        vectors = own.map { _ in Room() }
        hasEnded = own.map { _ in true }
        parts = own.indices.map { place in
            DataShard(
                number: place, of: shards,
                average: { [unowned self] in try average($0, $1, place - own.lowerBound) },
                gather: { [unowned self] in try gather($0, place - own.lowerBound) })
        }
        for place in own.indices.dropFirst().map({ $0 - own.lowerBound }) {
            let thread = Thread { [unowned self] in work(place) }
            thread.stackSize = 16 << 20
            thread.start()
        }
    }

    /// Takes an update: all parts of this process, while other processes take theirs.
    ///
    /// - Parameter bodies: what each part does; the first on the calling thread.
    /// - Throws: what the first part that fails throws; `ParallelFault`. Nothing may be updated afterwards.
    public func update(_ bodies: [() throws -> Void]) throws {
        precondition(bodies.count == own.count, "\(bodies.count) bodies of \(own.count) parts")
        self.bodies = bodies
        (failure, round) = (nil, round + 1)
        for place in hasEnded.indices { hasEnded[place] = false }
        run(0)
        while hasEnded.contains(false) { passTurn(from: 0) }
        self.bodies = []
        if let failure { throw failure }
        try checkAgreement()
    }

    /// Ends the threads; no update comes after it.
    public func close() {
        isClosed = true
        for turn in turns.dropFirst() { turn.signal() }
    }

    // MARK: Turns

    private func work(_ place: Int) {
        var last = 0
        while true {
            turns[place].wait()
            if isClosed { return }
            if round != last {
                last = round
                run(place)
            }
            turns[(place + 1) % turns.count].signal()
        }
    }

    private func run(_ place: Int) {
        do {
            if let failure { throw failure }
            try parts[place].perform(bodies[place])
        } catch {
            failure = failure ?? error
        }
        offers[place] = .end
        hasEnded[place] = true
    }

    private func passTurn(from place: Int) {
        guard turns.count > 1 else { return }
        turns[(place + 1) % turns.count].signal()
        turns[place].wait()
    }

    /// Waits until every part has brought its offer, and the last has made of them what all get.
    private func meet(_ place: Int, _ offer: Offer) throws {
        offers[place] = offer
        let before = meetings
        if place == turns.count - 1 {
            do { try settle() } catch { failure = failure ?? error }
        }
        passTurn(from: place)
        if let failure { throw failure }
        guard meetings == before + 1 else {
            throw ParallelFault.apart("one ended its update before the others")
        }
    }

    private func checkAgreement() throws {
        guard offers.dropFirst().allSatisfy({ $0.matches(offers[0]) }) else {
            throw ParallelFault.apart("they went different ways in one update")
        }
    }

    private func settle() throws {
        try checkAgreement()
        meetings += 1
        switch offers[0] {
        case .gradient(let count): try sumGradients(count)
        case .values(let first): try collect(first.count)
        case .end: break
        }
    }

    // MARK: What they share

    private var tag: Int { 16 + meetings % 32_000 }

    private func average(
        _ gradient: UnsafeMutableBufferPointer<Float>, _ loss: Float, _ place: Int
    ) throws -> Float {
        let count = gradient.count + 1
        let vector = vectors[place].numbers(count)
        _ = vector.update(fromContentsOf: gradient)
        vector[count - 1] = loss
        try meet(place, .gradient(count: count))
        let mean = sum.numbers(count)
        _ = gradient.update(fromContentsOf: mean[..<(count - 1)])
        return mean[count - 1]
    }

    /// The tree over this process's parts, then over processes; the mean is exact, since their number is a power of two.
    private func sumGradients(_ count: Int) throws {
        let leaves = vectors.map { $0.numbers(count) }
        TreeSum.collapse(leaves)
        try TreeSum.overRanks(leaves[0], peers, tag: tag, patience: patience)
        let (share, mean) = (1 / Float(shards), sum.numbers(count))
        for index in mean.indices { mean[index] = share * leaves[0][index] }
    }

    private func gather(_ values: [Double], _ place: Int) throws -> [Double] {
        try meet(place, .values(values))
        return gathered
    }

    private func collect(_ count: Int) throws {
        var own: [Double] = []
        for case .values(let values) in offers { own += values }
        gathered = try peers.gathered(own, tag: tag, patience: patience)
    }
}

extension Peers {
    /// The numbers of all processes in their order, of each the same number of them.
    ///
    /// - Throws: `ParallelFault`.
    public func gathered(_ own: [Double], tag: Int, patience: Int?) throws -> [Double] {
        var all = own
        var step = 1
        while step < count {
            var others = [Double](repeating: 0, count: all.count)
            try all.withUnsafeBytes { out in
                try others.withUnsafeMutableBytes {
                    try exchange(with: rank ^ step, tag: tag, out, into: $0, patience: patience)
                }
            }
            all = rank & step == 0 ? all + others : others + all
            step *= 2
        }
        return all
    }
}

/// Numbers whose memory grows with the largest vector and is kept.
private final class Room {
    private var buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 0)

    func numbers(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        if buffer.count < count {
            buffer.deallocate()
            buffer = .allocate(capacity: count)
            buffer.initialize(repeating: 0)
        }
        return UnsafeMutableBufferPointer(rebasing: buffer[..<count])
    }

    deinit { buffer.deallocate() }
}
