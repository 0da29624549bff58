/// Memory handed out front to back and taken back all at once, with reuse of single blocks in between.
struct Arena {
    private struct Chunk {
        let base: UnsafeMutableRawPointer
        let floats: Int
    }

    private struct Freed {
        let base: UnsafeMutablePointer<Float>
        let floats: Int
    }

    private static let smallestChunk = 1 << 20  // floats: 4 MB
    private var chunks: [Chunk] = []
    private var current = 0
    private var used = 0
    private var freed: [Freed] = []

    init() { freed.reserveCapacity(256) }

    /// Bytes of all chunks.
    var bytes: Int { chunks.reduce(0) { $0 + $1.floats * MemoryLayout<Float>.stride } }

    mutating func reserve(_ floats: Int) {
        if floats > 0 && chunks.isEmpty { addChunk(atLeast: floats) }
    }

    /// Uninitialised, aligned to 64 bytes.
    mutating func allocate(_ floats: Int) -> UnsafeMutablePointer<Float> {
        let size = Self.rounded(floats)
        while current < chunks.count && used + size > chunks[current].floats {
            current += 1
            used = 0
        }
        if current == chunks.count { addChunk(atLeast: size) }
        defer { used += size }
        return chunks[current].base.assumingMemoryBound(to: Float.self) + used
    }

    /// Like `allocate`, but takes a released block of the same size first.
    mutating func reuse(_ floats: Int) -> UnsafeMutablePointer<Float> {
        let size = Self.rounded(floats)
        // A loop, because the collection's own search allocates in debug mode.
        var index = freed.count - 1
        while index >= 0 && freed[index].floats != size { index -= 1 }
        return index >= 0 ? freed.remove(at: index).base : allocate(floats)
    }

    /// Makes a block available to `reuse`.
    mutating func release(_ base: UnsafeMutablePointer<Float>, floats: Int) {
        freed.append(Freed(base: base, floats: Self.rounded(floats)))
    }

    /// How far the arena is used.
    var place: (chunk: Int, used: Int) { (current, used) }

    /// Takes back what was allocated after a place was noted.
    mutating func goBack(to place: (chunk: Int, used: Int)) {
        var kept = 0
        // Released blocks from beyond the place are handed out front to back again, so they must not be reused as well.
        for index in 0..<freed.count where isBefore(place, freed[index].base) {
            freed[kept] = freed[index]
            kept += 1
        }
        freed.removeLast(freed.count - kept)
        (current, used) = place
    }

    private func isBefore(_ place: (chunk: Int, used: Int), _ base: UnsafeMutablePointer<Float>) -> Bool {
        for index in 0..<min(place.chunk + 1, chunks.count) {
            let start = chunks[index].base.assumingMemoryBound(to: Float.self)
            let end = start + (index == place.chunk ? place.used : chunks[index].floats)
            if base >= start && base < end { return true }
        }
        return false
    }

    /// Takes everything back.
    ///
    /// Several chunks become one, so that what fitted once fits again whatever the sizes.
    mutating func reset() {
        if chunks.count > 1 {
            let floats = chunks.reduce(0) { $0 + $1.floats }
            deallocate()
            chunks.removeAll(keepingCapacity: true)
            addChunk(atLeast: floats)
        }
        (current, used) = (0, 0)
        freed.removeAll(keepingCapacity: true)
    }

    func deallocate() { chunks.forEach { $0.base.deallocate() } }

    private mutating func addChunk(atLeast floats: Int) {
        let size = max(Self.smallestChunk, Self.rounded(floats))
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: size * MemoryLayout<Float>.stride, alignment: 64)
        base.bindMemory(to: Float.self, capacity: size)
        chunks.append(Chunk(base: base, floats: size))
    }

    private static func rounded(_ floats: Int) -> Int { (max(floats, 1) + 15) & ~15 }
}
