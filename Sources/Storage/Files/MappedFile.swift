import Glibc

/// A regular file mapped into memory for reading; pages become resident when they are touched.
package final class MappedFile: Sendable {
    // An address instead of a pointer, since pages that nobody writes may be read by every thread.
    private let address: UInt
    private let count: Int

    /// Maps a file.
    ///
    /// - Throws: `StorageError`.
    package init(_ path: String) throws(StorageError) {
        let (descriptor, size) = try openRegularFile(path)
        defer { close(descriptor) }
        count = size
        guard size > 0 else {
            address = 0
            return
        }
        guard let place = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), place != MAP_FAILED else {
            throw StorageError(path, "map", SystemFault(errno))
        }
        address = UInt(bitPattern: place)
    }

    deinit { if count > 0 { munmap(UnsafeMutableRawPointer(bitPattern: address), count) } }

    /// Lends the bytes.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
    }

    /// Lets the system take back the memory of the whole pages within some of the bytes, which can still be read.
    package func giveBackPages(_ range: Range<Int>) {
        let size = sysconf(Int32(_SC_PAGESIZE))
        let (first, last) = ((range.lowerBound + size - 1) / size * size, range.upperBound / size * size)
        guard first < last, last <= count else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: address + UInt(first)), last - first, MADV_DONTNEED)
    }
}
