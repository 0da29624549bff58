/// Zeros to begin with, aligned to 64 bytes, with one owner: all of a network's numbers in one role.
struct FlatVector<Scalar>: ~Copyable {
    let base: UnsafeMutablePointer<Scalar>
    let count: Int

    init(_ count: Int) {
        let size = max(count, 1) * MemoryLayout<Scalar>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        (base, self.count) = (raw.bindMemory(to: Scalar.self, capacity: max(count, 1)), count)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    /// The numbers; valid as long as the vector lives.
    var buffer: UnsafeMutableBufferPointer<Scalar> { UnsafeMutableBufferPointer(start: base, count: count) }
}
