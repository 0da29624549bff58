import Foundation
import Glibc
import Storage

/// A directory that is removed with the value.
package final class TemporaryDirectory {
    /// Where it is.
    package let path: String

    /// Makes it.
    package init() throws {
        path = NSTemporaryDirectory() + "saferl-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The bytes of a file.
package func read(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Writes a file, in place of one that is there.
package func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The real file system without waiting for the disk, and with a fault at one chosen call.
package final class FaultyFiles: FileOperations {
    /// What goes wrong.
    package enum Fault: Equatable {
        /// The call fails once.
        case once(Int32)
        /// The call and all that write after it fail, as on a full disk.
        case lasting(Int32)
        /// A write accepts one byte only.
        case shortWrite
    }

    private let system = SystemFiles()
    private let fault: Fault?
    private let faultyCall: Int
    /// Calls so far.
    package private(set) var calls = 0

    /// Files with a fault at a call, counted from 1; without one, all is well.
    package init(_ fault: Fault? = nil, at call: Int = 0) { (self.fault, faultyCall) = (fault, call) }

    private func count() throws(SystemFault) {
        calls += 1
        switch fault {
        case .once(let code)? where calls == faultyCall: throw SystemFault(code)
        case .lasting(let code)? where calls >= faultyCall: throw SystemFault(code)
        default: break
        }
    }

    package func open(_ path: String, flags: Int32) throws(SystemFault) -> Int32 {
        try count()
        return try system.open(path, flags: flags)
    }
    package func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemFault) -> Int {
        do throws(SystemFault) { try count() } catch {
            // What fits is written before a disk is full.
            if error.code == ENOSPC {
                _ = try system.write(descriptor, .init(rebasing: bytes.prefix(bytes.count / 2)))
            }
            throw error
        }
        if fault == .shortWrite && calls == faultyCall {
            return try system.write(descriptor, .init(rebasing: bytes.prefix(1)))
        }
        return try system.write(descriptor, bytes)
    }
    package func truncate(_ descriptor: Int32, to size: Int) throws(SystemFault) {
        try count()
        try system.truncate(descriptor, to: size)
    }
    package func synchronize(_ descriptor: Int32) throws(SystemFault) { try count() }
    package func close(_ descriptor: Int32) throws(SystemFault) {
        try system.close(descriptor)
        try count()
    }
    package func rename(_ path: String, to other: String) throws(SystemFault) {
        try count()
        try system.rename(path, to: other)
    }
    package func makeDirectory(_ path: String) throws(SystemFault) {
        try count()
        try system.makeDirectory(path)
    }
    // Removing needs no space: only a fault of its own call stops it.
    package func remove(_ path: String) throws(SystemFault) {
        if case .lasting = fault { calls += 1 } else { try count() }
        try system.remove(path)
    }
    package func removeDirectory(_ path: String) throws(SystemFault) {
        if case .lasting = fault { calls += 1 } else { try count() }
        try system.removeDirectory(path)
    }
}
