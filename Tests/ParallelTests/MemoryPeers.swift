import Foundation
import Parallel

/// Processes that are threads of the test.
final class MemoryPeers: Peers {
    private final class Post: @unchecked Sendable {
        private let condition = NSCondition()
        private var letters: [String: [[UInt8]]] = [:]

        func put(_ letter: [UInt8], _ address: String) {
            condition.withLock {
                letters[address, default: []].append(letter)
                condition.broadcast()
            }
        }

        func take(_ address: String, until date: Date) -> [UInt8]? {
            condition.withLock {
                while letters[address, default: []].isEmpty {
                    if !condition.wait(until: date) { return nil }
                }
                return letters[address]?.removeFirst()
            }
        }
    }

    let rank, count: Int
    private let post: Post

    private init(_ rank: Int, _ count: Int, _ post: Post) {
        (self.rank, self.count, self.post) = (rank, count, post)
    }

    func exchange(
        with peer: Int, tag: Int, _ out: UnsafeRawBufferPointer, into: UnsafeMutableRawBufferPointer,
        patience: Int?
    ) throws(ParallelFault) {
        post.put(Array(out), "\(rank)>\(peer):\(tag)")
        guard
            let letter = post.take(
                "\(peer)>\(rank):\(tag)", until: Date(timeIntervalSinceNow: Double(patience ?? 60)))
        else { throw .silent(rank: peer, seconds: patience ?? 0) }
        precondition(letter.count == into.count, "\(letter.count) bytes for \(into.count)")
        into.copyBytes(from: letter)
    }

    /// Does something in every process, and gives what each made, in their order.
    static func each<Value: Sendable>(
        of count: Int, _ body: @escaping @Sendable (MemoryPeers) throws -> Value
    ) throws -> [Value] {
        let post = Post()
        let made = Made<Value>(count)
        let group = DispatchGroup()
        for rank in 0..<count {
            group.enter()
            Thread.detachNewThread {
                made.put(Result { try body(MemoryPeers(rank, count, post)) }, rank)
                group.leave()
            }
        }
        group.wait()
        return try made.all()
    }

    private final class Made<Value: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var values: [Result<Value, any Error>?]
        init(_ count: Int) { values = .init(repeating: nil, count: count) }
        func put(_ value: Result<Value, any Error>, _ rank: Int) { lock.withLock { values[rank] = value } }
        func all() throws -> [Value] { try values.compactMap { $0 }.map { try $0.get() } }
    }
}
